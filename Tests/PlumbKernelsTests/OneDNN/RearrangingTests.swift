import Foundation
import PlumbKernels
import Testing

@Suite("Reorder and softmax")
struct RearrangingTests {
  @Test("Into a blocked layout and back changes nothing", arguments: [1, 3, 8, 17])
  func roundTrip(channels: Int) throws {
    let shape = [2, channels, 3, 5]
    let values = Plain.numbers(shape.product, seed: 1)
    let plain = try MemoryDescriptor(shape: shape)
    for layout in [MemoryDescriptor.Layout.blocked8, .blocked16, .channelsLast] {
      let other = try MemoryDescriptor(shape: shape, layout: layout)
      let there = try AlignedBuffer(for: other)
      let back = try AlignedBuffer(for: plain)
      try PrimitiveCall(
        .reorder(source: plain, destination: other),
        [.source: AlignedBuffer(values), .destination: there]
      ).execute()
      try PrimitiveCall(
        .reorder(source: other, destination: plain), [.source: there, .destination: back]
      ).execute()
      #expect(back.array(of: Float.self) == values)
    }
  }

  @Test("A blocked layout is what it says, with zeros in the last block")
  func blockedOrder() throws {
    let (channels, area, block) = (11, 6, 8)
    let values = Plain.numbers(channels * area, seed: 1)
    let shape = [1, channels, 2, 3]
    let plain = try MemoryDescriptor(shape: shape)
    let blocked = try MemoryDescriptor(shape: shape, layout: .blocked8)
    #expect(blocked.byteCount == 16 * area * 4)
    let result = try AlignedBuffer(for: blocked)
    result.withMutableSpan(of: Float.self) { span in
      for index in span.indices { span[index] = .nan }
    }
    try PrimitiveCall(
      .reorder(source: plain, destination: blocked),
      [.source: AlignedBuffer(values), .destination: result]
    ).execute()
    let expected = (0..<16 * area).map { index -> Float in
      let channel = index / (block * area) * block + index % block
      return channel < channels ? values[channel * area + index / block % area] : 0
    }
    #expect(result.array(of: Float.self) == expected)
  }

  @Test("Rounds to bfloat16 and back")
  func bfloat16() throws {
    let values = Plain.numbers(9, seed: 1)
    let float = try MemoryDescriptor(shape: [9])
    let half = try MemoryDescriptor(shape: [9], element: .bfloat16)
    #expect(half.byteCount == 18)
    let there = try AlignedBuffer(for: half)
    let back = try AlignedBuffer(for: float)
    try PrimitiveCall(
      .reorder(source: float, destination: half),
      [.source: AlignedBuffer(values), .destination: there]
    ).execute()
    try PrimitiveCall(
      .reorder(source: half, destination: float), [.source: there, .destination: back]
    ).execute()
    for (value, rounded) in zip(values, back.array(of: Float.self)) {
      #expect(abs(value - rounded) <= abs(value) / 256)
    }
  }

  @Test("Softmax and its gradient match the formula", arguments: [false, true], [1, 7])
  func softmax(logarithm: Bool, width: Int) throws {
    let height = 3
    let logits = Plain.numbers(height * width, seed: 1).map { $0 * 4 }
    let upstream = Plain.numbers(height * width, seed: 2)
    let memory = try MemoryDescriptor(shape: [height, width])
    let forward = try Primitive.softmaxForward(
      source: memory, destination: memory, axis: 1, logarithm: logarithm)
    let result = try #require(try run(forward, [.source: logits])[.destination])
    let backward = try Primitive.softmaxBackward(
      differenceSource: memory, differenceDestination: memory, destination: memory, axis: 1,
      logarithm: logarithm)
    let gradient = try #require(
      try run(backward, [.destination: result, .differenceDestination: upstream])[
        .differenceSource])
    for row in 0..<height {
      let at = row * width..<(row + 1) * width
      let total = at.reduce(0.0) { $0 + exp(Double(logits[$1])) }
      let probabilities = at.map { exp(Double(logits[$0])) / total }
      let sum = zip(at, probabilities).reduce(0.0) { sum, pair in
        sum + Double(upstream[pair.0]) * (logarithm ? 1 : pair.1)
      }
      for (index, probability) in zip(at, probabilities) {
        let expected = logarithm ? log(probability) : probability
        #expect(abs(Double(result[index]) - expected) < 1e-5)
        let slope =
          logarithm
          ? Double(upstream[index]) - probability * sum
          : probability * (Double(upstream[index]) - sum)
        #expect(abs(Double(gradient[index]) - slope) < 1e-5)
      }
    }
  }
}
