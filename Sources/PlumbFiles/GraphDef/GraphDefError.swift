/// Why a TensorFlow GraphDef could not be read.
public enum GraphDefError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped into memory.
  case unreadable(file: String, reason: String)
  /// The file is not a protocol buffer of the right kind, or is cut off.
  case malformed(file: String)
  /// Two nodes have the same name.
  case duplicateNode(file: String, name: String)
  /// The sizes are negative, or need more bytes than a number can say.
  case impossibleShape(file: String, node: String, shape: [Int])
  /// The shape needs another number of elements than there are.
  case sizeMismatch(file: String, node: String, shape: [Int], needed: Int, given: Int)
  /// Tensors of one repeated number would take far more memory than the file.
  case tooMuchFilling(file: String, node: String, shape: [Int], limit: Int)
}

extension GraphDefError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .malformed(let file):
      return "\(file) is not a TensorFlow GraphDef, or is cut off; copy or download it again."
    case .duplicateNode(let file, let name):
      return "\(file) has two nodes named '\(name)'; export the graph again."
    case .impossibleShape(let file, let node, let shape):
      return "A tensor of node '\(node)' of \(file) claims the impossible shape \(shape);"
        + " copy or download the file again."
    case .sizeMismatch(let file, let node, let shape, let needed, let given):
      return "A tensor of node '\(node)' of \(file) has the shape \(shape), which takes \(needed)"
        + " bytes, but \(given) are there; copy or download the file again."
    case .tooMuchFilling(let file, let node, let shape, let limit):
      return "A tensor of node '\(node)' of \(file) repeats one number over the shape \(shape),"
        + " and such tensors may take only \(limit) bytes in a file of this size;"
        + " export the graph with constants folded."
    }
  }
}
