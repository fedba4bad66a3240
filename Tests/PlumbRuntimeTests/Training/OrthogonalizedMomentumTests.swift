import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Orthogonalized momentum")
struct OrthogonalizedMomentumTests {
  @Test(
    "Singular values of any matrix come near 1",
    arguments: [[6, 6], [4, 9], [9, 4], [1, 5], [1, 1]])
  func nearOrthogonal(sizes: [Int]) throws {
    let shape = Shape(sizes)
    let values = normals(shape.count, seed: 4).map { Float($0) * 100 }
    let result = try OrthogonalizedMomentum.orthogonalized(.input("matrix", shape))
    // The product with itself along the shorter side: its eigenvalues are squared singular values.
    let gram = try result.matrixProduct(
      result, transposesLeft: sizes[0] > sizes[1], transposesRight: sizes[0] <= sizes[1])
    let program = try Program(Graph(["gram": gram]), parameters: ParameterStore())
    let product = try program(["matrix": Tensor(shape, values)])["gram"]
    let matrix = try #require(product)
    let side = min(sizes[0], sizes[1])
    // Singular values end between about 0.7 and 1.2, their squares between 0.45 and 1.5.
    // Gershgorin would be too wide; the trace bounds the mean, powers of the matrix the largest.
    let trace = (0..<side).reduce(Float(0)) { $0 + matrix.elements[$1 * side + $1] }
    #expect(trace / Float(side) > 0.45 && trace / Float(side) < 1.5)
    var vector = Array(repeating: Float(1), count: side)
    var largest: Float = 0
    for _ in 0..<200 {
      let next = (0..<side).map { row in
        (0..<side).reduce(Float(0)) { $0 + matrix.elements[row * side + $1] * vector[$1] }
      }
      largest = next.map(abs).max() ?? 0
      vector = next.map { $0 / max(largest, 1e-9) }
    }
    #expect(largest < 1.5)
  }
}
