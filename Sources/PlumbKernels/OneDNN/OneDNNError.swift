import COneDNN

/// Why oneDNN did not do something.
public enum OneDNNError: Error, Equatable, Sendable {
  /// The library could not be opened; the sentence says what was tried and what to install.
  case libraryUnavailable(sentence: String)
  /// Something could not be made: a primitive, or a descriptor, from what `details` lists.
  case notMade(name: String, details: String, reason: String)
  /// A primitive failed while it ran.
  case failed(name: String, reason: String)

  /// The reason that belongs to a status of the C layer.
  static func reason(_ status: odnn_status) -> String {
    switch status {
    case ODNN_UNIMPLEMENTED: "it has no implementation for them on this processor"
    case ODNN_INVALID_ARGUMENTS: "they do not fit together"
    default: String(cString: odnn_status_name(status))
    }
  }
}

extension OneDNNError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .libraryUnavailable(let sentence):
      return sentence
    case .notMade(let name, let details, let reason):
      return "oneDNN cannot make a \(name) from \(details): \(reason)."
    case .failed(let name, let reason):
      return "oneDNN failed to run a \(name): \(reason)."
    }
  }
}
