import Foundation

/// What a command says beside its result.
enum Console {
  /// Prints a line on standard error.
  static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
