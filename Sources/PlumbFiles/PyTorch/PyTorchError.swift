/// Why a PyTorch checkpoint could not be read.
public enum PyTorchError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped into memory.
  case unreadable(file: String, reason: String)
  /// The file is in neither of PyTorch's formats.
  case unknownFormat(file: String)
  /// The zip archive is damaged or cut off.
  case damagedArchive(file: String, problem: String)
  /// The file holds a program and not only tensors.
  case torchScript(file: String)
  /// The pickle inside is damaged, or asks for more than a state dict needs.
  case malformedPickle(file: String, byte: Int, problem: String)
  /// The pickle wants a Python class or function that is not needed for tensors; nothing was run.
  case forbiddenGlobal(file: String, name: String)
  /// The machine that wrote the file stored the highest byte first.
  case bigEndian(file: String)
  /// The numbers of a tensor are not in the file.
  case missingStorage(file: String, tensor: String, key: String)
  /// There are fewer numbers than the pickle says.
  case storageTooShort(file: String, tensor: String, needed: Int, available: Int)
  /// The tensor's elements do not all lie within its numbers.
  case tensorOutside(file: String, tensor: String, shape: [Int], strides: [Int], available: Int)
  /// The tensor repeats its numbers until it is larger than the file.
  case tensorTooLarge(file: String, tensor: String, shape: [Int])
  /// Two tensors have the same name.
  case duplicateName(file: String, name: String)
  /// There is no tensor in the file.
  case noTensors(file: String)
  /// The file lacks a tensor; `nearest` is its most similar name, if any.
  case missingTensor(file: String, name: String, nearest: String?)
}

extension PyTorchError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .unknownFormat(let file):
      return "\(file) is not a PyTorch checkpoint; write one with torch.save(model.state_dict(),"
        + " path)."
    case .damagedArchive(let file, let problem):
      return "\(file) is a damaged checkpoint (\(problem)); copy or download it again."
    case .torchScript(let file):
      return "\(file) holds a TorchScript program; write a checkpoint with"
        + " torch.save(model.state_dict(), path)."
    case .malformedPickle(let file, let byte, let problem):
      return "The pickle in \(file) is malformed at byte \(byte): \(problem);"
        + " copy or download the file again."
    case .forbiddenGlobal(let file, let name):
      return "\(file) wants to call the Python name '\(name)', which is not needed for tensors and"
        + " is never run; write a checkpoint with torch.save(model.state_dict(), path)."
    case .bigEndian(let file):
      return "\(file) was written on a big-endian machine; load and save it again on another."
    case .missingStorage(let file, let tensor, let key):
      return "\(file) lacks the numbers of tensor '\(tensor)' (storage '\(key)');"
        + " copy or download it again."
    case .storageTooShort(let file, let tensor, let needed, let available):
      return
        "Tensor '\(tensor)' of \(file) needs a storage of \(needed) bytes, but \(available) are"
        + " there; copy or download the file again."
    case .tensorOutside(let file, let tensor, let shape, let strides, let available):
      return
        "Tensor '\(tensor)' of \(file) has the shape \(shape) and the strides \(strides), which"
        + " reach outside its \(available) elements; copy or download the file again."
    case .tensorTooLarge(let file, let tensor, let shape):
      return "Tensor '\(tensor)' of \(file) repeats its numbers over the shape \(shape), more than"
        + " the file holds; save it after .contiguous()."
    case .duplicateName(let file, let name):
      return "\(file) has two tensors named '\(name)'; save the state dict again."
    case .noTensors(let file):
      return "\(file) holds no tensors; write one with torch.save(model.state_dict(), path)."
    case .missingTensor(let file, let name, let nearest):
      return "\(file) has no tensor named '\(name)'.\(nearestNameHint(nearest))"
    }
  }
}
