/// The rows of a table with the given indices, as an embedding is read.
///
/// Operands: the table `[rows, ..]` and ids, an index tensor of any shape whose elements are in
/// `0..<rows`. The result has the shape of the ids followed by that of a row.
///
/// Gradient: ``ScatterAdd`` for the table.
public struct Gather: Operation {
  /// See ``Operation/name``.
  public var name: String { "gather" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let (table, ids) = (inputs[0].shape, inputs[1].shape)
    guard table.rank >= 1, inputs[1].element == .index else {
      throw .operands(self, need: "a table [rows, ..] and ids of index", got: inputs)
    }
    return TensorType(
      Shape(ids.sizes + table.sizes.dropFirst(), names: ids.names + table.names.dropFirst()),
      inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try Node.make(ScatterAdd(rows: inputs[0].shape[0]), [inputs[1], upstream]), nil]
  }

  /// A table filled with one number gives the same fill.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue.map { .fill($0, type.shape) }
  }
}

/// Rows added into a table of zeros at the given indices: the gradient of ``Gather``.
///
/// Operands: ids, an index tensor, and the rows, whose shape begins with that of the ids. The result
/// is `[rows, ..]`; rows with the same index add up. Gradient: ``Gather`` for the rows.
public struct ScatterAdd: Operation {
  /// How many rows the table has.
  public let rows: Int

  /// See ``Operation/name``.
  public var name: String { "scatter add" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(rows) rows" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let (ids, values) = (inputs[0].shape, inputs[1].shape)
    guard inputs[0].element == .index, Array(values.sizes.prefix(ids.rank)) == ids.sizes else {
      throw .operands(
        self, need: "ids of index and rows whose shape begins with theirs", got: inputs)
    }
    return TensorType(
      Shape(
        [rows] + values.sizes.dropFirst(ids.rank), names: [""] + values.names.dropFirst(ids.rank)))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [nil, try upstream.gathering(inputs[0])]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[1].fillValue == 0 ? .fill(0, type.shape) : nil
  }
}

extension Node {
  /// The rows of this table, `[rows, ..]`, with the given indices.
  ///
  /// - Parameter ids: An index tensor of any shape, with elements in `0..<rows`.
  /// - Returns: The rows, of the shape of `ids` followed by that of a row.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func gathering(_ ids: Node) throws(GraphError) -> Node {
    try Node.make(Gather(), [self, ids])
  }
}
