import PlumbGraph

extension Fill: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape) { _ in Double(value) }
  }
}

extension Constant: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape, values.map { Double($0) })
  }
}

extension Named: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor { operands[0] }
}

extension StopGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor { operands[0] }
}

extension Reshape: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape, operands[0].values)
  }
}

extension Broadcast: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    operands[0].broadcast(to: shape)
  }
}

extension Transpose: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape) { index in
      var source = index
      for (axis, sourceAxis) in permutation.enumerated() { source[sourceAxis] = index[axis] }
      return operands[0][source]
    }
  }
}

extension Reduction: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    var groups: [[Int]: [Double]] = [:]
    for index in x.shape.allIndices {
      let kept = index.enumerated().map { axes.contains($0) ? 0 : $1 }
      groups[kept, default: []].append(x[index])
    }
    return ReferenceTensor(shape) { index in
      let group = groups[index, default: []]
      switch kind {
      case .sum: return group.reduce(0, +)
      case .mean: return group.reduce(0, +) / Double(group.count)
      case .maximum: return group.max() ?? .nan
      case .minimum: return group.min() ?? .nan
      }
    }
  }
}

extension PlumbGraph.Slice: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape) { index in
      operands[0][index.indices.map { starts[$0] + index[$0] * steps[$0] }]
    }
  }
}

extension Embed: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: shape)
    for index in operands[0].shape.allIndices {
      result[index.indices.map { starts[$0] + index[$0] * steps[$0] }] = operands[0][index]
    }
    return result
  }
}

/// The starts of a block of `sizes` inside `shape`, moved until the block fits.
private func fittingStarts(_ starts: [Int], _ sizes: [Int], in shape: Shape) -> [Int] {
  sizes.indices.map { min(max(starts[$0], 0), shape[$0] - sizes[$0]) }
}

extension DynamicSlice: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let starts = fittingStarts(operands[1].indices, sizes, in: operands[0].shape)
    return ReferenceTensor(shape) { index in
      operands[0][zip(starts, index).map { $0 + $1 }]
    }
  }
}

extension DynamicEmbed: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let starts = fittingStarts(operands[1].indices, operands[0].shape.sizes, in: shape)
    var result = ReferenceTensor(zeros: shape)
    for index in operands[0].shape.allIndices {
      result[zip(starts, index).map { $0 + $1 }] = operands[0][index]
    }
    return result
  }
}

extension UpdateSlice: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    var result = operands[0]
    let update = operands[1]
    let start = min(max(operands[2].indices[0], 0), shape[axis] - update.shape[axis])
    for index in update.shape.allIndices {
      var place = index
      place[axis] += start
      result[place] = update[index]
    }
    return result
  }
}

extension Concatenate: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: shape)
    var offset = 0
    for operand in operands {
      for index in operand.shape.allIndices {
        var place = index
        place[axis] += offset
        result[place] = operand[index]
      }
      offset += operand.shape[axis]
    }
    return result
  }
}

/// Where an index of a mirrored axis of `size` elements comes from: `2 1 | 0 1 2 | 1 0`.
private func mirrored(_ index: Int, size: Int) -> Int {
  if index < 0 { return -index }
  return index < size ? index : 2 * (size - 1) - index
}

extension Pad: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    return ReferenceTensor(shape) { index in
      let place = index.indices.map { index[$0] - before[$0] }
      switch mode {
      case .reflect:
        return x[place.indices.map { mirrored(place[$0], size: x.shape[$0]) }]
      case .constant(let value):
        let isInside = place.indices.allSatisfy { place[$0] >= 0 && place[$0] < x.shape[$0] }
        return isInside ? x[place] : Double(value)
      }
    }
  }
}

extension ReflectPadGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: shape)
    for index in operands[0].shape.allIndices {
      let place = index.indices.map { mirrored(index[$0] - before[$0], size: shape[$0]) }
      result[place] += operands[0][index]
    }
    return result
  }
}

extension MatrixProduct: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (left, right) = (operands[0], operands[1])
    let inner = left.shape[left.shape.rank - (transposesLeft ? 2 : 1)]
    /// The index of a matrix's element in the batch entry that `batch` of the result uses.
    func place(_ shape: Shape, _ batch: [Int], _ row: Int, _ column: Int) -> [Int] {
      let outer = shape.rank - 2
      let own = batch.suffix(outer).enumerated().map { shape[$0] == 1 ? 0 : $1 }
      return own + [row, column]
    }
    return ReferenceTensor(shape) { index in
      let batch = Array(index.dropLast(2))
      let (row, column) = (index[index.count - 2], index[index.count - 1])
      var sum = 0.0
      for k in 0..<inner {
        let (r, c) = transposesLeft ? (k, row) : (row, k)
        let (s, d) = transposesRight ? (column, k) : (k, column)
        sum += left[place(left.shape, batch, r, c)] * right[place(right.shape, batch, s, d)]
      }
      return sum
    }
  }
}
