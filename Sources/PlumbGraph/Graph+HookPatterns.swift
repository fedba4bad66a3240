extension Graph {
  /// The hook points whose names match patterns, in the order in which they are computed.
  ///
  /// - Parameter patterns: Names in which `*` stands for any characters and `?` for one, such as
  ///   `blocks.*.attn.hook_pattern`.
  /// - Returns: Names and values, each once.
  /// - Throws: ``GraphError/unknownName(name:nearest:)`` for a pattern that matches nothing.
  public func hookPoints(
    matching patterns: [String]
  ) throws(GraphError) -> [(name: String, node: Node)] {
    let points = nodes.compactMap { node in
      (node.operation as? Named).map { (name: $0.label, node: node) }
    }
    for pattern in patterns where !points.contains(where: { Self.name($0.name, fits: pattern) }) {
      throw .unknownName(name: pattern, nearest: nearestName(to: pattern, in: points.map(\.name)))
    }
    return points.filter { point in
      patterns.contains { Self.name(point.name, fits: $0) }
    }
  }

  /// Whether a name is one that a pattern means.
  static func name(_ name: String, fits pattern: String) -> Bool {
    let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
    let (star, any) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
    var (place, at) = (0, 0)
    // Where to go on if the characters after the last star do not fit.
    var retry: (place: Int, at: Int)?
    while place < name.count {
      if at < pattern.count, pattern[at] == star {
        retry = (place, at + 1)
        at += 1
      } else if at < pattern.count, pattern[at] == any || pattern[at] == name[place] {
        place += 1
        at += 1
      } else if let last = retry {
        retry = (last.place + 1, last.at)
        (place, at) = (last.place + 1, last.at)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == star }
  }
}
