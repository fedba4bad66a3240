import PlumbGraph
import PlumbRuntime

/// A decoder transformer as a graph for batches of one shape.
public struct TransformerNetwork: Sendable {
  /// The token ids that enter, `[batch, position]` of index; the input `ids`.
  public let ids: Node
  /// What the unembedding reads, after the last normalization, `[batch, position, model]`.
  public let finalHidden: Node
  /// The logits, `[batch, position, vocabulary]`.
  public let logits: Node

  /// The graph of the logits; every hook point is a named value of it.
  public var graph: Graph { Graph(["logits": logits]) }

  /// The negative log-probability of each next token in nats, `[batch, position - 1]`.
  ///
  /// - Throws: `GraphError` if there is but one position.
  public func nextTokenLosses() throws(GraphError) -> Node {
    let (batch, positions, vocabulary) = (logits.shape[0], logits.shape[1], logits.shape[2])
    let rows = batch * (positions - 1)
    let predictions = try logits.sliced(axis: 1, 0..<positions - 1).reshaped([rows, vocabulary])
    let targets = try ids.sliced(axis: 1, 1..<positions).reshaped([rows])
    return try predictions.crossEntropy(targets: targets).reshaped([batch, positions - 1])
  }
}

extension TransformerConfiguration {
  /// Builds the graph of this model for token ids of one shape.
  ///
  /// The graph's inputs are `ids`, `[batch, position]` of index, and for padded batches those that
  /// ``TokenBatch`` makes: `mask`, 1 where there is a token and 0 where there is padding, and
  /// `positions`, the index of each token in its row. Its parameters are ``parameterShapes``.
  ///
  /// - Parameters:
  ///   - batch: The number of rows.
  ///   - positions: The number of positions, at most ``contextLength`` if positions are learned.
  ///   - hooks: Which values have names; without names the numbers are the same but for rounding.
  ///   - isPadded: Whether rows may have padding, which no token sees.
  /// - Returns: The network.
  /// - Throws: ``TransformerError/tooLong(positions:limit:)`` or a `GraphError`.
  public func network(
    batch: Int, positions: Int, hooks: TransformerHooks = .standard, isPadded: Bool = false
  ) throws -> TransformerNetwork {
    if self.positions == .learned, positions > contextLength {
      throw TransformerError.tooLong(positions: positions, limit: contextLength)
    }
    let shape = Shape([batch, positions], names: ["batch", "position"])
    let ids = Node.input("ids", shape, .index)
    let builder = TransformerBuilder(
      configuration: self, batch: batch, length: positions, hooks: hooks,
      places: isPadded
        ? .given(.input("positions", shape, .index), limit: positions) : .first,
      padding: isPadded ? .input("mask", shape) : nil)
    let (finalHidden, logits) = try builder.outputs(of: ids)
    return TransformerNetwork(ids: ids, finalHidden: finalHidden, logits: logits)
  }
}
