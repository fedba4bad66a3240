/// The largest values that came by, with where they came from.
struct TopValues: Sendable, Hashable {
  /// A value and its origin.
  struct Entry: Sendable, Hashable {
    /// The value.
    let value: Float
    /// The number of the image.
    let image: Int
    /// The position on the layer, row-major.
    let position: Int
  }

  /// The values, the largest first; of equal ones the earlier image.
  private(set) var entries: [Entry]
  /// How many are kept.
  let capacity: Int
  /// What a value must exceed to be kept, `nil` while there is room; kept beside the list, so that
  /// most values never touch its memory.
  private var threshold: Float?

  init(capacity: Int, entries: [Entry] = []) {
    self.capacity = capacity
    self.entries = entries
    threshold = Self.threshold(of: entries, capacity)
  }

  private static func threshold(of entries: [Entry], _ capacity: Int) -> Float? {
    entries.count < capacity ? nil : entries.last?.value ?? .infinity
  }

  /// Whether a value would be kept.
  func accepts(_ value: Float) -> Bool { threshold.map { value > $0 } ?? true }

  /// Keeps an entry if it is among the largest.
  mutating func insert(_ entry: Entry) {
    guard accepts(entry.value) else { return }
    if entries.count == capacity { entries.removeLast() }
    // From the end: few entries move once the list has settled.
    var place = entries.count
    while place > 0, entries[place - 1].value < entry.value { place -= 1 }
    entries.insert(entry, at: place)
    threshold = Self.threshold(of: entries, capacity)
  }
}
