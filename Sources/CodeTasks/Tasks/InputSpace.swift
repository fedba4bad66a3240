/// The legal inputs of a task: one value for each parameter.
struct InputSpace: Sendable {
  let generators: [InputGenerator]

  /// The first `limit` inputs in the order of their total size; all of them if there are fewer.
  func smallest(_ limit: Int) -> [[PythonValue]] {
    var found: [[PythonValue]] = []
    var size = generators.reduce(0) { $0 + $1.sizes.lowerBound }
    let largest = generators.reduce(0) { min($0 + $1.sizes.upperBound, Int.max / 2) }
    while found.count < limit, size <= largest {
      found += Self.inputs(generators[...], size: size, limit: limit - found.count)
      size += 1
    }
    return found
  }

  private static func inputs(
    _ generators: ArraySlice<InputGenerator>, size: Int, limit: Int
  ) -> [[PythonValue]] {
    guard limit > 0 else { return [] }
    guard let first = generators.first else { return size == 0 ? [[]] : [] }
    var found: [[PythonValue]] = []
    for own in 0...size {
      let heads = first.values(ofSize: own, limit: limit)
      guard !heads.isEmpty else { continue }
      let tails = inputs(generators.dropFirst(), size: size - own, limit: limit)
      for head in heads {
        for tail in tails {
          found.append([head] + tail)
          if found.count == limit { return found }
        }
      }
    }
    return found
  }

  func random(using generator: inout some RandomNumberGenerator) -> [PythonValue] {
    generators.map { $0.random(using: &generator) }
  }

  /// The total size, or nil if `input` is not legal.
  func size(of input: [PythonValue]) -> Int? {
    guard input.count == generators.count else { return nil }
    var total = 0
    for (generator, value) in zip(generators, input) {
      guard let size = generator.size(of: value) else { return nil }
      total = total.addingReportingOverflow(size).overflow ? Int.max / 2 : total + size
    }
    return total
  }

  /// Smaller legal inputs that differ from `input` in one parameter, smallest first.
  func shrinks(of input: [PythonValue]) -> [[PythonValue]] {
    let candidates = generators.indices.flatMap { index in
      generators[index].shrinks(of: input[index]).map { smaller in
        var copy = input
        copy[index] = smaller
        return copy
      }
    }
    let sized = candidates.compactMap { candidate in
      size(of: candidate).map { (size: $0, input: candidate) }
    }
    return sized.sorted { $0.size < $1.size }.map(\.input)
  }
}
