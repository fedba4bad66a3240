import Foundation

/// The eigenvalues of a symmetric matrix, the largest first, with orthonormal eigenvectors.
///
/// Householder reflections make the matrix tridiagonal, then QL steps with implicit shifts make it
/// diagonal: about `3 n³` operations.
///
/// Source: Bowdler, Martin, Reinsch and Wilkinson, "The QR and QL algorithms for symmetric
/// matrices", 1968 (tred2 and tql2 of EISPACK).
struct SymmetricEigenvectors {
  /// The eigenvalues, descending.
  let values: [Double]
  /// Row `k` is the eigenvector of eigenvalue `k`.
  let vectors: Matrix

  init(_ matrix: Matrix) {
    precondition(matrix.rows == matrix.columns, "\(matrix.rows) rows, \(matrix.columns) columns")
    var work = Tridiagonal(matrix)
    work.diagonalize()
    let order = work.diagonal.indices.sorted { work.diagonal[$0] > work.diagonal[$1] }
    values = order.map { work.diagonal[$0] }
    vectors = Matrix(
      rows: matrix.rows, columns: matrix.rows, order.flatMap { Array(work.basis.row($0)) })
  }
}

/// A symmetric matrix on its way to diagonal form; `basis` holds the transposed transformation, so
/// that the inner loops run along rows.
private struct Tridiagonal {
  var diagonal: [Double]
  var offDiagonal: [Double]
  var basis: Matrix

  /// Reduces a matrix by Householder reflections, gathering them in the basis.
  init(_ matrix: Matrix) {
    let n = matrix.rows
    var a = matrix
    diagonal = Array(repeating: 0, count: n)
    offDiagonal = Array(repeating: 0, count: n)
    basis = Matrix(zero: n, n)
    for index in 0..<n { basis[index, index] = 1 }
    guard n > 2 else {
      for index in 0..<n { diagonal[index] = a[index, index] }
      if n == 2 { offDiagonal[0] = a[0, 1] }
      return
    }
    for k in 0..<n - 2 {
      // The reflection that clears row k right of its off-diagonal element.
      var vector = Array(repeating: 0.0, count: n)
      var norm = 0.0
      for j in k + 1..<n {
        vector[j] = a[k, j]
        norm += vector[j] * vector[j]
      }
      norm = norm.squareRoot()
      let isClear = !(k + 2..<n).contains { vector[$0] != 0 }
      if isClear || norm == 0 {
        offDiagonal[k] = a[k, k + 1]
        continue
      }
      let alpha = vector[k + 1] > 0 ? -norm : norm
      offDiagonal[k] = alpha
      vector[k + 1] -= alpha
      var square = 0.0
      for j in k + 1..<n { square += vector[j] * vector[j] }
      let factor = 2 / square
      Self.reflect(&a, by: vector, factor, from: k + 1)
      // Rows of the basis: basis = H basis.
      var product = Array(repeating: 0.0, count: n)
      for row in k + 1..<n {
        let weight = vector[row]
        for column in 0..<n { product[column] += weight * basis.elements[row * n + column] }
      }
      for row in k + 1..<n {
        let weight = factor * vector[row]
        for column in 0..<n { basis.elements[row * n + column] -= weight * product[column] }
      }
    }
    for index in 0..<n { diagonal[index] = a[index, index] }
    offDiagonal[n - 2] = a[n - 2, n - 1]
  }

  /// `a = H a H` for the trailing block, with `H = 1 - factor v vᵀ`.
  private static func reflect(
    _ a: inout Matrix, by vector: [Double], _ factor: Double, from first: Int
  ) {
    let n = a.rows
    var p = Array(repeating: 0.0, count: n)
    for row in first..<n {
      var sum = 0.0
      for column in first..<n { sum += a.elements[row * n + column] * vector[column] }
      p[row] = factor * sum
    }
    var inner = 0.0
    for index in first..<n { inner += vector[index] * p[index] }
    let half = factor * inner / 2
    for index in first..<n { p[index] -= half * vector[index] }
    for row in first..<n {
      let (v, q) = (vector[row], p[row])
      for column in first..<n {
        a.elements[row * n + column] -= v * p[column] + q * vector[column]
      }
    }
  }

  /// QL steps with implicit shifts, until nothing is left beside the diagonal.
  mutating func diagonalize() {
    let n = diagonal.count
    guard n > 1 else { return }
    for l in 0..<n {
      var rounds = 0
      while true {
        var m = l
        while m < n - 1 {
          let size = abs(diagonal[m]) + abs(diagonal[m + 1])
          if abs(offDiagonal[m]) <= .ulpOfOne * size { break }
          m += 1
        }
        if m == l { break }
        rounds += 1
        precondition(rounds < 200, "an eigenvalue does not converge")
        step(from: l, to: m)
      }
    }
  }

  private mutating func step(from l: Int, to m: Int) {
    let n = diagonal.count
    var g = (diagonal[l + 1] - diagonal[l]) / (2 * offDiagonal[l])
    var r = hypot(g, 1)
    g = diagonal[m] - diagonal[l] + offDiagonal[l] / (g + (g < 0 ? -r : r))
    var (sine, cosine, p) = (1.0, 1.0, 0.0)
    for i in stride(from: m - 1, through: l, by: -1) {
      let f = sine * offDiagonal[i]
      let b = cosine * offDiagonal[i]
      r = hypot(f, g)
      offDiagonal[i + 1] = r
      if r == 0 {
        diagonal[i + 1] -= p
        offDiagonal[m] = 0
        return
      }
      sine = f / r
      cosine = g / r
      g = diagonal[i + 1] - p
      r = (diagonal[i] - g) * sine + 2 * cosine * b
      p = sine * r
      diagonal[i + 1] = g + p
      g = cosine * r - b
      let (low, high) = (i * n, (i + 1) * n)
      for k in 0..<n {
        let upper = basis.elements[high + k]
        let lower = basis.elements[low + k]
        basis.elements[high + k] = sine * lower + cosine * upper
        basis.elements[low + k] = cosine * lower - sine * upper
      }
    }
    diagonal[l] -= p
    offDiagonal[l] = g
    offDiagonal[m] = 0
  }
}
