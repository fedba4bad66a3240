/// Why a graph could not be built.
public enum GraphError: Error, Equatable, Sendable {
  /// An operation got operands that do not fit; `got` describes them.
  case mismatch(operation: String, requirement: String, got: String)
  /// No value of the graph has this name; `nearest` is the most similar one, if any.
  case unknownName(name: String, nearest: String?)
  /// Two different values claim one name.
  case duplicateName(String)
  /// The gradient of something that is not one number was asked for.
  case gradientOfNonScalar(Shape)
  /// The operation has no gradient for its input at `index`.
  case notDifferentiable(operation: String, index: Int)
  /// The verifier found a node that does not agree with its operation.
  case invalid(node: String, reason: String)
}

extension GraphError: CustomStringConvertible {
  /// What went wrong and with which values; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .mismatch(let operation, let requirement, let got):
      return "\(operation) needs \(requirement), but got \(got)."
    case .unknownName(let name, let nearest):
      let hint = nearest.map { " The nearest name is '\($0)'." } ?? ""
      return "The graph has no value named '\(name)'.\(hint)"
    case .duplicateName(let name):
      return "Two different values of the graph are named '\(name)'."
    case .gradientOfNonScalar(let shape):
      return "A gradient needs one number to start from, but the value has the shape \(shape); "
        + "take its sum or mean first."
    case .notDifferentiable(let operation, let index):
      return "\(operation) has no gradient for its input \(index)."
    case .invalid(let node, let reason):
      return "The node \(node) is invalid: \(reason)."
    }
  }
}

extension GraphError {
  /// A mismatch that lists the types of all operands.
  static func operands(
    _ operation: some Operation, need requirement: String, got types: [TensorType]
  ) -> GraphError {
    .mismatch(
      operation: operation.name, requirement: requirement,
      got: types.isEmpty ? "none" : types.map(\.description).joined(separator: " and "))
  }
}
