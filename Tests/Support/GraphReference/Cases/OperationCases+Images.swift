import PlumbGraph

extension OperationCase {
  static let images: [OperationCase] = convolutions + pools + samplings

  private static let convolutions: [OperationCase] = [
    OperationCase("convolution", .normal(2, 3, 5, 4), .normal(4, 3, 3, 2), .normal(4)) {
      try $0[0].convolved(with: $0[1], bias: $0[2], geometry: .init(padding: [1, 0]))
    },
    OperationCase("convolution of one pixel", .normal(1, 1, 1, 1), .normal(1, 1, 1, 1)) {
      try $0[0].convolved(with: $0[1])
    },
    OperationCase("convolution with odd paddings", .normal(1, 2, 7, 6), .normal(3, 2, 3, 3)) {
      try $0[0].convolved(
        with: $0[1], geometry: .init(strides: [2, 3], before: [0, 1], after: [1, 2]))
    },
    OperationCase("convolution with dilation", .normal(1, 2, 6, 7), .normal(2, 2, 2, 3)) {
      try $0[0].convolved(with: $0[1], geometry: .init(dilations: [3, 2], padding: [1, 1]))
    },
    OperationCase("convolution in groups", .normal(2, 4, 3, 3), .normal(6, 2, 2, 2), .normal(6)) {
      try $0[0].convolved(with: $0[1], bias: $0[2], geometry: .init(groups: 2))
    },
    OperationCase("depthwise convolution", .normal(1, 3, 4, 4), .normal(3, 1, 3, 3)) {
      try $0[0].convolved(with: $0[1], geometry: .init(padding: [1, 1], groups: 3))
    },
    OperationCase("transposed convolution", .normal(2, 3, 2, 3), .normal(3, 2, 3, 3), .normal(2)) {
      try $0[0].transposedConvolution(
        with: $0[1], bias: $0[2], geometry: .init(strides: [2, 2], padding: [1, 1]), extra: [1, 0])
    },
  ]

  private static let pools: [OperationCase] = [
    OperationCase("max pool", .normal(2, 3, 5, 4), isTwiceDifferentiable: false) {
      try $0[0].maxPooled(.init(window: [3, 2], strides: [2, 2], before: [1, 0], after: [1, 1]))
    },
    OperationCase("max pool of one pixel", .normal(1, 1, 1, 1), isTwiceDifferentiable: false) {
      try $0[0].maxPooled(.init(window: [1, 1], strides: [1, 1]))
    },
    OperationCase("position extremes", .normal(2, 3, 5, 4)) { try $0[0].positionExtremes() },
    OperationCase("position extremes of one pixel", .normal(1, 1, 1, 1)) {
      try $0[0].positionExtremes()
    },
    OperationCase("average pool", .normal(2, 3, 5, 4)) {
      try $0[0].averagePooled(.init(window: [3, 2], strides: [2, 1], padding: [1, 1]))
    },
    OperationCase("average pool that counts padding", .normal(1, 2, 3, 3)) {
      try $0[0].averagePooled(
        .init(window: [2, 3], strides: [1, 2], padding: [1, 1]), countsPadding: true)
    },
    OperationCase("global average pool", .normal(2, 3, 5, 1)) { try $0[0].globalAveragePooled() },
  ]

  private static let samplings: [OperationCase] = [
    OperationCase("resample to aligned corners", .normal(1, 2, 3, 5)) {
      try $0[0].resampled(to: [5, 3], grid: .alignedCorners)
    },
    OperationCase("resample by half pixels", .normal(1, 2, 3, 5)) {
      try $0[0].resampled(to: [4, 10])
    },
    OperationCase("resample from the first pixel", .normal(2, 1, 4, 3)) {
      try $0[0].resampled(to: [3, 5], grid: .firstPixel)
    },
    OperationCase("resample to nearest", .normal(2, 1, 4, 3)) {
      try $0[0].resampled(to: [7, 2], .nearest)
    },
    OperationCase("resample one pixel", .normal(1, 1, 1, 1)) {
      try $0[0].resampled(to: [2, 1], grid: .alignedCorners)
    },
    OperationCase("affine sample", .normal(2, 2, 5, 4)) {
      try $0[0].affineSampled(
        matrix: .constant([0.9, -0.3, 0.7, 0.2, 1.1, -0.6], [2, 3]), size: [4, 5])
    },
    OperationCase("affine sample of nearest", .normal(1, 1, 3, 3)) {
      try $0[0].affineSampled(
        matrix: .constant([0, 1, 0.2, -1, 0, 2.3], [2, 3]), size: [3, 3], .nearest)
    },
  ]
}
