import Testing

@testable import PlumbGraph

@Suite("Node")
struct NodeTests {
  @Test("Equal nodes are the same object")
  func interning() throws {
    let x = Node.input("x", [2, 3])
    let first = try x + x
    let second = try x + .input("x", [2, 3])
    #expect(first === second)
    #expect(try first !== x * x)
  }

  @Test("The gradient of a product is printed as a graph")
  func printsGradient() throws {
    let x = Node.input("x", [2])
    let loss = try (x * x).sum()
    let gradients = try gradient(of: loss, for: [x])
    let graph = try Graph([.init("gradient", gradients[0])]).simplified()
    try graph.verify()
    #expect(graph.description.contains("gradient: %"))
  }
}
