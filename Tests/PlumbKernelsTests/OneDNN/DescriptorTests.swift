import PlumbKernels
import Testing

@Suite("Memory descriptors")
struct DescriptorTests {
  @Test("Say what they are")
  func descriptions() throws {
    #expect(try MemoryDescriptor(shape: [2, 3]).description == "f32 [2, 3] ab")
    #expect(
      try MemoryDescriptor(shape: [1, 64, 7, 7], element: .bfloat16, layout: .blocked16).description
        == "bf16 [1, 64, 7, 7] aBcd16b")
    #expect(
      try MemoryDescriptor(shape: [1, 3, 7, 7], layout: .channelsLast).description
        == "f32 [1, 3, 7, 7] acdb")
    #expect(
      try MemoryDescriptor(shape: [1], element: .int8, layout: .any).description == "s8 [1] any")
    #expect(
      try MemoryDescriptor(shape: [4, 5], element: .int32, strides: [8, 1]).description
        == "s32 [4, 5] ab strides [8, 1]")
    #expect(
      try MemoryDescriptor(shape: [4, 5], element: .uint8, strides: [1, 4]).description
        == "u8 [4, 5] ba")
  }

  @Test("Know their shape, strides, blocks and size")
  func facts() throws {
    let blocked = try MemoryDescriptor(shape: [2, 12, 3, 5], layout: .blocked8)
    #expect(blocked.shape == [2, 12, 3, 5])
    #expect(blocked.element == .float32)
    #expect(blocked.strides == [240, 120, 40, 8])
    #expect(blocked.innerBlocks.map(\.axis) == [1])
    #expect(blocked.innerBlocks.map(\.size) == [8])
    #expect(blocked.channelBlock == 8)
    #expect(blocked.byteCount == 2 * 16 * 15 * 4)
    let any = try MemoryDescriptor(shape: [2, 12], layout: .any)
    #expect(any.isAny)
    #expect(any.byteCount == 0)
    #expect(any.strides == nil)
    let plain = try MemoryDescriptor(shape: [2, 12, 3, 5])
    #expect(plain.channelBlock == 1)
    #expect(plain != blocked)
    #expect(try plain == MemoryDescriptor(shape: [2, 12, 3, 5], strides: [180, 15, 5, 1]))
    let wide = try MemoryDescriptor(shape: [2, 12, 3, 5], strides: [400, 15, 5, 1])
    #expect(wide.channelBlock == nil)
  }

  @Test("A layout that makes no sense for the shape is an error")
  func badLayout() {
    let error = #expect(throws: OneDNNError.self) {
      _ = try MemoryDescriptor(shape: [2, 3], layout: .blocked8)
    }
    #expect(
      error?.description
        == "oneDNN cannot make a memory descriptor from shape [2, 3] in layout 'blocked8': "
        + "out of range.")
  }
}
