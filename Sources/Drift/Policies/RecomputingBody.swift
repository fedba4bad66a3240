import LanguageModels
import PlumbGraph
import PlumbRuntime

/// A transformer's body that computes every position again for each new token.
///
/// Slow for long texts and right for every architecture; it is what faster bodies are tested
/// against.
public final class RecomputingBody: PolicyBody {
  /// The width of a hidden state.
  public var width: Int { model.configuration.width }
  private let model: TransformerModel

  /// Creates the body of a transformer.
  public init(_ model: TransformerModel) { self.model = model }

  /// See ``PolicyBody/session(prompt:rows:length:)``.
  public func session(prompt: [Int], rows: Int, length: Int) throws -> any PolicySession {
    try Session(model, ids: Array(repeating: prompt, count: rows))
  }

  private final class Session: PolicySession {
    private(set) var states: [Float] = []
    private let model: TransformerModel
    private var ids: [[Int]]

    init(_ model: TransformerModel, ids: [[Int]]) throws {
      self.model = model
      self.ids = ids
      try compute()
    }

    func advance(_ tokens: [Int]) throws {
      for (row, token) in tokens.enumerated() { ids[row].append(token) }
      try compute()
    }

    private func compute() throws {
      let (rows, positions) = (ids.count, ids[0].count)
      let network = try model.configuration.network(
        batch: rows, positions: positions, hooks: .none)
      let states = try Self.unembedded(network.logits)
        .sliced(axis: 1, positions - 1..<positions)
        .reshaped([rows, model.configuration.width])
      let program = try Program(Graph(["states": states]), parameters: model.parameters)
      try program.set("ids", Tensor(indices: ids.flatMap { $0 }, [rows, positions]))
      try program.run()
      self.states = try program.output("states").elements
    }

    /// What the unembedding is multiplied with: the nearest product above the logits.
    private static func unembedded(_ logits: Node) -> Node {
      var node = logits
      while !(node.operation is MatrixProduct) { node = node.inputs[0] }
      return node.inputs[0]
    }
  }
}
