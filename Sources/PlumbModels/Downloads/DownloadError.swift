/// Why a model could not be downloaded.
public enum DownloadError: Error, Equatable, Sendable {
  /// The argument is neither a repository nor an address.
  case unknownSource(String)
  /// The address could not be reached.
  case unreachable(address: String, reason: String)
  /// The server refused.
  case refused(address: String, status: Int)
  /// The repository has nothing that can be used.
  case nothingUsable(repository: String)
  /// The answer of the server is not what it should be.
  case malformedAnswer(address: String)
  /// A file came with another size or digest than announced.
  case damaged(file: String, problem: String)
  /// The folder cannot be written to.
  case unwritable(path: String, reason: String)
  /// There is a model of that name already.
  case exists(path: String)
}

extension DownloadError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unknownSource(let text):
      return "'\(text)' is neither a repository of Hugging Face such as 'openai-community/gpt2' nor"
        + " the address of a .onnx, .pb, .safetensors, .pth or .pt file."
    case .unreachable(let address, let reason):
      return "\(address) cannot be reached (\(reason)); what was downloaded is kept, so try again."
    case .refused(let address, let status):
      let reason =
        switch status {
        case 401, 403: "it may be private, or need its terms to be accepted on its page"
        case 404: "check its spelling"
        default: "try again later"
        }
      return "\(address) answers with status \(status); \(reason)."
    case .nothingUsable(let repository):
      return "\(repository) holds no safetensors and no ONNX file, which alone are read."
    case .malformedAnswer(let address):
      return "\(address) answers with something else than a list of files; check the address."
    case .damaged(let file, let problem):
      return "\(file) came damaged (\(problem)); it was thrown away, so try again."
    case .unwritable(let path, let reason):
      return "\(path) cannot be written (\(reason)); choose another folder or free some space."
    case .exists(let path):
      return "\(path) is there already; remove it to download it again."
    }
  }
}
