import Foundation
import PlumbGraph

/// The softmax of some numbers.
private func softmax(_ row: some Collection<Double>) -> [Double] {
  let largest = row.max() ?? 0
  let powers = row.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

extension Softmax: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let keys = shape[shape.rank - 1]
    let queries = mask == .causal ? shape[shape.rank - 2] : 1
    let rows = operands[0].rows.enumerated().map { number, row in
      let visible = mask == .causal ? number % queries + keys - queries + 1 : keys
      return softmax(row.prefix(visible)) + Array(repeating: 0, count: keys - visible)
    }
    return ReferenceTensor(shape, rows.flatMap { $0 })
  }
}

extension SoftmaxGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let rows = zip(operands[0].rows, operands[1].rows).map { y, dy in
      let product = zip(y, dy).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(y, dy).map { $0 * ($1 - product) }
    }
    return ReferenceTensor(shape, rows.flatMap { $0 })
  }
}

extension LogSoftmax: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let rows = operands[0].rows.map { row in softmax(row).map { log($0) } }
    return ReferenceTensor(shape, rows.flatMap { $0 })
  }
}

extension LogSoftmaxGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let rows = zip(operands[0].rows, operands[1].rows).map { y, dy in
      let sum = dy.reduce(0, +)
      return zip(y, dy).map { $1 - exp($0) * sum }
    }
    return ReferenceTensor(shape, rows.flatMap { $0 })
  }
}

extension CrossEntropy: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let losses = zip(operands[0].rows, operands[1].indices).map { logits, target in
      target < 0 ? 0 : -log(softmax(logits)[target])
    }
    return ReferenceTensor(shape, losses)
  }
}

extension CrossEntropyGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (logits, targets, dy) = (operands[0].rows, operands[1].indices, operands[2].values)
    let rows = targets.indices.map { row in
      softmax(logits[row]).enumerated().map { column, probability in
        targets[row] < 0 ? 0 : (probability - (column == targets[row] ? 1 : 0)) * dy[row]
      }
    }
    return ReferenceTensor(shape, rows.flatMap { $0 })
  }
}

extension Gather: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (table, ids) = (operands[0], operands[1])
    let rank = ids.shape.rank
    return ReferenceTensor(shape) { index in
      table[[Int(ids[Array(index[..<rank])])] + index[rank...]]
    }
  }
}

extension ScatterAdd: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (ids, dy) = (operands[0], operands[1])
    let rank = ids.shape.rank
    var result = ReferenceTensor(zeros: shape)
    for index in dy.shape.allIndices {
      result[[Int(ids[Array(index[..<rank])])] + index[rank...]] += dy[index]
    }
    return result
  }
}

extension RotaryEmbedding: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (x, cosines, sines) = (operands[0], operands[1], operands[2])
    var result = x
    for batch in 0..<shape[0] {
      for position in 0..<shape[1] {
        for head in 0..<shape[2] {
          for pair in 0..<rotated / 2 {
            let (first, second) =
              style == .half ? (pair, pair + rotated / 2) : (2 * pair, 2 * pair + 1)
            let (a, b) = (x[batch, position, head, first], x[batch, position, head, second])
            let (cosine, sine) = (cosines[position, pair], sines[position, pair])
            result[batch, position, head, first] = a * cosine - b * sine
            result[batch, position, head, second] = b * cosine + a * sine
          }
        }
      }
    }
    return result
  }
}
