/// A matrix of 64-bit numbers in row-major order, for the few products that want their precision.
struct Matrix: Sendable, Equatable {
  let rows: Int
  let columns: Int
  var elements: [Double]

  init(rows: Int, columns: Int, _ elements: [Double]) {
    precondition(elements.count == rows * columns, "\(elements.count) for \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  init(zero rows: Int, _ columns: Int) {
    self.init(rows: rows, columns: columns, Array(repeating: 0, count: rows * columns))
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// A row of the matrix.
  func row(_ index: Int) -> ArraySlice<Double> {
    elements[index * columns..<(index + 1) * columns]
  }

  /// A column of the matrix.
  func column(_ index: Int) -> [Double] { (0..<rows).map { self[$0, index] } }

  var transposed: Matrix {
    var result = Matrix(zero: columns, rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// The matrix product.
  static func * (left: Matrix, right: Matrix) -> Matrix {
    precondition(left.columns == right.rows, "\(left.columns) columns times \(right.rows) rows")
    var result = Matrix(zero: left.rows, right.columns)
    let width = right.columns
    for row in 0..<left.rows {
      for inner in 0..<left.columns {
        let factor = left.elements[row * left.columns + inner]
        if factor == 0 { continue }
        let (to, from) = (row * width, inner * width)
        for column in 0..<width {
          result.elements[to + column] += factor * right.elements[from + column]
        }
      }
    }
    return result
  }

  /// The transpose times the matrix itself, `[columns, columns]`.
  var gram: Matrix {
    var result = Matrix(zero: columns, columns)
    for row in 0..<rows {
      let base = row * columns
      for first in 0..<columns {
        let factor = elements[base + first]
        if factor == 0 { continue }
        let to = first * columns
        for second in first..<columns {
          result.elements[to + second] += factor * elements[base + second]
        }
      }
    }
    for first in 0..<columns {
      for second in 0..<first { result[first, second] = result[second, first] }
    }
    return result
  }

  /// The matrix times a vector.
  func times(_ vector: [Double]) -> [Double] {
    (0..<rows).map { row in
      var sum = 0.0
      for column in 0..<columns { sum += elements[row * columns + column] * vector[column] }
      return sum
    }
  }

  /// The transpose times a vector.
  func transposeTimes(_ vector: [Double]) -> [Double] {
    var result = Array(repeating: 0.0, count: columns)
    for row in 0..<rows where vector[row] != 0 {
      for column in 0..<columns {
        result[column] += vector[row] * elements[row * columns + column]
      }
    }
    return result
  }
}
