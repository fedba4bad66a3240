/// Why a tokenizer could not be loaded, trained or used.
public enum TokenizerError: Error, Equatable, Sendable {
  /// There is no file at `path`.
  case missingFile(path: String)
  /// The folder has neither `tokenizer.json` nor `vocab.json` with `merges.txt`.
  case noTokenizer(folder: String)
  /// The system could not read or write the file at `path`; `reason` is what it said.
  case unusableFile(path: String, reason: String)
  /// The file is not UTF-8 from byte `offset`, counted from 0.
  case invalidUTF8(file: String, offset: Int)
  /// The file is not the JSON it should be; lines count from 1.
  case malformedJSON(file: String, line: Int, problem: String)
  /// A merge is not two pieces with one space between them; lines count from 1.
  case malformedMerge(file: String, line: Int, merge: String)
  /// A merge names `piece`, or makes it, and the vocabulary lacks it; lines count from 1.
  case unknownPiece(piece: String, merge: String, file: String, line: Int)
  /// Two pieces of the vocabulary have the same id.
  case duplicateID(id: Int, first: String, second: String, file: String)
  /// One piece is in the vocabulary twice.
  case duplicatePiece(piece: String, file: String)
  /// The splitting regular expression is none of those that are built in.
  case unknownSplit(pattern: String, file: String)
  /// The file asks for something that byte-level BPE here does not do.
  case unsupported(part: String, value: String, file: String)
  /// No token has this id; `last` is the greatest that exists.
  case unknownID(id: Int, last: Int)
  /// A trained vocabulary must hold 256 bytes and the end of text.
  case vocabularyTooSmall(size: Int)
}

extension TokenizerError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .missingFile(let path):
      "There is no file at \(path)."
    case .noTokenizer(let folder):
      "\(folder) has no tokenizer: it needs tokenizer.json, or vocab.json and merges.txt."
    case .unusableFile(let path, let reason):
      "\(path) cannot be used: \(reason)."
    case .invalidUTF8(let file, let offset):
      "\(file) is not valid UTF-8: no character can have the byte at offset \(offset)."
    case .malformedJSON(let file, let line, let problem):
      "\(file), line \(line): \(problem)."
    case .malformedMerge(let file, let line, let merge):
      "\(file), line \(line): a merge is two pieces with one space between them, not '\(merge)'."
    case .unknownPiece(let piece, let merge, let file, let line):
      "\(file), line \(line): the merge '\(merge)' needs '\(piece)', which is not in the vocabulary."
    case .duplicateID(let id, let first, let second, let file):
      "\(file) gives id \(id) to both '\(first)' and '\(second)'."
    case .duplicatePiece(let piece, let file):
      "\(file) has the piece '\(piece)' twice."
    case .unknownSplit(let pattern, let file):
      "\(file) splits text by the pattern \(pattern), which is not built in; GPT-2's, Llama-3's and Qwen2's are."
    case .unsupported(let part, let value, let file):
      "\(file) asks for the \(part) '\(value)', which byte-level BPE here does not support."
    case .unknownID(let id, let last):
      "No token has id \(id); the last id is \(last)."
    case .vocabularyTooSmall(let size):
      "A vocabulary of \(size) is too small: 256 bytes and the end of text need at least 257."
    }
  }
}
