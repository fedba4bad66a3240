/// Why an ONNX file could not be read.
public enum ONNXError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped into memory.
  case unreadable(file: String, reason: String)
  /// The file is not a protocol buffer of the right kind, or is cut off.
  case malformed(file: String)
  /// The model has no graph.
  case noGraph(file: String)
  /// Two initializers have the same name.
  case duplicateInitializer(file: String, name: String)
  /// The elements are of a type that Plumbline does not read.
  case unsupportedType(file: String, tensor: String, type: String)
  /// The sizes are negative, or need more bytes than a number can say.
  case impossibleShape(file: String, tensor: String, shape: [Int])
  /// The shape and the type need another number of elements or bytes than there are.
  case sizeMismatch(file: String, tensor: String, shape: [Int], needed: Int, given: Int)
  /// A tensor lies in another file, which could not be opened.
  case missingExternalData(file: String, tensor: String, location: String, reason: String)
  /// A tensor lies in a file outside the model's folder.
  case externalDataOutside(file: String, tensor: String, location: String)
  /// A tensor's bytes lie outside the file that should hold them.
  case externalDataTooShort(
    file: String, tensor: String, location: String, offset: Int, needed: Int, available: Int)
}

extension ONNXError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .malformed(let file):
      return "\(file) is not an ONNX model, or is cut off; copy or export it again."
    case .noGraph(let file):
      return "\(file) has no graph inside; export the model to ONNX again."
    case .duplicateInitializer(let file, let name):
      return "\(file) has two initializers named '\(name)'; export the model again."
    case .unsupportedType(let file, let tensor, let type):
      return "Tensor '\(tensor)' of \(file) has the type \(type), which is not read;"
        + " export the model with 32-bit floats."
    case .impossibleShape(let file, let tensor, let shape):
      return "Tensor '\(tensor)' of \(file) claims the impossible shape \(shape);"
        + " copy or export the file again."
    case .sizeMismatch(let file, let tensor, let shape, let needed, let given):
      return "Tensor '\(tensor)' of \(file) has the shape \(shape), which takes \(needed) bytes,"
        + " but \(given) are there; copy or export the file again."
    case .missingExternalData(let file, let tensor, let location, let reason):
      return "Tensor '\(tensor)' of \(file) lies in '\(location)', which cannot be read"
        + " (\(reason)); put that file beside the model."
    case .externalDataOutside(let file, let tensor, let location):
      return "Tensor '\(tensor)' of \(file) lies in '\(location)', outside the model's folder;"
        + " put all files in one folder and export the model again."
    case .externalDataTooShort(
      let file, let tensor, let location, let offset, let needed, let available):
      return "Tensor '\(tensor)' of \(file) needs \(needed) bytes from byte \(offset) of"
        + " '\(location)', which has \(available); copy or export both files again."
    }
  }
}
