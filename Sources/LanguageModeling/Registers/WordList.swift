/// The words of a text: runs of letters and inner apostrophes in lower case.
///
/// Everything else is left out, full stops above all, so that no measure of topic can see the reward
/// itself.
public enum WordList {
  /// The words in order.
  public static func words(of text: String) -> [String] {
    var words: [String] = []
    var current: [UInt8] = []
    func isLetter(_ byte: UInt8) -> Bool {
      (97...122).contains(byte | 0x20) && byte < 128 || byte >= 0xC3
        || (0x80...0xBF).contains(byte)
    }
    func finish() {
      while current.last == UInt8(ascii: "'") { current.removeLast() }
      if !current.isEmpty { words.append(String(decoding: current, as: UTF8.self).lowercased()) }
      current.removeAll(keepingCapacity: true)
    }
    for byte in text.utf8 {
      if isLetter(byte) {
        current.append(byte)
      } else if byte == UInt8(ascii: "'"), !current.isEmpty {
        current.append(byte)
      } else {
        finish()
      }
    }
    finish()
    return words
  }
}
