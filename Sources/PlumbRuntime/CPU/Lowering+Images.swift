import PlumbGraph
import PlumbKernels

extension Lowering {
  /// Adds the steps of an operation that samples images; returns whether the node is one.
  func lowerImages(_ node: Node) -> Bool {
    switch node.operation {
    case let operation as Resample:
      addResampling(
        node, mode: operation.mode, input: node.inputs[0].shape, size: operation.size,
        scale: operation.scale, offset: operation.offset, isGradient: false)
    case let operation as ResampleGradient:
      addResampling(
        node, mode: operation.mode, input: node.shape, size: operation.size,
        scale: operation.scale, offset: operation.offset, isGradient: true)
    case let operation as AffineSample:
      addAffine(
        node, mode: operation.mode, input: node.inputs[0].shape, output: node.shape,
        isGradient: false)
    case let operation as AffineSampleGradient:
      addAffine(
        node, mode: operation.mode, input: node.shape, output: node.inputs[0].shape,
        isGradient: true)
    default: return false
    }
    return true
  }

  private func addResampling(
    _ node: Node, mode: ResamplingMode, input: Shape, size: [Int], scale: [Float], offset: [Float],
    isGradient: Bool
  ) {
    let source = plainValue(of: node.inputs[0])
    let result = allocate(node.shape, .plain)
    let maps = (0..<2).map { axis in
      ImageKernels.AxisMap(
        sourceSize: input[axis + 2], destinationSize: size[axis], scale: Double(scale[axis]),
        // The kernel rounds down; the operation rounds to the nearest pixel.
        offset: Double(offset[axis]) + (mode == .nearest ? 0.5 : 0))
    }
    let planes = node.shape[0] * node.shape[1]
    add(node, reads: [source], writes: [result]) { placement in
      ImageKernels.resample(
        planes: planes, vertical: maps[0], horizontal: maps[1], nearest: mode == .nearest,
        isGradient: isGradient, result: placement.slice(result), source: placement.slice(source))
    }
    set(result, for: node)
  }

  private func addAffine(
    _ node: Node, mode: ResamplingMode, input: Shape, output: Shape, isGradient: Bool
  ) {
    let (source, matrix) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let result = allocate(node.shape, .plain)
    add(node, reads: [source, matrix], writes: [result]) { placement in
      ImageKernels.affineSample(
        batch: input[0], channels: input[1], sourceHeight: input[2], sourceWidth: input[3],
        destinationHeight: output[2], destinationWidth: output[3], nearest: mode == .nearest,
        isGradient: isGradient, result: placement.slice(result), source: placement.slice(source),
        matrix: placement.slice(matrix))
    }
    set(result, for: node)
  }
}
