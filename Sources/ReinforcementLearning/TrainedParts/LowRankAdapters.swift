import LanguageModels
import PlumbGraph
import PlumbRuntime

/// Thin matrices beside the matrices of all blocks, `W + alpha / rank · A B`.
struct LowRankAdapters {
  /// The rank of every product.
  let rank: Int
  /// The factor before every product is `alpha / rank`.
  let alpha: Double
  /// The matrices that have adapters, with their shapes `[in, out]`.
  let matrices: [(name: String, shape: Shape)]

  init(_ configuration: TransformerConfiguration, rank: Int, alpha: Double) {
    self.rank = rank
    self.alpha = alpha
    matrices = configuration.parameterShapes.filter {
      $0.name.hasPrefix("blocks.") && $0.shape.rank == 2
    }
  }

  private var scale: Float { Float(alpha / Double(rank)) }

  /// The names of the thin matrices.
  var names: [String] { matrices.flatMap { ["\($0.name).lora_A", "\($0.name).lora_B"] } }

  /// The matrices before the first step: A is random, B is 0, so that nothing has changed yet.
  func initialValues(seed: UInt64) -> [String: Tensor] {
    var values: [String: Tensor] = [:]
    for (name, shape) in matrices {
      var random = RandomStream(seed: seed, name: "\(name).lora_A")
      // As in the paper's code: uniform with the variance 1 / (3 in).
      let limit = (1 / Float(shape[0])).squareRoot()
      let numbers = random.uniform(shape[0] * rank).map { (2 * $0 - 1) * limit }
      values["\(name).lora_A"] = Tensor([shape[0], rank], filledWith: 0)
      values["\(name).lora_A"]?.elements = numbers
      values["\(name).lora_B"] = Tensor([rank, shape[1]], filledWith: 0)
    }
    return values
  }

  /// The product that is added to a matrix.
  private func product(_ name: String, _ shape: Shape) throws(GraphError) -> Node {
    try Node.parameter("\(name).lora_A", [shape[0], rank])
      .matrixProduct(.parameter("\(name).lora_B", [rank, shape[1]])) * scale
  }

  /// A graph whose matrices have their products added.
  func adapting(_ graph: Graph) throws(GraphError) -> Graph {
    var sums: [String: Node] = [:]
    for (name, shape) in matrices {
      sums[name] = try .parameter(name, shape) + product(name, shape)
    }
    return try graph.rewritten { (node, _) throws(GraphError) in
      (node.operation as? Parameter).flatMap { sums[$0.label] }
    }
  }

  /// What is added to each matrix, as a graph with one output per matrix.
  func changes() throws(GraphError) -> Graph {
    var outputs: [Graph.Output] = []
    for (name, shape) in matrices { outputs.append(.init(name, try product(name, shape))) }
    return Graph(outputs)
  }
}
