import PlumbGraph

// The gradient of a strided convolution for an image of three channels is the worst case of every
// convolution library: three output channels leave most of the vector units idle. Seen from the
// image, each of its stride x stride phases is an ordinary stride-1 convolution of the gradient with
// every stride-th tap, so all phases together are one convolution to 3 · stride² channels, followed
// by depth-to-space. On InceptionV1 this is three times as fast.

extension Graph {
  /// Returns this graph with input gradients of strided convolutions on few channels computed by
  /// phases.
  func splittingStridedInputGradients() throws(GraphError) -> Graph {
    try rewritten { (node, inputs) throws(GraphError) in
      guard let operation = node.operation as? ConvolutionInputGradient,
        operation.geometry.groups == 1, operation.geometry.dilations == [1, 1],
        operation.geometry.strides[0] == operation.geometry.strides[1],
        operation.geometry.strides[0] > 1, node.shape[1] <= 4
      else { return nil }
      return try Self.gradientByPhases(operation, inputs[0], inputs[1], node.shape)
    }
  }

  private static func gradientByPhases(
    _ operation: ConvolutionInputGradient, _ upstream: Node, _ weights: Node, _ shape: Shape
  ) throws(GraphError) -> Node? {
    let stride = operation.geometry.strides[0]
    let vertical = phases(
      kernel: weights.shape[2], stride: stride, before: operation.geometry.before[0])
    let horizontal = phases(
      kernel: weights.shape[3], stride: stride, before: operation.geometry.before[1])
    let (channels, outputs) = (shape[1], weights.shape[0])
    let rows = (shape[2] + stride - 1) / stride
    let columns = (shape[3] + stride - 1) / stride

    // Taps [kh · kw, o, c] plus one of zeros, picked into [phases · taps, o, c].
    let taps = weights.shape[2] * weights.shape[3]
    let table = try weights.transposed([2, 3, 0, 1]).reshaped([taps, outputs, channels])
      .padded(before: [0, 0, 0], after: [1, 0, 0])
    var picks: [Float] = []
    for y in vertical.taps {
      for x in horizontal.taps {
        for ky in y {
          for kx in x {
            picks.append(
              Float(ky < 0 || kx < 0 ? taps : ky * weights.shape[3] + kx))
          }
        }
      }
    }
    let ids = try Node.constant(picks, [picks.count], .index)
    let (height, width) = (vertical.window, horizontal.window)
    let kernel = try table.gathering(ids)
      .reshaped([stride * stride, height, width, outputs, channels])
      .transposed([4, 0, 3, 1, 2])
      .reshaped([channels * stride * stride, outputs, height, width])

    // Row i of a phase reads the gradient's rows i + first ..< i + first + window.
    let geometry = ConvolutionGeometry(
      strides: [1, 1], dilations: [1, 1],
      before: [-vertical.first, -horizontal.first],
      after: [
        rows - 1 + vertical.first + height - upstream.shape[2],
        columns - 1 + horizontal.first + width - upstream.shape[3],
      ],
      groups: 1)
    // Without padding there may be rows of the gradient that no window reads.
    guard (geometry.before + geometry.after).allSatisfy({ $0 >= 0 }) else { return nil }
    let packed = try upstream.convolved(with: kernel, geometry: geometry)
    return
      try packed
      .reshaped([shape[0], channels, stride, stride, rows, columns])
      .transposed([0, 1, 4, 2, 5, 3])
      .reshaped([shape[0], channels, rows * stride, columns * stride])
      .sliced(starts: [0, 0, 0, 0], sizes: shape.sizes)
  }

  /// For each phase the kernel tap that meets each of `window` neighboring rows of the gradient, -1
  /// where none does; the first of those rows lies at `first` from the phase's own row.
  private static func phases(
    kernel: Int, stride: Int, before: Int
  ) -> (taps: [[Int]], first: Int, window: Int) {
    // dx[stride · i + phase] takes dy[j] · w[k] where stride · j + k - before = stride · i + phase.
    var meets: [[(row: Int, tap: Int)]] = []
    for phase in 0..<stride {
      meets.append(
        (0..<kernel).compactMap { tap in
          let distance = phase + before - tap
          return distance.isMultiple(of: stride) ? (distance / stride, tap) : nil
        })
    }
    let rows = meets.flatMap { $0.map(\.row) }
    guard let first = rows.min(), let last = rows.max() else { return ([], 0, 0) }
    let taps = meets.map { phase in
      (first...last).map { row in phase.first { $0.row == row }?.tap ?? -1 }
    }
    return (taps, first, last - first + 1)
  }
}
