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
  private(set) var entries: [Entry] = []
  /// How many are kept.
  let capacity: Int

  init(capacity: Int, entries: [Entry] = []) {
    self.capacity = capacity
    self.entries = entries
  }

  /// Whether a value would be kept.
  func accepts(_ value: Float) -> Bool {
    guard entries.count == capacity, let last = entries.last else { return capacity > 0 }
    return value > last.value
  }

  /// Keeps an entry if it is among the largest.
  mutating func insert(_ entry: Entry) {
    guard accepts(entry.value) else { return }
    if entries.count == capacity { entries.removeLast() }
    // From the end: few entries move once the list has settled.
    var place = entries.count
    while place > 0, entries[place - 1].value < entry.value { place -= 1 }
    entries.insert(entry, at: place)
  }
}
