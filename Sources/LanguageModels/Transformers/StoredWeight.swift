import PlumbGraph
import PlumbRuntime

/// One tensor of a checkpoint and the parameters it holds.
struct StoredWeight: Sendable, Hashable {
  /// How the numbers of the parameters lie in the tensor.
  enum Layout: Sendable, Hashable {
    /// As in the parameter.
    case same
    /// `[out, in]`, as `nn.Linear` keeps its weights.
    case transposed
    /// Several parameters side by side, `[in, parts · out]`, as GPT-2 keeps queries, keys, values.
    case columns
    /// Rows in the order head, part, number, `[heads · parts · k, in]`, as GPT-NeoX keeps them.
    case headRows(heads: Int)
  }

  /// The name in the checkpoint.
  let name: String
  /// The shape in the checkpoint.
  let shape: [Int]
  /// The parameters it holds, in order.
  let parameters: [String]
  /// How they lie in it.
  let layout: Layout

  /// The numbers of each parameter, from the tensor's.
  func parts(of values: [Float]) throws -> [(name: String, tensor: Tensor)] {
    let count = parameters.count
    let (rows, columns) = (shape.count == 2 ? shape[0] : 1, shape.last ?? 1)
    switch layout {
    case .same: return [(parameters[0], try Tensor(Shape(shape), values))]
    case .transposed:
      let tensor = try Tensor(
        [columns, rows], Self.transposed(values, rows: rows, columns: columns))
      return [(parameters[0], tensor)]
    case .columns:
      let width = columns / count
      return try parameters.enumerated().map { part, name in
        var elements: [Float] = []
        elements.reserveCapacity(rows * width)
        for row in 0..<rows {
          let start = row * columns + part * width
          elements += values[start..<start + width]
        }
        return (name, try Tensor(Shape(shape.dropLast() + [width]), elements))
      }
    case .headRows(let heads):
      let inputs = shape.count == 2 ? columns : 1
      let outputs = shape[0] / count
      return try parameters.enumerated().map { part, name in
        var elements: [Float] = []
        elements.reserveCapacity(outputs * inputs)
        for block in blocks(heads: heads, part: part, inputs: inputs) {
          elements += values[block]
        }
        let columns = Self.transposed(elements, rows: outputs, columns: inputs)
        return (name, try Tensor(shape.count == 2 ? [inputs, outputs] : [outputs], columns))
      }
    }
  }

  /// The tensor's numbers, from those of each parameter: the inverse of ``parts(of:)``.
  func joined(_ parts: [Tensor]) -> [Float] {
    let count = parts.count
    let (rows, columns) = (shape.count == 2 ? shape[0] : 1, shape.last ?? 1)
    switch layout {
    case .same: return parts[0].elements
    case .transposed:
      return Self.transposed(parts[0].elements, rows: columns, columns: rows)
    case .columns:
      let width = columns / count
      var values: [Float] = []
      values.reserveCapacity(rows * columns)
      for row in 0..<rows {
        for part in parts { values += part.elements[row * width..<(row + 1) * width] }
      }
      return values
    case .headRows(let heads):
      let inputs = shape.count == 2 ? columns : 1
      let outputs = shape[0] / count
      var values = [Float](repeating: 0, count: shape[0] * inputs)
      for (part, tensor) in parts.enumerated() {
        let elements = Self.transposed(tensor.elements, rows: inputs, columns: outputs)
        var start = 0
        for block in blocks(heads: heads, part: part, inputs: inputs) {
          values.replaceSubrange(block, with: elements[start..<start + block.count])
          start += block.count
        }
      }
      return values
    }
  }

  /// Where each head's rows of one part lie.
  private func blocks(heads: Int, part: Int, inputs: Int) -> [Range<Int>] {
    let size = shape[0] / (heads * parameters.count) * inputs
    return (0..<heads).map { head in
      let start = (head * parameters.count + part) * size
      return start..<start + size
    }
  }

  /// Rows and columns exchanged, in squares that stay in the cache.
  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    if rows == 1 || columns == 1 { return values }
    var result = [Float](repeating: 0, count: values.count)
    let size = 32
    for top in stride(from: 0, to: rows, by: size) {
      for left in stride(from: 0, to: columns, by: size) {
        for row in top..<min(top + size, rows) {
          for column in left..<min(left + size, columns) {
            result[column * rows + row] = values[row * columns + column]
          }
        }
      }
    }
    return result
  }
}
