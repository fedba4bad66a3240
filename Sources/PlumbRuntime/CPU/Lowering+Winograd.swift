import PlumbGraph
import PlumbKernels

// Without AVX-512, where the arithmetic is what a convolution waits for, those of stride 1 with
// kernels of 3 x 3 to 5 x 5 run by minimal filtering. It takes a third of the multiplications and
// reads transformed weights that are larger than the weights: it pays where enough patches share
// them.

extension Lowering {
  /// Decides whether a convolution of stride 1 is to run by minimal filtering.
  ///
  /// - Parameters:
  ///   - kernel: Height and width of the kernel.
  ///   - geometry: The geometry of the graph's convolution.
  ///   - source: The shape of what is read.
  ///   - sourceMap: Where its channels lie.
  ///   - result: The shape of what is written.
  ///   - resultMap: Where its channels lie.
  ///   - before: The padding above and to the left.
  /// - Returns: The convolution to run; `nil` if it is better done by its definition.
  func winograd(
    kernel: [Int], _ geometry: ConvolutionGeometry, source: Shape, _ sourceMap: ChannelMap,
    result: Shape, _ resultMap: ChannelMap, before: [Int]
  ) -> WinogradConvolution? {
    guard block == 8, geometry.groups == 1, geometry.strides == [1, 1],
      geometry.dilations == [1, 1], kernel[0] == kernel[1],
      WinogradConvolution.kernels.contains(kernel[0]),
      min(sourceMap.physicalCount, resultMap.physicalCount) >= 16
    else { return nil }
    let winograd = WinogradConvolution(
      kernel: kernel[0], batch: source[0], inputs: sourceMap.physicalCount,
      outputs: resultMap.physicalCount, size: Array(source.sizes.suffix(2)),
      outputSize: Array(result.sizes.suffix(2)), before: before)
    return winograd.saving >= 2 && winograd.patches >= 12 ? winograd : nil
  }

  /// Adds a convolution, or the gradient for the source of one.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - winograd: The convolution to run.
  ///   - source: What is read, blocked.
  ///   - weights: The weights of the graph's convolution.
  ///   - outputMap: Where the outputs of the graph's convolution lie.
  ///   - inputMap: Where its inputs lie.
  ///   - bias: A bias per lane.
  ///   - hasReLU: Whether the positive part is stored.
  ///   - isGradient: Whether the weights are those for the gradient.
  ///   - result: What is written, blocked.
  /// - Throws: An error if the weights cannot be transformed.
  func addWinograd(
    _ node: Node, _ winograd: WinogradConvolution, source: Value, weights: Node,
    outputMap: ChannelMap, inputMap: ChannelMap, bias: Value? = nil, hasReLU: Bool = false,
    isGradient: Bool, result: Value
  ) throws {
    let rows = try laneValue(of: weights, output: outputMap, input: inputMap)
    let packed = try derive(
      from: rows, of: weights,
      key: .transformed(from: .init(output: outputMap, input: inputMap), isGradient: isGradient),
      result: allocate(byteCount: winograd.packedBytes)
    ) { result, source in
      [winograd.pack(result: result, weights: source, forGradient: isGradient)]
    }
    let scratch = allocateScratch(byteCount: winograd.scratchBytes)
    add(node, reads: [source, packed] + (bias.map { [$0] } ?? []), writes: [result, scratch]) {
      winograd.forward(
        result: $0.slice(result), source: $0.slice(source), packed: $0.slice(packed),
        bias: bias.map($0.slice), hasReLU: hasReLU, scratch: $0.slice(scratch))
    }
  }
}
