import PlumbKernels
import Testing

@Suite("Primitive calls")
struct CallTests {
  @Test("Run again with other memory and other numbers")
  func reuse() throws {
    let memory = try MemoryDescriptor(shape: [2, 2])
    let call = try PrimitiveCall(
      Primitive.matrixProduct(source: memory, weights: memory, destination: memory))
    let identity = try AlignedBuffer([1, 0, 0, 1] as [Float])
    let arena = try AlignedBuffer(byteCount: 256, zeroed: true)
    call.set(.weights, to: identity)
    if call.primitive.arguments.contains(.scratchpad) {
      let scratchpad = try #require(call.primitive.descriptor(of: .scratchpad))
      call.set(.scratchpad, to: try AlignedBuffer(for: scratchpad))
    }
    for offset in [0, 64, 128] {
      let values = Plain.numbers(4, seed: UInt64(offset))
      call.set(.source, to: try AlignedBuffer(values))
      call.set(.destination, to: arena, byteOffset: offset)
      try call.execute()
      #expect(arena.array(of: Float.self, byteOffset: offset, count: 4) == values)
    }
  }

  @Test("Keep their memory alive")
  func keepsMemory() throws {
    let memory = try MemoryDescriptor(shape: [3])
    let destination = try AlignedBuffer(for: memory)
    let call = try PrimitiveCall(
      .reorder(source: memory, destination: memory),
      [.source: AlignedBuffer([1, 2, 3] as [Float]), .destination: destination])
    try call.execute()
    #expect(destination.array(of: Float.self) == [1, 2, 3])
  }

  @Test("Say which arguments they take, and which of them they write")
  func arguments() throws {
    let memory = try MemoryDescriptor(shape: [1, 8, 4, 4], layout: .blocked8)
    let forward = try Primitive.poolingForward(
      .max, training: true, source: memory,
      destination: MemoryDescriptor(shape: [1, 8, 2, 2], layout: .blocked8), kernel: [2, 2],
      window: Primitive.Window(strides: [2, 2]))
    #expect(
      Set(forward.arguments).subtracting([.scratchpad]) == [.source, .destination, .workspace])
    #expect(forward.writes(.destination) && forward.writes(.workspace))
    #expect(!forward.writes(.source))
    #expect(forward.descriptor(of: .source) == memory)
    #expect(forward.descriptor(of: .weights) == nil)
    let backward = try Primitive.poolingBackward(
      forward: forward, differenceSource: memory,
      differenceDestination: MemoryDescriptor(shape: [1, 8, 2, 2], layout: .blocked8))
    #expect(!backward.writes(.workspace))
    #expect(backward.writes(.differenceSource))
  }

  @Test("Stop the program rather than leave their memory or write into a file")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      let memory = try MemoryDescriptor(shape: [17])
      let call = try PrimitiveCall(.reorder(source: memory, destination: memory))
      call.set(.source, to: try AlignedBuffer(byteCount: 64))
    }
    await #expect(processExitsWith: .failure) {
      let memory = try MemoryDescriptor(shape: [1])
      let call = try PrimitiveCall(.reorder(source: memory, destination: memory))
      call.set(.destination, to: try MappedFile(path: CommandLine.arguments[0]))
    }
    await #expect(processExitsWith: .failure) {
      let memory = try MemoryDescriptor(shape: [1])
      try PrimitiveCall(.reorder(source: memory, destination: memory)).execute()
    }
  }
}
