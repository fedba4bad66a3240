import PlumbRuntime
import Testing

@testable import Drift

@Suite("Eigenvectors of symmetric matrices")
struct SymmetricEigenvectorsTests {
  static func random(_ n: Int, rank: Int? = nil) -> Matrix {
    var stream = RandomStream(seed: UInt64(n), name: "matrix")
    let rank = rank ?? n
    return Matrix(rows: rank, columns: n, stream.normal(rank * n).map(Double.init)).gram
  }

  @Test("Put the matrix together again", arguments: [1, 2, 3, 5, 16, 37])
  func reconstruct(n: Int) {
    check(Self.random(n))
  }

  @Test("Survive matrices of low rank, diagonal ones and 0", arguments: [4, 9])
  func degenerate(n: Int) {
    check(Self.random(n, rank: 2))
    check(Matrix(zero: n, n))
    var diagonal = Matrix(zero: n, n)
    for index in 0..<n { diagonal[index, index] = Double(index % 3) }
    check(diagonal)
  }

  @Test("Of a matrix made from known ones are found again")
  func known() {
    // (1, 1) / √2 with 3, (1, -1) / √2 with 1.
    let eigen = SymmetricEigenvectors(Matrix(rows: 2, columns: 2, [2, 1, 1, 2]))
    #expect(abs(eigen.values[0] - 3) < 1e-12 && abs(eigen.values[1] - 1) < 1e-12)
    #expect(abs(eigen.vectors[0, 0] - eigen.vectors[0, 1]) < 1e-12)
    #expect(abs(eigen.vectors[1, 0] + eigen.vectors[1, 1]) < 1e-12)
  }

  private func check(_ matrix: Matrix) {
    let n = matrix.rows
    let eigen = SymmetricEigenvectors(matrix)
    #expect(eigen.values == eigen.values.sorted(by: >))
    let scale = max(eigen.values.first ?? 0, 1)
    var scaled = eigen.vectors
    for row in 0..<n {
      for column in 0..<n { scaled[row, column] *= eigen.values[row] }
    }
    let again = eigen.vectors.transposed * scaled
    let identity = eigen.vectors * eigen.vectors.transposed
    for row in 0..<n {
      for column in 0..<n {
        #expect(abs(again[row, column] - matrix[row, column]) < 1e-11 * scale)
        #expect(abs(identity[row, column] - (row == column ? 1 : 0)) < 1e-11)
      }
    }
  }
}
