/// The legal values of one parameter, declared rather than programmed.
///
/// Because it is data, the same declaration serves to enumerate the smallest inputs, to draw random
/// ones, to shrink a failing one, and to say whether a value is legal.
public indirect enum InputGenerator: Sendable {
  /// Whole numbers in a range.
  case integer(ClosedRange<Int>)
  /// `False` and `True`.
  case boolean
  /// Strings over these characters, of a length in the range.
  case string(alphabet: [Character], length: ClosedRange<Int>)
  /// Lists of such items, of a length in the range.
  case list(of: InputGenerator, length: ClosedRange<Int>)
  /// One of these values, the simplest first.
  case choice([PythonValue])
}

extension InputGenerator {
  /// The range's number nearest to 0, where shrinking ends.
  private static func simplest(in range: ClosedRange<Int>) -> Int {
    min(max(0, range.lowerBound), range.upperBound)
  }

  /// How far `value` is from the simplest one: 0 for the simplest, nil for an illegal one.
  ///
  /// A number's size is its distance from the range's number nearest to 0; a list's is its length
  /// plus the sizes of its items, a string's likewise with places in the alphabet.
  func size(of value: PythonValue) -> Int? {
    switch (self, value) {
    case (.integer(let range), .integer(let number)):
      guard range.contains(number) else { return nil }
      let distance = number.subtractingReportingOverflow(Self.simplest(in: range))
      return distance.overflow ? Int.max / 2 : Int(clamping: distance.partialValue.magnitude)
    case (.boolean, .boolean(let flag)): return flag ? 1 : 0
    case (.string(let alphabet, let length), .string(let text)):
      let characters = Array(text)
      guard length.contains(characters.count) else { return nil }
      return total(characters.map { alphabet.firstIndex(of: $0) })
    case (.list(let item, let length), .list(let values)):
      guard length.contains(values.count) else { return nil }
      return total(values.map { item.size(of: $0) })
    case (.choice(let choices), _): return choices.firstIndex(of: value)
    default: return nil
    }
  }

  private func total(_ sizes: [Int?]) -> Int? {
    var total = sizes.count
    for size in sizes {
      guard let size else { return nil }
      total = total.addingReportingOverflow(size).overflow ? Int.max / 2 : total + size
    }
    return total
  }

  /// The sizes that values can have: a list's least is that of its shortest length.
  var sizes: ClosedRange<Int> {
    func times(_ count: Int, _ size: Int) -> Int {
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      return overflows ? Int.max / 2 : min(product, Int.max / 2)
    }
    switch self {
    case .integer(let range):
      let ends = [range.lowerBound, range.upperBound].compactMap { size(of: .integer($0)) }
      return 0...(ends.max() ?? 0)
    case .boolean: return 0...1
    case .choice(let choices): return 0...(choices.count - 1)
    case .string(let alphabet, let length):
      return length.lowerBound...max(times(length.upperBound, alphabet.count), length.lowerBound)
    case .list(let item, let length):
      let least = times(length.lowerBound, item.sizes.lowerBound + 1)
      return least...max(times(length.upperBound, item.sizes.upperBound + 1), least)
    }
  }

  /// All values of this size, or the first `limit` of them.
  func values(ofSize size: Int, limit: Int) -> [PythonValue] {
    switch self {
    case .integer(let range):
      let simplest = Self.simplest(in: range)
      let (above, aboveOverflows) = simplest.addingReportingOverflow(size)
      let (below, belowOverflows) = simplest.subtractingReportingOverflow(size)
      var values: [PythonValue] = []
      if !aboveOverflows, range.contains(above) { values.append(.integer(above)) }
      if size > 0, !belowOverflows, range.contains(below) { values.append(.integer(below)) }
      return values
    case .boolean: return size < 2 ? [.boolean(size == 1)] : []
    case .choice(let choices): return choices.indices.contains(size) ? [choices[size]] : []
    case .string(let alphabet, let length):
      let letters = InputGenerator.choice(alphabet.map { .string(String($0)) })
      return InputGenerator.list(of: letters, length: length).values(ofSize: size, limit: limit)
        .map { .string($0.items.map(\.text).joined()) }
    case .list(let item, let length):
      return Self.sequences(of: item, length: length, size: size, limit: limit).map { .list($0) }
    }
  }

  /// Sequences whose items' sizes, each plus 1, add up to `size`.
  private static func sequences(
    of item: InputGenerator, length: ClosedRange<Int>, size: Int, limit: Int
  ) -> [[PythonValue]] {
    // Outside these sizes every branch below would end in nothing, after a long search.
    let sizes = InputGenerator.list(of: item, length: length).sizes
    guard sizes.contains(size), limit > 0 else { return [] }
    if size == 0 { return [[]] }
    let rest = max(length.lowerBound - 1, 0)...(length.upperBound - 1)
    var found: [[PythonValue]] = []
    // Large first items first: they leave short lists, which are the easiest to read.
    for first in item.sizes.clamped(to: 0...(size - 1)).reversed() {
      let heads = item.values(ofSize: first, limit: limit)
      guard !heads.isEmpty else { continue }
      let tails = sequences(of: item, length: rest, size: size - 1 - first, limit: limit)
      for head in heads {
        for tail in tails {
          found.append([head] + tail)
          if found.count == limit { return found }
        }
      }
    }
    return found
  }

  /// A value drawn at random: lengths and numbers uniformly from their ranges.
  func random(using generator: inout some RandomNumberGenerator) -> PythonValue {
    switch self {
    case .integer(let range): return .integer(Int.random(in: range, using: &generator))
    case .boolean: return .boolean(Bool.random(using: &generator))
    case .choice(let choices): return choices.randomElement(using: &generator) ?? .none
    case .string(let alphabet, let length):
      let count = Int.random(in: length, using: &generator)
      return .string(
        String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) }))
    case .list(let item, let length):
      let count = Int.random(in: length, using: &generator)
      return .list((0..<count).map { _ in item.random(using: &generator) })
    }
  }

  /// Smaller legal values to try in place of `value`, the boldest steps first.
  func shrinks(of value: PythonValue) -> [PythonValue] {
    switch (self, value) {
    case (.integer(let range), .integer(let number)):
      let simplest = Self.simplest(in: range)
      let halfway = simplest / 2 + number / 2
      let nearer = number > simplest ? number - 1 : number + 1
      guard number != simplest else { return [] }
      var steps = [simplest]
      for step in [halfway, nearer] where step != number && !steps.contains(step) {
        if range.contains(step) { steps.append(step) }
      }
      return steps.map { .integer($0) }
    case (.boolean, .boolean(true)): return [.boolean(false)]
    case (.choice(let choices), _):
      return choices.firstIndex(of: value).map { Array(choices[..<$0]) } ?? []
    case (.string(let alphabet, let length), .string(let text)):
      let letters = InputGenerator.choice(alphabet.map { .string(String($0)) })
      let list = PythonValue.list(text.map { .string(String($0)) })
      return InputGenerator.list(of: letters, length: length).shrinks(of: list)
        .map { .string($0.items.map(\.text).joined()) }
    case (.list(let item, let length), .list(let values)):
      return Self.shorter(values, length: length)
        + values.indices.flatMap { index in
          item.shrinks(of: values[index]).map { smaller in
            var copy = values
            copy[index] = smaller
            return .list(copy)
          }
        }
    default: return []
    }
  }

  /// The list without ever smaller parts, at last without each single item.
  private static func shorter(
    _ values: [PythonValue], length: ClosedRange<Int>
  ) -> [PythonValue] {
    var shorter: [PythonValue] = []
    var chunk = values.count - length.lowerBound
    while chunk > 0 {
      for start in stride(from: 0, through: values.count - chunk, by: chunk) {
        var copy = values
        copy.removeSubrange(start..<(start + chunk))
        shorter.append(.list(copy))
      }
      chunk /= 2
    }
    return shorter
  }
}

extension PythonValue {
  fileprivate var items: [PythonValue] {
    guard case .list(let items) = self else { return [] }
    return items
  }

  fileprivate var text: String {
    guard case .string(let text) = self else { return "" }
    return text
  }
}
