import PlumbGraph

/// The pixels that a place between pixels is made of along one axis, with their weights.
private func neighbors(_ place: Double, _ mode: ResamplingMode) -> [(pixel: Int, weight: Double)] {
  switch mode {
  case .nearest:
    return [(Int((place + 0.5).rounded(.down)), 1)]
  case .bilinear:
    let lower = place.rounded(.down)
    let fraction = place - lower
    return [(Int(lower), 1 - fraction), (Int(lower) + 1, fraction)]
  }
}

/// The pixels, held to the edge, that one sample along one axis is made of.
private func samples(
  _ index: Int, axis: Int, mode: ResamplingMode, scale: [Float], offset: [Float], size: Int
) -> [(pixel: Int, weight: Double)] {
  let place = Double(scale[axis]) * Double(index) + Double(offset[axis])
  return neighbors(min(max(place, 0), Double(size - 1)), mode).map {
    (min(max($0.pixel, 0), size - 1), $0.weight)
  }
}

extension Resample: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    return ReferenceTensor(shape) { index in
      var sum = 0.0
      for (row, rowWeight) in samples(
        index[2], axis: 0, mode: mode, scale: scale, offset: offset, size: x.shape[2])
      {
        for (column, weight) in samples(
          index[3], axis: 1, mode: mode, scale: scale, offset: offset, size: x.shape[3])
        {
          sum += rowWeight * weight * x[index[0], index[1], row, column]
        }
      }
      return sum
    }
  }
}

extension ResampleGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let dy = operands[0]
    var dx = ReferenceTensor(zeros: shape)
    for index in dy.shape.allIndices {
      for (row, rowWeight) in samples(
        index[2], axis: 0, mode: mode, scale: scale, offset: offset, size: shape[2])
      {
        for (column, weight) in samples(
          index[3], axis: 1, mode: mode, scale: scale, offset: offset, size: shape[3])
        {
          dx[index[0], index[1], row, column] += rowWeight * weight * dy[index]
        }
      }
    }
    return dx
  }
}

/// The pixels inside an image of `height` by `width` that the sample at a row and column of the
/// result is made of.
private func affineSamples(
  row: Int, column: Int, matrix: ReferenceTensor, mode: ResamplingMode, height: Int, width: Int
) -> [(row: Int, column: Int, weight: Double)] {
  let (x, y) = (Double(column), Double(row))
  let sourceColumn = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
  let sourceRow = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
  return neighbors(sourceRow, mode).flatMap { r in
    neighbors(sourceColumn, mode).map { c in (r.pixel, c.pixel, r.weight * c.weight) }
  }.filter { (0..<height).contains($0.0) && (0..<width).contains($0.1) }
}

extension AffineSample: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    return ReferenceTensor(shape) { index in
      affineSamples(
        row: index[2], column: index[3], matrix: operands[1], mode: mode, height: x.shape[2],
        width: x.shape[3]
      ).reduce(0) { $0 + $1.weight * x[index[0], index[1], $1.row, $1.column] }
    }
  }
}

extension AffineSampleGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let dy = operands[0]
    var dx = ReferenceTensor(zeros: shape)
    for index in dy.shape.allIndices {
      for sample in affineSamples(
        row: index[2], column: index[3], matrix: operands[1], mode: mode, height: shape[2],
        width: shape[3])
      {
        dx[index[0], index[1], sample.row, sample.column] += sample.weight * dy[index]
      }
    }
    return dx
  }
}
