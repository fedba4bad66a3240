/// Returns the candidate that is most similar to `name`, or `nil` if none is similar at all.
///
/// Similarity is the Levenshtein distance in characters, ignoring case; a candidate further away
/// than half of the longer name is no help.
public func nearestName(to name: String, in candidates: [String]) -> String? {
  let target = Array(name.lowercased().utf8)
  var best: (distance: Int, candidate: String)?
  for candidate in candidates {
    let other = Array(candidate.lowercased().utf8)
    let distance = editDistance(target, other)
    guard distance <= max(target.count, other.count) / 2 else { continue }
    if distance < best?.distance ?? Int.max { best = (distance, candidate) }
  }
  return best?.candidate
}

/// The number of bytes to insert, delete or exchange to turn `a` into `b`.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var previous = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var current = [i + 1]
    for (j, right) in b.enumerated() {
      current.append(
        min(previous[j + 1] + 1, current[j] + 1, previous[j] + (left == right ? 0 : 1)))
    }
    previous = current
  }
  return previous[b.count]
}
