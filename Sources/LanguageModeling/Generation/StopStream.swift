import PlumbTokenizers

/// The text of a completion while it is written: what might become a stop string is held back.
struct StopStream {
  private var decoder: StreamingDecoder?
  private let stopStrings: [String]
  private var pending = ""
  private var hasStopped = false

  init(_ tokenizer: BPETokenizer?, stopStrings: [String]) {
    decoder = tokenizer.map { StreamingDecoder($0) }
    self.stopStrings = stopStrings.filter { !$0.isEmpty }
  }

  /// The text that is certain with this token.
  mutating func take(_ token: Int) throws -> String {
    guard !hasStopped, let new = try decoder?.decode(token) else { return "" }
    pending += new
    let bytes = Array(pending.utf8)
    for start in bytes.indices {
      for stop in stopStrings {
        let stop = Array(stop.utf8)
        let length = min(stop.count, bytes.count - start)
        guard bytes[start..<start + length].elementsEqual(stop.prefix(length)) else { continue }
        // A stop string begins here, in whole or in part.
        hasStopped = length == stop.count
        pending = hasStopped ? "" : String(decoding: bytes[start...], as: UTF8.self)
        return String(decoding: bytes[..<start], as: UTF8.self)
      }
    }
    defer { pending = "" }
    return pending
  }

  /// What was held back, once there is no more.
  mutating func finish() -> String {
    defer { pending = "" }
    return hasStopped ? "" : pending + (decoder?.finish() ?? "")
  }
}
