import Foundation
import Testing

@testable import CodeTasks

@Suite(
  "Jail", .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct JailTests {
  @Test("Runs code, and gives back its output, errors, result and status", arguments: LayerSet.here)
  func runs(layers: LayerSet) throws {
    let run = try Jail.forTests(layers).run(
      "import os, sys; os.write(3, sys.stdin.buffer.read()[::-1]); print('out'); sys.exit('err')",
      input: [1, 2, 3])
    #expect(run.ending == .exited(status: 1))
    #expect(run.result == [3, 2, 1])
    #expect(run.outputText == "out\n")
    #expect(run.errorText == "err\n")
    #expect(run.seconds > 0 && run.processorSeconds > 0)
    #expect(run.forbiddenCalls.isEmpty)
  }

  @Test("Says which layers held the run")
  func layers() throws {
    let run = try Jail.forTests().run("pass")
    #expect(run.layers == JailLayers.available)
    #expect("\(JailLayers([.landlock, .seccomp]))" == "Landlock, seccomp")
    #expect("\(JailLayers())" == "no layer")
  }

  @Test("Refuses to run where nothing can hold the code")
  func refuses() throws {
    var jail = try Jail.forTests()
    jail.excluded = [.seccomp, .landlock, .namespaces, .sandboxExec]
    let left = JailLayers.available.subtracting(jail.excluded)
    #expect(throws: JailError.noLayer(found: left)) { try jail.run("pass") }
    // Landlock alone keeps files, but lets processes survive.
    jail.excluded = [.seccomp, .namespaces, .sandboxExec]
    #expect(throws: JailError.self) { try jail.run("pass") }
  }

  @Test("Gives the child no environment, no file and a fixed hash seed", arguments: LayerSet.here)
  func empty(layers: LayerSet) throws {
    let code = """
      import os, sys
      def is_open(number):
          try:
              os.fstat(number)
              return True
          except OSError:
              return False
      # Python itself adds LC_CTYPE; one outside /usr is told where its libraries are.
      names = sorted(set(os.environ) - {"LC_CTYPE", "LD_LIBRARY_PATH"})
      print(names, [n for n in range(1024) if is_open(n)], hash("seed"), os.getcwd())
      """
    let jail = try Jail.forTests(layers)
    let first = try jail.run(code).outputText
    #expect(first.hasPrefix("['PYTHONHASHSEED'] [0, 1, 2, 3] "), "\(first)")
    #expect(first == (try jail.run(code).outputText))
  }

  @Test("Allows what calculations use", arguments: LayerSet.here)
  func allows(layers: LayerSet) throws {
    let code = """
      import bisect, collections, dataclasses, datetime, decimal, fractions, functools, hashlib
      import heapq, io, itertools, json, math, operator, random, re, statistics, string, sys, time
      import concurrent.futures, threading, typing, enum, copy, textwrap, unicodedata
      with concurrent.futures.ThreadPoolExecutor(2) as pool:
          print(sum(pool.map(lambda x: x * x, range(5))), random.random() < 1)
      time.sleep(0.01)
      """
    let run = try Jail.forTests(layers).run(code)
    #expect(run.outputText == "30 True\n", "\(run.errorText)")
    #expect(run.forbiddenCalls.isEmpty)
  }

  @Test("Ends a loop by processor time and a sleeper by the clock", arguments: LayerSet.here)
  func endsTime(layers: LayerSet) throws {
    let loop = try Jail.forTests(layers).run("while True: pass")
    #expect(loop.ending == .signaled(number: 9))
    #expect(loop.processorSeconds > 0.5)
    let sleeper = try Jail.forTests(layers, seconds: 0.3).run("import time; time.sleep(60)")
    #expect(sleeper.ending == .timedOut)
    #expect(sleeper.seconds < 5)
  }

  @Test("Ends what ignores signals", arguments: LayerSet.here)
  func endsStubborn(layers: LayerSet) throws {
    let code = """
      import signal, threading
      for number in range(1, 65):
          try: signal.signal(number, signal.SIG_IGN)
          except (OSError, ValueError): pass
      signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
      for _ in range(4):
          threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()
      """
    let run = try Jail.forTests(layers, seconds: 4).run(code)
    #expect([.signaled(number: 9), .timedOut].contains(run.ending))
  }

  @Test("Bounds memory", arguments: LayerSet.here)
  func boundsMemory(layers: LayerSet) throws {
    let run = try Jail.forTests(layers).run("data = bytearray(1 << 30)")
    #expect(run.ending == .exited(status: 1))
    #expect(run.errorText.contains("MemoryError"))
    var small = try Jail.forTests(layers)
    small.limits.memoryBytes = 64 << 20
    let growing = try small.run("data = []\nwhile True: data.append(' ' * 65536)")
    #expect(growing.errorText.contains("MemoryError"))
  }

  @Test("Bounds descriptors", arguments: LayerSet.here)
  func boundsDescriptors(layers: LayerSet) throws {
    let run = try Jail.forTests(layers).run(
      """
      import os
      try:
          while True: last = os.dup(0)
      except OSError as error: print(last, error.errno)
      """)
    #expect(run.outputText == "63 24\n")
  }

  @Test("Keeps the first bytes of endless output and counts the rest", arguments: LayerSet.here)
  func boundsOutput(layers: LayerSet) throws {
    var jail = try Jail.forTests(layers)
    jail.limits.outputBytes = 1000
    jail.limits.resultBytes = 1000
    let run = try jail.run("print('x' * 5_000_000)")
    #expect(run.ending == .exited(status: 0))
    #expect(run.output.count == 1000 && run.writtenBytes == 5_000_001)
    let result = try jail.run("import os\nwhile True: os.write(3, b'x' * 4096)")
    #expect(result.ending == .tooMuchResult)
    #expect(result.result.count == 1000)
  }

  @Test("Says how a crash ended, and is not stalled by input that is not read")
  func crashes() throws {
    let jail = try Jail.forTests()
    let crash = try jail.run("import ctypes; ctypes.string_at(8)")
    #expect(crash.ending == .signaled(number: 11))
    let ignored = try jail.run("pass", input: [UInt8](repeating: 0, count: 4 << 20))
    #expect(ignored.ending == .exited(status: 0))
  }

  @Test("Runs from many threads at once")
  func concurrent() async throws {
    let jail = try Jail.forTests()
    try await withThrowingTaskGroup(of: String.self) { group in
      for index in 0..<16 {
        group.addTask { try jail.run("print(\(index))").outputText + "\(index)\n" }
      }
      for try await pair in group {
        let lines = pair.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == lines[1])
      }
    }
  }

  @Test("Names the interpreter that is missing")
  func noInterpreter() {
    let nowhere = ["PLUMB_PYTHON": "/nowhere/python3"]
    #expect(throws: JailError.noPython(searched: ["/nowhere/python3"])) {
      try PythonInterpreter.system(environment: nowhere)
    }
    #expect(
      JailError.noPython(searched: ["/nowhere/python3"]).description
        == "No Python 3 interpreter at /nowhere/python3; install python3, or name one with "
        + "PLUMB_PYTHON.")
    #expect(
      JailError.noLayer(found: [.landlock]).description
        == "Generated code is not run here: this machine offers Landlock, and a jail needs seccomp, "
        + "or Landlock and namespaces together, or macOS's sandbox-exec; use Linux 5.13 or later, "
        + "outside a container that forbids them.")
    #expect(
      JailError.setupFailed(step: "forking", problem: "Out of memory", interpreter: "/p")
        .description == "The jail for /p failed while forking: Out of memory; try another "
        + "interpreter with PLUMB_PYTHON, or raise the limits.")
  }

  @Test("Passes over launchers that are scripts")
  func skipsScripts() throws {
    let script = FileManager.default.temporaryDirectory.appending(path: "python-\(UUID())")
    try "#!/bin/sh\n".write(to: script, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: script) }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: script.path)
    #expect(throws: JailError.self) { try PythonInterpreter(path: script.path) }
  }
}
