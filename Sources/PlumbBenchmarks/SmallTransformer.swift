import PlumbGraph
import PlumbRuntime

/// Two pre-norm blocks of width 256 with four heads, 128 positions, batch 8, vocabulary 2,048.
enum SmallTransformer {
  static let (batch, positions, width, heads, vocabulary) = (8, 128, 256, 4, 2048)

  static func graph() throws -> Graph {
    let ids = Node.input("ids", [batch, positions], .index)
    let embedding = Node.parameter("embedding", [vocabulary, width])
    var x = try embedding.gathering(ids) + .parameter("positions", [positions, width])
    for block in 0..<2 {
      x = try x + attention(normalized(x, "block\(block).norm1"), "block\(block).attention")
      x = try x + feedForward(normalized(x, "block\(block).norm2"), "block\(block).mlp")
    }
    let rows = try normalized(x, "final").reshaped([batch * positions, width])
    let logits = try rows.matrixProduct(embedding, transposesRight: true)
    let losses = try logits.crossEntropy(
      targets: .input("targets", [batch * positions], .index))
    return Graph(["loss": try losses.mean()])
  }

  private static func normalized(_ x: Node, _ name: String) throws -> Node {
    try x.layerNormalized(
      gamma: .parameter("\(name).gamma", [width]), beta: .parameter("\(name).beta", [width]),
      epsilon: 1e-5)
  }

  private static func attention(_ x: Node, _ name: String) throws -> Node {
    let size = width / heads
    let mixed = try x.matrixProduct(.parameter("\(name).qkv", [width, 3 * width]))
    let parts = try (0..<3).map { part in
      try mixed.sliced(axis: 2, part * width..<(part + 1) * width)
        .reshaped([batch, positions, heads, size]).transposed([0, 2, 1, 3])
    }
    let scores =
      try parts[0].matrixProduct(parts[1], transposesRight: true)
      * (1 / Float(size).squareRoot())
    return try scores.softmax(mask: .causal).matrixProduct(parts[2])
      .transposed([0, 2, 1, 3]).reshaped([batch, positions, width])
      .matrixProduct(.parameter("\(name).out", [width, width]))
  }

  private static func feedForward(_ x: Node, _ name: String) throws -> Node {
    let inner = try x.matrixProduct(.parameter("\(name).in", [width, 4 * width]))
    return try inner.gelu(.tanh).matrixProduct(.parameter("\(name).out", [4 * width, width]))
  }

  static func inputs() throws -> [String: Tensor] {
    let count = batch * positions
    return [
      "ids": try Tensor(
        indices: (0..<count).map { ($0 * 37) % vocabulary }, [batch, positions]),
      "targets": try Tensor(indices: (0..<count).map { ($0 * 37 + 37) % vocabulary }, [count]),
    ]
  }
}
