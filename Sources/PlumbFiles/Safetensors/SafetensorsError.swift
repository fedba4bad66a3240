/// Why a safetensors file, or the index of several, could not be read or written.
public enum SafetensorsError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped into memory.
  case unreadable(file: String, reason: String)
  /// The file could not be written.
  case unwritable(file: String, reason: String)
  /// The file ends before its header does.
  case tooShort(file: String, bytes: Int)
  /// The header claims to be longer than the file, or than any header may be.
  case headerTooLong(file: String, claimed: UInt64, limit: Int)
  /// The header is not the JSON that a safetensors file starts with.
  case malformedHeader(file: String, byte: Int, problem: String)
  /// Two tensors have the same name.
  case duplicateName(file: String, name: String)
  /// The elements are of a type that Plumbline does not read.
  case unsupportedType(file: String, tensor: String, type: String)
  /// A tensor of this shape has more bytes than a number can say.
  case shapeOverflow(file: String, tensor: String, shape: [Int])
  /// The shape and the type need another number of bytes than the offsets give.
  case sizeMismatch(
    file: String, tensor: String, shape: [Int], type: StoredType, needed: Int, given: Int)
  /// The offsets are reversed or lie outside the file.
  case offsetsOutside(file: String, tensor: String, begin: Int, end: Int, available: Int)
  /// A tensor starts before the one in front of it ends.
  case overlap(file: String, tensor: String, begin: Int, previousEnd: Int)
  /// No tensor owns some of the bytes.
  case gap(file: String, begin: Int, end: Int)
  /// The file lacks a tensor; `nearest` is its most similar name, if any.
  case missingTensor(file: String, name: String, nearest: String?)
  /// The index is not what Hugging Face writes.
  case malformedIndex(file: String, problem: String)
  /// The index names a shard that is not beside it.
  case missingShard(index: String, shard: String)
  /// The index names a shard outside its own folder.
  case shardOutsideFolder(index: String, shard: String)
}

extension SafetensorsError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .unwritable(let file, let reason):
      return "\(file) cannot be written (\(reason)); choose another folder or free some space."
    case .tooShort(let file, let bytes):
      return "\(file) has \(bytes) bytes, too few for a safetensors header of 8 bytes and its JSON;"
        + " copy or download it again."
    case .headerTooLong(let file, let claimed, let limit):
      return "\(file) says its header has \(claimed) bytes, but at most \(limit) are possible;"
        + " it is cut off or not a safetensors file."
    case .malformedHeader(let file, let byte, let problem):
      return "The header of \(file) is malformed at byte \(byte): \(problem);"
        + " copy or download the file again."
    case .duplicateName(let file, let name):
      return "\(file) names '\(name)' twice, so which one is meant cannot be told;"
        + " write the file again with unique names."
    case .unsupportedType(let file, let tensor, let type):
      let types = StoredType.allCases.map(\.rawValue).joined(separator: ", ")
      return "Tensor '\(tensor)' of \(file) has the type \(type); convert it to one of \(types)."
    case .shapeOverflow(let file, let tensor, let shape):
      return "Tensor '\(tensor)' of \(file) claims the impossible shape \(shape);"
        + " copy or download the file again."
    case .sizeMismatch(let file, let tensor, let shape, let type, let needed, let given):
      return "Tensor '\(tensor)' of \(file) has the shape \(shape) of \(type.rawValue), which takes"
        + " \(needed) bytes, but its offsets span \(given); copy or download the file again."
    case .offsetsOutside(let file, let tensor, let begin, let end, let available):
      return "Tensor '\(tensor)' of \(file) claims the data from byte \(begin) up to \(end),"
        + " but there are only \(available) bytes of data; copy or download the file again."
    case .overlap(let file, let tensor, let begin, let previousEnd):
      return "Tensor '\(tensor)' of \(file) starts at byte \(begin), inside another tensor that"
        + " ends at \(previousEnd); copy or download the file again."
    case .gap(let file, let begin, let end):
      return "The data of \(file) from byte \(begin) up to \(end) belong to no tensor;"
        + " copy or download the file again."
    case .missingTensor(let file, let name, let nearest):
      return "\(file) has no tensor named '\(name)'.\(nearestNameHint(nearest))"
    case .malformedIndex(let file, let problem):
      return "\(file) is not an index of safetensors files: \(problem);"
        + " copy or download it again."
    case .missingShard(let index, let shard):
      return "\(index) needs the file '\(shard)' beside it, which is not there;"
        + " download the missing file."
    case .shardOutsideFolder(let index, let shard):
      return "\(index) names the file '\(shard)', which is not in its own folder;"
        + " put all files in one folder and write plain names."
    }
  }
}
