/// A value that every run supplies, such as an image or token ids.
public struct Input: Operation {
  /// The name under which a run binds it.
  public let label: String
  /// Its type.
  public let type: TensorType

  /// See ``Operation/name``.
  public var name: String { "input" }
  /// See ``Operation/attributes``.
  public var attributes: String { label }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(0, inputs)
    return type
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [] }
}

/// A value that stays between runs: a weight, an optimizer's moment, a cache.
///
/// A program that never updates it treats it as frozen: what depends on frozen parameters alone is
/// computed once, when they are bound.
public struct Parameter: Operation {
  /// The name under which it is bound, loaded and saved.
  public let label: String
  /// Its type.
  public let type: TensorType

  /// Creates the operation of a parameter.
  public init(label: String, type: TensorType) {
    self.label = label
    self.type = type
  }

  /// See ``Operation/name``.
  public var name: String { "parameter" }
  /// See ``Operation/attributes``.
  public var attributes: String { label }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(0, inputs)
    return type
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [] }
}

/// One number everywhere.
public struct Fill: Operation {
  /// The number.
  public let value: Float
  /// The shape of the result.
  public let shape: Shape

  /// See ``Operation/name``.
  public var name: String { "fill" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(value)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(0, inputs)
    return TensorType(shape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [] }
}

/// A table of numbers written into the graph, such as a color matrix.
public struct Constant: Operation {
  /// The elements in row-major order.
  public let values: [Float]
  /// The type of the result; indices are stored as whole numbers.
  public let type: TensorType
  /// A digest of `values`, so that hashing a large table is not repeated.
  let digest: Int

  init(values: [Float], type: TensorType) {
    self.values = values
    self.type = type
    self.digest = values.hashValue
  }

  /// See ``Operation/name``.
  public var name: String { "constant" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    values.count <= 4 ? values.map { "\($0)" }.joined(separator: ", ") : "\(values.count) values"
  }

  /// Hashes the digest and the type.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(digest)
    hasher.combine(type)
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(0, inputs)
    guard values.count == type.shape.count else {
      throw .mismatch(
        operation: name, requirement: "\(type.shape.count) values for the shape \(type.shape)",
        got: "\(values.count)")
    }
    return type
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [] }
}

extension Node {
  /// A value that every run supplies under this name.
  public static func input(
    _ label: String, _ shape: Shape, _ element: ElementType = .float
  ) -> Node {
    make(withoutOperands: Input(label: label, type: TensorType(shape, element)))
  }

  /// A value that stays between runs, bound under this name.
  public static func parameter(
    _ label: String, _ shape: Shape, _ element: ElementType = .float
  ) -> Node {
    make(withoutOperands: Parameter(label: label, type: TensorType(shape, element)))
  }

  /// One number everywhere.
  public static func fill(_ value: Float, _ shape: Shape = .scalar) -> Node {
    make(withoutOperands: Fill(value: value, shape: shape))
  }

  /// A table of numbers in row-major order.
  ///
  /// - Throws: ``GraphError/mismatch(operation:requirement:got:)`` if the count is not the shape's.
  public static func constant(
    _ values: [Float], _ shape: Shape, _ element: ElementType = .float
  ) throws(GraphError) -> Node {
    try make(Constant(values: values, type: TensorType(shape, element)))
  }

  /// A node without inputs whose shape rule cannot fail.
  static func make(withoutOperands operation: some Operation) -> Node {
    do {
      return try make(operation)
    } catch {
      preconditionFailure("\(operation.name) takes no operands: \(error)")
    }
  }

  /// The number that fills this node, if it is a ``Fill``.
  public var fillValue: Float? { (operation as? Fill)?.value }
}
