import Foundation
import Testing

@testable import CodeTasks

/// Attacks on the machine around the jail.
///
/// None may succeed, with any set of layers.
@Suite(
  "Attacks on the machine",
  .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct JailAttackTests {
  @Test("An attack that works is noticed")
  func noticed() throws {
    let left = try survivors(of: ["os.getpid()", "open('/etc/passwd')", "1 / 0"], in: .forTests())
    #expect(left == ["survived 0: os.getpid()", "odd 2 ZeroDivisionError division by zero: 1 / 0"])
  }

  @Test("Nothing is written, renamed, removed or marked", arguments: LayerSet.here)
  func writing(layers: LayerSet) throws {
    let bait = try Bait()
    let (file, folder) = (bait.file.path, bait.folder.path)
    let attacks = [
      "open('\(file)', 'w').write('x')", "open('\(file)', 'a').write('x')",
      "open('\(file)', 'r+').write('x')", "open('\(folder)/new', 'x').write('x')",
      "os.open('\(file)', os.O_RDONLY | os.O_TRUNC)",
      "os.open('\(folder)', os.O_TMPFILE | os.O_RDWR)",
      "os.truncate('\(file)', 0)", "os.remove('\(file)')", "os.rename('\(file)', '\(folder)/new')",
      "os.mkdir('\(folder)/new')", "os.rmdir('\(folder)')", "os.symlink('/', '\(folder)/new')",
      "os.link('\(file)', '\(folder)/new')", "os.mkfifo('\(folder)/new')",
      "os.mknod('\(folder)/new')", "os.chmod('\(file)', 0o777)", "os.chown('\(file)', 1, 1)",
      "os.utime('\(file)', (1, 1))", "os.setxattr('\(file)', 'user.mark', b'x')",
      "os.chmod('\(folder)', 0o777)", "os.utime('\(folder)', (1, 1))",
      "open('/dev/shm/new', 'w').write('x')", "open('/tmp/new', 'w').write('x')",
      "open('/dev/null', 'w').write('x')", "os.chroot('/')", "os.memfd_create('new')",
      "os.ftruncate(0, 0)", "os.write(0, b'x')", "os.fchmod(0, 0o777)",
    ]
    let left = try survivors(of: attacks, in: .forTests(layers))
    // A memory file and the rights of the anonymous input end with the process; without seccomp the
    // first may be made and the second changed, to no effect.
    let harmless = layers.deniesProcesses ? [] : ["memfd_create", "fchmod(0"]
    #expect(left.filter { line in !harmless.contains { line.contains($0) } } == [])
    #expect(try bait.isUntouched())
  }

  @Test(
    "Nothing outside the interpreter's folders is read",
    arguments: LayerSet.here.filter(\.hidesFiles))
  func reading(layers: LayerSet) throws {
    let bait = try Bait()
    let paths = [
      bait.file.path, "/etc/passwd", "/etc/hostname", #filePath, "/proc/1/environ",
      "/proc/self/environ", "/proc/self/maps", "/proc/self/mem", "/proc/cpuinfo", "/dev/mem",
      "/proc/\(ProcessInfo.processInfo.processIdentifier)/environ", "/sys/kernel/notes",
      "/proc/self/root/etc/passwd", "/proc/self/cwd/etc/passwd", "/usr/lib/../../etc/passwd",
      "/usr/bin/env",
    ]
    let folders = [
      bait.folder.path, "/", "/etc", "/proc", "/root", "/home", "/tmp", "/usr/bin", "/usr/share",
      FileManager.default.homeDirectoryForCurrentUser.path,
      FileManager.default.currentDirectoryPath,
    ]
    let attacks =
      paths.map { "open('\($0)', 'rb').read(1)" } + folders.map { "os.listdir('\($0)')" }
      + ["os.open('/etc/passwd', os.O_PATH); open('/proc/self/fd/4').read()"]
    #expect(try survivors(of: attacks, in: .forTests(layers)) == [])
  }

  @Test("No second process starts", arguments: LayerSet.here.filter(\.deniesProcesses))
  func processes(layers: LayerSet) throws {
    let mark = "mark-\(UUID())"
    let attacks = [
      "os.fork()", "os.forkpty()", "subprocess.run(['/bin/true'])",
      "assert os.system('true') == 0", "os.posix_spawn('/bin/true', ['true'], {})",
      "os.execv('/bin/true', ['true'])", "os.execv(sys.executable, ['python3', '-c', 'pass'])",
      "multiprocessing.get_context('fork').Process(target=int).start()", "os.setsid()",
      "os.setpgid(0, 0)", "os.setuid(1)", "os.popen('true').read()",
    ]
    let left = try survivors(
      of: attacks, preparation: "import subprocess, multiprocessing  # \(mark)",
      in: .forTests(layers))
    #expect(left == [])
    #expect(!processExists(marked: mark))
  }

  @Test("A fork bomb leaves nothing behind", arguments: LayerSet.here)
  func forkBomb(layers: LayerSet) throws {
    let mark = "mark-\(UUID())"
    let run = try Jail.forTests(layers, seconds: 2).run(
      """
      # \(mark)
      import os, time
      for _ in range(200):
          try:
              if os.fork() == 0:
                  try: os.setsid()
                  except OSError: pass
                  time.sleep(60)
          except OSError:
              pass
      """)
    if layers.deniesProcesses { #expect(run.ending == .exited(status: 0)) }
    try expectGone(mark)
  }

  @Test("An orphan in a session of its own does not survive", arguments: LayerSet.here)
  func orphan(layers: LayerSet) throws {
    let mark = "mark-\(UUID())"
    _ = try Jail.forTests(layers).run(
      """
      # \(mark)
      import os, time
      if os.fork() == 0:
          os.setsid()
          if os.fork() == 0:
              for number in range(4): os.close(number)
              time.sleep(60)
          os._exit(0)
      os._exit(0)
      """)
    try expectGone(mark)
  }

  /// The kernel ends a namespace's last processes a moment after its first.
  private func expectGone(_ mark: String) throws {
    for _ in 0..<100 where processExists(marked: mark) { Thread.sleep(forTimeInterval: 0.02) }
    #expect(!processExists(marked: mark))
  }

  @Test("No other process is signaled, traced or read", arguments: LayerSet.here)
  func signals(layers: LayerSet) throws {
    let host = ProcessInfo.processInfo.processIdentifier
    let attacks = [
      "os.kill(\(host), 0)", "os.killpg(\(host), 0)", "os.kill(-1, 0)",
      // In a namespace of processes the parent's number reads 0, which means one's own group.
      "parent = os.getppid(); assert parent; os.kill(parent, 0)",
      "os.pidfd_open(\(host))", "signal.pidfd_send_signal(0, 0)",
      "fcntl.fcntl(0, fcntl.F_SETOWN, \(host))", "os.setpriority(os.PRIO_PROCESS, \(host), 19)",
      "resource.prlimit(\(host), resource.RLIMIT_NOFILE, (10, 10))",
      "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))",
      "os.sched_setaffinity(\(host), {0})",
    ]
    let left = try survivors(
      of: attacks, preparation: "import signal, fcntl, resource", in: .forTests(layers))
    #expect(left.filter { !layers.deniesProcesses && $0.contains("kill(-1") } == left)
  }

  @Test("No network is reached", arguments: LayerSet.here)
  func sockets(layers: LayerSet) throws {
    // Without seccomp a socket can be made, in a network of its own that has nothing in it; a
    // refusal would mean that the host's network was reached.
    let attacks =
      ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"].filter { _ in layers.deniesProcesses }
      .map { "socket.socket(socket.\($0))" }
      + [
        """
        try: socket.create_connection(('127.0.0.1', 9), 1)
        except ConnectionRefusedError: pass
        """,
        "socket.create_connection(('192.0.2.1', 80), 1)", "socket.getaddrinfo('localhost', 80)[9]",
      ]
    let left = try survivors(of: attacks, preparation: "import socket", in: .forTests(layers))
    #expect(left.filter { !$0.hasPrefix("odd 6 IndexError") && !$0.contains("[9]") } == [])
  }

  @Test(
    "System calls made past Python are denied", arguments: LayerSet.here.filter(\.deniesProcesses))
  func systemCalls(layers: LayerSet) throws {
    let bait = try Bait()
    let path = "b'\(bait.file.path)'"
    let host = ProcessInfo.processInfo.processIdentifier
    // Numbers from 424 on are the same on every architecture.
    let calls = [
      "syscall(425, 8, bytes(120))", "syscall(434, \(host), 0)", "syscall(435, bytes(88), 88)",
      "syscall(424, 0, 9, 0, 0)", "syscall(437, -100, \(path), bytes(24), 24)",
      "syscall(452, -100, \(path), 0o777, 0)", "syscall(438, 0, 0, 0)", "unshare(0x10000000)",
      "mount(0, b'/', 0, 0, 0)", "umount2(b'/', 2)", "ptrace(16, \(host), 0, 0)", "setns(0, 0)",
      "chroot(b'/')", "chmod(\(path), 0o777)", "truncate(\(path), 0)", "unlink(\(path))",
      "creat(\(path), 0o644)", "setsid()", "setuid(1)", "fork()", "personality(0)",
      "memfd_create(b'x', 0)", "process_vm_readv(\(host), 0, 0, 0, 0, 0)", "prctl(1, 0)",
      "prctl(4, 0)", "kill(\(host), 0)", "kill(-1, 0)", "socket(2, 1, 0)",
      "shmget(0, 4096, 0o1600)",
      "fcntl(0, 8, \(host))", "fcntl(0, 10, 9)", "ioctl(0, 0x5412, b'x')", "swapoff(b'/')",
      "reboot(0)", "sethostname(b'x', 1)", "clock_settime(0, bytes(16))", "setpriority(0, 0, 1)",
    ]
    let left = try survivors(
      of: calls.map { "assert libc.\($0) != -1" },
      preparation: "import ctypes; libc = ctypes.CDLL(None)", in: .forTests(layers))
    #expect(left == [])
    #expect(try bait.isUntouched())
  }

  #if arch(x86_64)
    @Test(
      "Calls of another architecture end the process",
      arguments: LayerSet.here.filter(\.deniesProcesses))
    func foreignCalls(layers: LayerSet) throws {
      let prepare = "import ctypes, mmap; libc = ctypes.CDLL(None)\n"
      let x32 = try Jail.forTests(layers).run(prepare + "libc.syscall(0x40000000 | 39)")
      #expect(x32.ending == .signaled(number: Int(SIGSYS)))
      // mov eax, 20 (getpid of 32-bit programs); int 0x80; ret
      let legacy = try Jail.forTests(layers).run(
        prepare + """
          code = mmap.mmap(-1, 4096, prot=7)
          code.write(bytes.fromhex("b814000000cd80c3"))
          start = ctypes.addressof(ctypes.c_char.from_buffer(code))
          ctypes.CFUNCTYPE(ctypes.c_int)(start)()
          """)
      #expect(legacy.ending == .signaled(number: Int(SIGSYS)))
    }
  #endif

  @Test("Every forbidden call is seen, even one whose failure is hidden")
  func witness() throws {
    let run = try Jail.forTests().run(
      """
      import socket
      for _ in range(3):
          try: socket.socket()
          except OSError: pass
      """)
    guard run.layers.contains(.witness) else { return }
    #expect(run.forbiddenCalls == [JailRun.ForbiddenCall(name: "socket", count: 3)])
  }
}
