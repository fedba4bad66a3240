/// A completion, cut where it stops answering.
public struct CompletionText: Sendable, Equatable {
  /// What the model wrote.
  public let raw: String
  /// What is judged: everything before the first stop string.
  public let cut: String

  /// Cuts `raw` before the first of `stopStrings` in it; an empty stop string is ignored.
  public init(_ raw: String, stopStrings: [String]) {
    self.raw = raw
    // By bytes: a "\n" before a combining mark or after a "\r" is still a line's end to Python.
    let bytes = Array(raw.utf8)
    var end = bytes.count
    for stop in stopStrings.map({ Array($0.utf8) }) where !stop.isEmpty && stop.count <= end {
      if let found = (0...(end - stop.count)).first(where: { bytes[$0...].starts(with: stop) }) {
        end = found
      }
    }
    cut = String(decoding: bytes[..<end], as: UTF8.self)
  }
}
