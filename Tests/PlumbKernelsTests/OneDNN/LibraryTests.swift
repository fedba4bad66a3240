import Foundation
import PlumbKernels
import Testing

@Suite("The oneDNN library")
struct LibraryTests {
  @Test("Says its version, instruction set and block")
  func facts() throws {
    #expect(try OneDNN.version.split(separator: ".").count == 3)
    #expect(try !OneDNN.instructionSet.isEmpty)
    #expect([8, 16].contains(try OneDNN.channelBlock))
    #expect(try OneDNN.libraryPath.contains("dnnl"))
    #expect(try OneDNN.threadRuntime != "none")
  }

  #if os(Linux)
    // A process of its own for each: the library opens once.

    @Test("A missing library says what was tried and what to install; a later try can succeed")
    func missing() async {
      await #expect(processExitsWith: .success) {
        let usual = ProcessInfo.processInfo.environment["PLUMB_ONEDNN_LIBRARY"]
        setenv("PLUMB_ONEDNN_LIBRARY", "/no/such/libdnnl.so", 1)
        let error = #expect(throws: OneDNNError.self) {
          _ = try MemoryDescriptor(shape: [1])
        }
        #expect(
          error?.description
            == "oneDNN could not be opened (/no/such/libdnnl.so: cannot open shared object file: "
            + "No such file or directory). Install it (Debian and Ubuntu: 'apt install "
            + "libdnnl-dev'), or set PLUMB_ONEDNN_LIBRARY to the library's path.")
        if let usual {
          setenv("PLUMB_ONEDNN_LIBRARY", usual, 1)
        } else {
          unsetenv("PLUMB_ONEDNN_LIBRARY")
        }
        try OneDNN.open()
        #expect(try MemoryDescriptor(shape: [1]).byteCount == 4)
      }
    }

    @Test("Another library is told from oneDNN")
    func anotherLibrary() async {
      await #expect(processExitsWith: .success) {
        let error = #expect(throws: OneDNNError.self) {
          try OneDNN.open(library: "libm.so.6")
        }
        let sentence = try #require(error?.description)
        #expect(sentence.hasPrefix("'libm.so.6' is not oneDNN "))
        #expect(
          sentence.hasSuffix(
            ", for it has no function dnnl_version. Install it (Debian and Ubuntu: 'apt install "
              + "libdnnl-dev'), or set PLUMB_ONEDNN_LIBRARY to the library's path."))
      }
    }

    @Test("Waiting threads spin as often as asked, unless the environment says otherwise")
    func waitingPolicy() async {
      await #expect(processExitsWith: .success) {
        unsetenv("GOMP_SPINCOUNT")
        unsetenv("OMP_WAIT_POLICY")
        try OneDNN.open(spinCount: 123)
        #expect(getenv("GOMP_SPINCOUNT").map { String(cString: $0) } == "123")
        #expect(getenv("OMP_PROC_BIND") == nil)
      }
      await #expect(processExitsWith: .success) {
        setenv("GOMP_SPINCOUNT", "7", 1)
        try OneDNN.open(spinCount: 123)
        #expect(getenv("GOMP_SPINCOUNT").map { String(cString: $0) } == "7")
      }
      await #expect(processExitsWith: .success) {
        unsetenv("GOMP_SPINCOUNT")
        setenv("OMP_WAIT_POLICY", "passive", 1)
        try OneDNN.open(spinCount: 123)
        #expect(getenv("GOMP_SPINCOUNT") == nil)
      }
    }
  #endif
}
