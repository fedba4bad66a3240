import Foundation

/// A text in normalization form C that knows where each byte came from.
///
/// Almost all text is in this form already; only the few places that are not are normalized and
/// remembered. Hugging Face `tokenizers` 0.23 normalizes by older Unicode data, so it may leave marks
/// that came after Unicode 9 in another order.
struct ComposedText {
  /// A place that the normalization changed.
  struct Change {
    var composed: Range<Int>
    var source: Range<Int>
  }

  /// The normalized text, UTF-8.
  private(set) var bytes: [UInt8]
  /// Where it differs from the source, in order.
  private(set) var changes: [Change] = []

  /// Whether a text may not be in the normalization form yet.
  static func isNeeded(for source: Span<UInt8>, classes: ScalarClasses = .shared) -> Bool {
    var index = 0
    while index < source.count {
      if source[index] < 0x80 {
        index += 1
        continue
      }
      let scalar = UTF8Scalar(in: source, at: index)
      if scalar.isValid, classes.isUnsettled(scalar.value) { return true }
      index += scalar.length
    }
    return false
  }

  /// Normalizes UTF-8; bytes that are not valid UTF-8 stay as they are.
  init(_ source: Span<UInt8>, classes: ScalarClasses = .shared) {
    bytes = []
    bytes.reserveCapacity(source.count)
    var base = 0  // The last settled scalar: what follows may join it.
    var copied = 0
    var index = 0
    while index < source.count {
      if source[index] < 0x80 {
        base = index
        index += 1
        continue
      }
      let scalar = UTF8Scalar(in: source, at: index)
      guard scalar.isValid, classes.isUnsettled(scalar.value) else {
        base = index
        index += scalar.length
        continue
      }
      while index < source.count {
        let scalar = UTF8Scalar(in: source, at: index)
        guard scalar.isValid, classes.isUnsettled(scalar.value) else { break }
        index += scalar.length
      }
      // A base that is a stray byte joins nothing.
      let start =
        base >= copied && UTF8Scalar(in: source, at: base).isValid ? base : max(copied, base + 1)
      append(source, from: copied, to: start)
      normalize(source, from: start, to: index)
      copied = index
      base = index
    }
    append(source, from: copied, to: source.count)
  }

  /// The part of the source that a part of the normalized text came from.
  ///
  /// A range that touches a changed place covers all that the place came from.
  func sourceRange(of range: Range<Int>) -> Range<Int> {
    let start = sourceOffset(of: range.lowerBound, isEnd: false)
    return start..<max(start, sourceOffset(of: range.upperBound, isEnd: true))
  }

  private func sourceOffset(of offset: Int, isEnd: Bool) -> Int {
    // The number of changes that start before the offset, or at it for the start of a range.
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      let start = changes[middle].composed.lowerBound
      if start < offset || (start == offset && !isEnd) { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return offset }
    let change = changes[low - 1]
    if offset < change.composed.upperBound || (isEnd && offset == change.composed.upperBound) {
      return isEnd ? change.source.upperBound : change.source.lowerBound
    }
    return offset + change.source.upperBound - change.composed.upperBound
  }

  private mutating func append(_ source: Span<UInt8>, from start: Int, to end: Int) {
    for index in start..<max(start, end) { bytes.append(source[index]) }
  }

  private mutating func normalize(_ source: Span<UInt8>, from start: Int, to end: Int) {
    var part: [UInt8] = []
    for index in start..<end { part.append(source[index]) }
    // Taken apart first: Swift 6.3 does not join a Hangul syllable such as U+AC00 to a final U+11A8.
    let text = String(decoding: part, as: UTF8.self)
      .decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
    let composed = Array(text.utf8)
    if composed != part {
      changes.append(
        Change(composed: bytes.count..<bytes.count + composed.count, source: start..<end))
    }
    bytes.append(contentsOf: composed)
  }
}
