/// Why a table of labels could not be read, or a label not be found.
public enum LabelError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped into memory.
  case unreadable(file: String, reason: String)
  /// The first line does not name the columns.
  case missingColumns(file: String)
  /// A line has too few fields, or no index.
  case malformedLine(file: String, line: Int)
  /// Two lines have the same index.
  case duplicateIndex(file: String, index: Int)
  /// No label is called so; `nearest` is the most similar name, if any.
  case unknown(file: String, text: String, nearest: String?)
  /// Several labels are called so.
  case ambiguous(file: String, text: String, candidates: [String])
}

extension LabelError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .missingColumns(let file):
      return "\(file) does not start with the columns of a label table;"
        + " its first line should be class_index, wnid and label with tabs between."
    case .malformedLine(let file, let line):
      return "Line \(line) of \(file) is no label; it needs an index of 0 or more and as many"
        + " fields as the first line."
    case .duplicateIndex(let file, let index):
      return "\(file) gives two labels the index \(index); remove one of them."
    case .unknown(let file, let text, let nearest):
      return "\(file) has no label '\(text)'.\(nearestNameHint(nearest))"
    case .ambiguous(let file, let text, let candidates):
      return "\(file) has \(candidates.count) labels named '\(text)';"
        + " choose one of \(candidates.joined(separator: ", "))."
    }
  }
}
