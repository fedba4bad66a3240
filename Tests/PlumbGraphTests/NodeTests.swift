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
    #expect(try x.sliced(axis: 1, 0..<2) !== x.sliced(axis: 1, 1..<3))
  }

  @Test("Equal nodes built by several threads at once are the same object")
  func interningFromManyThreads() async throws {
    // Nodes of odd rounds are dropped at once, so that building and freeing meet in the table.
    for round in 0..<50 {
      let nodes = try await withThrowingTaskGroup(of: Node.self) { group in
        for _ in 0..<8 {
          group.addTask {
            var node = Node.input("x", [3])
            for _ in 0..<20 { node = try (node * 2 + 1).tanh() }
            return node
          }
        }
        var nodes: [Node] = []
        for try await node in group where round.isMultiple(of: 2) { nodes.append(node) }
        return nodes
      }
      #expect(Set(nodes).count == (round.isMultiple(of: 2) ? 1 : 0))
    }
  }

  @Test("A very deep graph is built, sorted and freed")
  func deep() throws {
    var node = Node.input("x", [1])
    for _ in 0..<20_000 { node = try node + 1 }
    #expect(Graph(["y": node]).nodes.count == 20_002)
  }

  @Test("A node that nothing refers to is freed")
  func freed() throws {
    weak var node: Node?
    do {
      let sum = try Node.input("freed", [3]) + 1
      node = sum
      #expect(node != nil)
    }
    #expect(node == nil)
  }

  @Test("Describes itself by operation, settings and type")
  func description() throws {
    let image = Node.input("image", .images(batch: 1, channels: 3, height: 8, width: 9))
    let weights = Node.parameter("weights", [4, 3, 3, 3])
    let y = try image.convolved(
      with: weights, geometry: .init(strides: [2, 2], before: [0, 0], after: [1, 1]))
    #expect(image.description == "input(image) [batch 1, channel 3, height 8, width 9]")
    #expect(
      y.description
        == "convolution(stride 2 x 2, padding [0, 0] and [1, 1]) "
        + "[batch 1, channel 4, height 4, width 4]")
    let targets = Node.input("targets", [5], .index)
    #expect(targets.description == "input(targets) [5] of index")
  }
}
