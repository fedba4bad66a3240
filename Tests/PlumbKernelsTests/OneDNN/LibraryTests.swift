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
}
