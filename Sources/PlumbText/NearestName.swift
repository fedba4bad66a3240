extension Sequence where Element == String {
  /// Returns the element that is most similar to `name`, or `nil` if none is similar at all.
  ///
  /// Similarity is the ``editDistance(_:_:)``, ignoring case; an element further away than half of
  /// the longer name is no help. Names above 256 bytes are passed over.
  public func nearest(to name: String) -> String? {
    let target = Array(name.lowercased().utf8)
    guard target.count <= 256 else { return nil }
    var best: (distance: Int, name: String)?
    for candidate in self where candidate.utf8.count <= 256 {
      let other = Array(candidate.lowercased().utf8)
      let limit = Swift.min(
        Swift.max(target.count, other.count) / 2, (best?.distance ?? Int.max) - 1)
      guard abs(target.count - other.count) <= limit else { continue }
      let distance = editDistance(target, other)
      if distance <= limit { best = (distance, candidate) }
    }
    return best?.name
  }
}

/// Returns the Levenshtein distance: how many elements to insert, delete or exchange to turn `a`
/// into `b`.
///
/// Takes time in proportion to the product of the counts.
public func editDistance<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int {
  var previous = Array(0...b.count)
  var current = previous
  for (i, left) in a.enumerated() {
    current[0] = i + 1
    for (j, right) in b.enumerated() {
      let exchanged = previous[j] + (left == right ? 0 : 1)
      current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, exchanged)
    }
    swap(&previous, &current)
  }
  return previous[b.count]
}
