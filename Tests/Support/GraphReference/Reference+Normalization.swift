import Foundation
import PlumbGraph

/// The sum over the `size` channels around an element's own, at the same place.
private func neighborhood(
  _ size: Int, _ index: [Int], channels: Int, _ term: ([Int]) -> Double
) -> Double {
  var sum = 0.0
  for channel in index[1] - size / 2...index[1] + size / 2 where (0..<channels).contains(channel) {
    sum += term([index[0], channel, index[2], index[3]])
  }
  return sum
}

extension LocalResponseNormalization: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    return ReferenceTensor(shape) { index in
      let sum = neighborhood(size, index, channels: shape[1]) { x[$0] * x[$0] }
      return x[index] / pow(Double(bias) + Double(alpha) * sum, Double(beta))
    }
  }
}

extension LocalResponseNormalizationGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (x, dy) = (operands[0], operands[1])
    let (alpha, beta) = (Double(alpha), Double(beta))
    let strength = ReferenceTensor(shape) { index in
      Double(bias) + alpha * neighborhood(size, index, channels: shape[1]) { x[$0] * x[$0] }
    }
    return ReferenceTensor(shape) { index in
      let shared = neighborhood(size, index, channels: shape[1]) {
        dy[$0] * x[$0] * pow(strength[$0], -beta - 1)
      }
      return dy[index] * pow(strength[index], -beta) - 2 * alpha * beta * x[index] * shared
    }
  }
}

extension ChannelMoments: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    var moments = ReferenceTensor(zeros: shape)
    let count = Double(x.shape.count / x.shape[1])
    for index in x.shape.allIndices { moments[0, index[1]] += x[index] / count }
    for index in x.shape.allIndices {
      let deviation = x[index] - moments[0, index[1]]
      moments[1, index[1]] += deviation * deviation / count
    }
    return moments
  }
}

/// An element less its channel's mean, over its channel's deviation.
private func normalized(
  _ x: ReferenceTensor, _ moments: ReferenceTensor, _ epsilon: Float, _ index: [Int]
) -> Double {
  (x[index] - moments[0, index[1]]) / (moments[1, index[1]] + Double(epsilon)).squareRoot()
}

extension BatchNormalization: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (x, moments, gamma, beta) = (operands[0], operands[1], operands[2], operands[3])
    return ReferenceTensor(shape) { index in
      normalized(x, moments, epsilon, index) * gamma[index[1]] + beta[index[1]]
    }
  }
}

extension ChannelGradientSums: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (dy, x, moments) = (operands[0], operands[1], operands[2])
    var sums = ReferenceTensor(zeros: shape)
    for index in x.shape.allIndices {
      sums[0, index[1]] += dy[index]
      sums[1, index[1]] += dy[index] * normalized(x, moments, epsilon, index)
    }
    return sums
  }
}

extension BatchNormalizationGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (dy, x, moments) = (operands[0], operands[1], operands[2])
    let (gamma, sums) = (operands[3], operands[4])
    let count = Double(shape.count / shape[1])
    return ReferenceTensor(shape) { index in
      let channel = index[1]
      let centered =
        dy[index] - sums[0, channel] / count
        - normalized(x, moments, epsilon, index) * sums[1, channel] / count
      return gamma[channel] * centered / (moments[1, channel] + Double(epsilon)).squareRoot()
    }
  }
}

/// A row less its mean (or itself), over the root of its mean square, and that root.
private func normalizedRow(
  _ row: ArraySlice<Double>, _ epsilon: Float, centers: Bool
) -> (normalized: [Double], root: Double) {
  let count = Double(row.count)
  let mean = centers ? row.reduce(0, +) / count : 0
  let square = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
  let root = (square + Double(epsilon)).squareRoot()
  return (row.map { ($0 - mean) / root }, root)
}

/// The normalized rows times gamma plus beta, where there are such.
private func normalizedRows(
  _ operands: [ReferenceTensor], _ shape: Shape, _ epsilon: Float, centers: Bool
) -> ReferenceTensor {
  let rows = operands[0].rows.map { row in
    normalizedRow(row, epsilon, centers: centers).normalized.enumerated().map { column, value in
      let scaled = operands.count > 1 ? value * operands[1][column] : value
      return operands.count > 2 ? scaled + operands[2][column] : scaled
    }
  }
  return ReferenceTensor(shape, rows.flatMap { $0 })
}

/// The gradient for x from the operands `dy`, x and maybe gamma.
private func rowGradient(
  _ operands: [ReferenceTensor], _ shape: Shape, _ epsilon: Float, centers: Bool
) -> ReferenceTensor {
  let count = Double(shape[shape.rank - 1])
  let rows = zip(operands[0].rows, operands[1].rows).map { dy, x in
    let (normalized, root) = normalizedRow(x, epsilon, centers: centers)
    let weighted = dy.enumerated().map { operands.count > 2 ? $1 * operands[2][$0] : $1 }
    let mean = centers ? weighted.reduce(0, +) / count : 0
    let product = zip(weighted, normalized).reduce(0) { $0 + $1.0 * $1.1 } / count
    return zip(weighted, normalized).map { ($0 - mean - $1 * product) / root }
  }
  return ReferenceTensor(shape, rows.flatMap { $0 })
}

/// The gradient for gamma from the operands `dy` and x.
private func scaleGradient(
  _ operands: [ReferenceTensor], _ shape: Shape, _ epsilon: Float, centers: Bool
) -> ReferenceTensor {
  var sums = ReferenceTensor(zeros: shape)
  for (dy, x) in zip(operands[0].rows, operands[1].rows) {
    let normalized = normalizedRow(x, epsilon, centers: centers).normalized
    for (column, product) in zip(dy, normalized).map({ $0 * $1 }).enumerated() {
      sums[column] += product
    }
  }
  return sums
}

extension LayerNormalization: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    normalizedRows(operands, shape, epsilon, centers: true)
  }
}

extension LayerNormalizationGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    rowGradient(operands, shape, epsilon, centers: true)
  }
}

extension LayerNormalizationScaleGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    scaleGradient(operands, shape, epsilon, centers: true)
  }
}

extension RMSNormalization: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    normalizedRows(operands, shape, epsilon, centers: false)
  }
}

extension RMSNormalizationGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    rowGradient(operands, shape, epsilon, centers: false)
  }
}

extension RMSNormalizationScaleGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    scaleGradient(operands, shape, epsilon, centers: false)
  }
}
