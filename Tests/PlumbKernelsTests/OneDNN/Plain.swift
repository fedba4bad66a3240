import PlumbKernels
import Testing

/// Slow references, written as the definitions read; sums in double precision.
enum Plain {
  /// Numbers between -1 and 1 that look random and are the same every time.
  static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
  }

  /// The shapes of a convolution and how its kernel moves.
  struct Convolution: Sendable, CustomStringConvertible {
    var batch = 1
    var groups = 1
    var inputs: Int
    var outputs: Int
    var height: Int
    var width: Int
    var kernel: [Int]
    var strides = [1, 1]
    var dilations = [1, 1]
    var before = [0, 0]
    var after = [0, 0]

    var window: Primitive.Window {
      Primitive.Window(
        strides: strides, dilations: dilations, paddingBefore: before, paddingAfter: after)
    }
    func outputSize(_ size: Int, axis: Int) -> Int {
      let span = dilations[axis] * (kernel[axis] - 1) + 1
      return (size + before[axis] + after[axis] - span) / strides[axis] + 1
    }
    var outputHeight: Int { outputSize(height, axis: 0) }
    var outputWidth: Int { outputSize(width, axis: 1) }
    var source: [Int] { [batch, inputs, height, width] }
    var destination: [Int] { [batch, outputs, outputHeight, outputWidth] }
    var weights: [Int] {
      let plain = [outputs / groups, inputs / groups] + kernel
      return groups == 1 ? plain : [groups] + plain
    }
    var description: String { "\(source) by \(weights) to \(destination)" }

    /// Calls a closure with the indices of source, weights and destination for each product.
    func forEachProduct(_ body: (_ source: Int, _ weight: Int, _ destination: Int) -> Void) {
      let inputsPerGroup = inputs / groups
      let outputsPerGroup = outputs / groups
      for image in 0..<batch {
        for output in 0..<outputs {
          let group = output / outputsPerGroup
          for y in 0..<outputHeight {
            for x in 0..<outputWidth {
              let target =
                ((image * outputs + output) * outputHeight + y) * outputWidth + x
              for input in 0..<inputsPerGroup {
                for ky in 0..<kernel[0] {
                  for kx in 0..<kernel[1] {
                    let row = y * strides[0] + ky * dilations[0] - before[0]
                    let column = x * strides[1] + kx * dilations[1] - before[1]
                    guard (0..<height).contains(row), (0..<width).contains(column) else {
                      continue
                    }
                    let channel = group * inputsPerGroup + input
                    let from = ((image * inputs + channel) * height + row) * width + column
                    let weight =
                      ((output * inputsPerGroup + input) * kernel[0] + ky) * kernel[1] + kx
                    body(from, weight, target)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// `destination[to] += left[a] · right[b]` over all products of a convolution.
  static func accumulate(
    _ convolution: Convolution, count: Int,
    _ indices: (_ source: Int, _ weight: Int, _ destination: Int) -> (Int, Int, Int),
    _ left: [Float], _ right: [Float]
  ) -> [Float] {
    var sums = [Double](repeating: 0, count: count)
    convolution.forEachProduct { source, weight, destination in
      let (to, a, b) = indices(source, weight, destination)
      sums[to] += Double(left[a]) * Double(right[b])
    }
    return sums.map(Float.init)
  }

  /// The largest difference over the largest magnitude.
  static func distance(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    let largest = right.reduce(Float.leastNormalMagnitude) { max($0, abs($1)) }
    return zip(left, right).reduce(0) { worst, pair in
      let difference = abs(pair.0 - pair.1) / largest
      return difference.isNaN ? .infinity : max(worst, difference)
    }
  }
}

extension Array where Element == Int {
  var product: Int { reduce(1, *) }
}

/// Runs a primitive whose arguments are given, and are read, as plain row-major floats.
///
/// Reorders each input into the layout that the primitive chose, and the outputs back.
func run(
  _ primitive: Primitive, _ inputs: [Primitive.Argument: [Float]],
  also workspace: AlignedBuffer? = nil
) throws -> [Primitive.Argument: [Float]] {
  var memory: [Primitive.Argument: any MemoryOwner] = [:]
  for argument in primitive.arguments {
    guard let descriptor = primitive.descriptor(of: argument) else { continue }
    memory[argument] = try AlignedBuffer(for: descriptor, zeroed: true)
    if argument == .workspace, let workspace { memory[argument] = workspace }
    if let values = inputs[argument] {
      let plain = try MemoryDescriptor(shape: descriptor.shape)
      let reorder = try Primitive.reorder(source: plain, destination: descriptor)
      try PrimitiveCall(
        reorder,
        [.source: AlignedBuffer(values), .destination: try #require(memory[argument])]
      ).execute()
    }
  }
  try PrimitiveCall(primitive, memory).execute()
  var outputs: [Primitive.Argument: [Float]] = [:]
  for argument in primitive.arguments
  where primitive.writes(argument) && argument != .scratchpad && argument != .workspace {
    guard let descriptor = primitive.descriptor(of: argument), let owner = memory[argument] else {
      continue
    }
    let plain = try MemoryDescriptor(shape: descriptor.shape)
    let values = try AlignedBuffer(for: plain)
    let reorder = try Primitive.reorder(source: descriptor, destination: plain)
    try PrimitiveCall(reorder, [.source: owner, .destination: values]).execute()
    outputs[argument] = values.array(of: Float.self)
  }
  return outputs
}
