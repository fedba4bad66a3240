extension Objective {
  /// Reads an objective from text.
  ///
  /// - `mixed4a:476`: a channel; `mixed4a:0-31`: a range of them (without spaces).
  /// - `class:chain`, `class:"kit fox"`, `class:488`: the score of a class.
  /// - `neuron(mixed4a:476)`: a channel at the center; `neuron(mixed4a:476, 3, 5)`: in column 3,
  ///   row 5.
  /// - `direction(mixed4a, 476: 1, 460: -0.5)`: a vector over channels;
  ///   `direction(mixed4a, 476: 1, power: 2)`: with the cosine to a power.
  /// - `region(mixed4a:476, 2, 3, 4, 5)`: a channel from column 2, row 3 on, 4 wide and 5 high.
  /// - `deepdream(mixed4a)`: the squares of a layer.
  /// - `diversity(mixed4a)`, `interpolate(mixed4a:476, mixed4a:460)`, `alignment(mixed4a)`,
  ///   `alignment(mixed4a, ratio: 5)`: of a batch of images.
  /// - `inversion(mixed4a, "photo.png")`, `caricature(mixed4a, "photo.png", power: 4)`: of a picture.
  /// - `tv`, `l1`, `l2`, `l1(0.5)`, `l2(0.5)`, `blur`, `boundary`, `boundary(30)`, `alpha`: measures
  ///   of the image, to subtract.
  /// - Numbers, `+ - * /` and parentheses.
  ///
  /// A name that is more than letters, digits, `_` and `.` stands in quotation marks.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - vocabulary: The layers and labels to check names against; without it only the grammar is
  ///     checked.
  /// - Throws: ``ObjectiveError`` with the place in the text.
  public init(
    parsing text: String, in vocabulary: ObjectiveVocabulary? = nil
  ) throws(ObjectiveError) {
    var parser = ObjectiveParser(
      text: text, words: try ObjectiveLexer.words(text), vocabulary: vocabulary)
    self = try parser.whole()
  }
}

/// Recursive descent over the words of an objective.
private struct ObjectiveParser {
  let text: String
  let words: [ObjectiveLexer.Word]
  let vocabulary: ObjectiveVocabulary?
  var index = 0
  /// How many parentheses and signs are open; a limit keeps hostile text off the stack.
  var depth = 0

  init(text: String, words: [ObjectiveLexer.Word], vocabulary: ObjectiveVocabulary?) {
    self.text = text
    self.words = words
    self.vocabulary = vocabulary
  }

  var word: ObjectiveLexer.Word { words[index] }

  // MARK: Arithmetic

  mutating func whole() throws(ObjectiveError) -> Objective {
    let objective = try sum()
    guard word.token == .end else { throw unexpected("an operator or the end") }
    return objective
  }

  private mutating func sum() throws(ObjectiveError) -> Objective {
    var left = try product()
    while true {
      if take("+") {
        left = try .sum(left, product())
      } else if take("-") {
        left = try .difference(left, product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(ObjectiveError) -> Objective {
    var left = try signed()
    while true {
      if take("*") {
        left = try .product(left, signed())
      } else if take("/") {
        left = try .quotient(left, signed())
      } else {
        return left
      }
    }
  }

  private mutating func signed() throws(ObjectiveError) -> Objective {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 100 else { throw unexpected("at most 100 parentheses within each other") }
    if take("-") {
      // A sign before a number is part of it.
      if case .number(let value, _) = word.token {
        index += 1
        return .constant(-value)
      }
      return .negation(try signed())
    }
    if take("(") {
      let inner = try sum()
      try require(")")
      return inner
    }
    return try atom()
  }

  // MARK: Atoms

  private mutating func atom() throws(ObjectiveError) -> Objective {
    if case .number(let value, _) = word.token {
      index += 1
      return .constant(value)
    }
    let start = index
    let name = try self.name("a layer, a number or '('")
    let isQuoted = words[start].text.hasPrefix("\"")
    if take(":") {
      return name == "class" && !isQuoted ? try classScore() : try channels(of: name, start)
    }
    switch name {
    case _ where isQuoted: break
    case "tv": return .totalVariation
    case "l1": return .l1(center: try center())
    case "l2": return .l2(center: try center())
    case "blur": return .blur
    case "alpha": return .alpha
    case "boundary": return try boundary()
    case "neuron": return try neuron()
    case "region": return try region()
    case "direction": return try direction()
    case "interpolate": return try interpolation()
    case "deepdream", "diversity", "alignment", "inversion", "caricature":
      return try measure(name)
    default: break
    }
    // A misspelled layer explains more than a missing colon.
    try check(start) { vocabulary throws(ObjectiveError.Reason) in
      _ = try vocabulary.layer(name)
    }
    throw unexpected("':' and a channel, such as \(name):0,")
  }

  private mutating func channels(
    of layer: String, _ layerStart: Int
  ) throws(ObjectiveError) -> Objective {
    let start = index
    let range = try channelRange()
    try check(layerStart) { vocabulary throws(ObjectiveError.Reason) in
      _ = try vocabulary.layer(layer)
    }
    try check(start) { vocabulary throws(ObjectiveError.Reason) in
      _ = try vocabulary.layer(layer, channels: range)
    }
    return .channels(layer: layer, range)
  }

  private mutating func channelRange() throws(ObjectiveError) -> ClosedRange<Int> {
    let start = index
    let first = try whole("a channel")
    // A range has no spaces, a subtraction has.
    guard word.token == .symbol("-"), !word.followsSpace,
      case .number = words[index + 1].token, !words[index + 1].followsSpace
    else { return first...first }
    index += 1
    let last = try whole("the last channel")
    guard first <= last else { throw error(.descendingRange(first: first, last: last), start) }
    return first...last
  }

  private mutating func classScore() throws(ObjectiveError) -> Objective {
    let start = index
    let name: Objective.ClassName
    if case .number = word.token {
      name = .index(try whole("a class"))
    } else {
      name = .label(try self.name("a label or the number of a class"))
    }
    // A network without scores at this size may have them at its own.
    if let vocabulary, vocabulary.classCount > 0 {
      try check(start) { _ throws(ObjectiveError.Reason) in
        _ = try vocabulary.index(of: name)
      }
    }
    return .classScore(name)
  }

  /// A function whose first argument is a layer, and what follows it.
  private mutating func measure(_ name: String) throws(ObjectiveError) -> Objective {
    try require("(")
    let layer = try layer()
    let objective: Objective
    switch name {
    case "diversity": objective = .diversity(layer: layer)
    case "alignment": objective = .alignment(layer: layer, ratio: try option("ratio", usual: 2))
    case "inversion": objective = .inversion(layer: layer, picture: try picture())
    case "caricature":
      let picture = try picture()
      objective = .caricature(
        layer: layer, picture: picture, cosinePower: try option("power", usual: 0))
    default: objective = .deepDream(layer: layer)
    }
    try require(")")
    return objective
  }

  private mutating func layer() throws(ObjectiveError) -> String {
    let start = index
    let layer = try name("a layer")
    try check(start) { vocabulary throws(ObjectiveError.Reason) in
      _ = try vocabulary.layer(layer)
    }
    return layer
  }

  private mutating func picture() throws(ObjectiveError) -> String {
    try require(",")
    return try name("the path of a picture, in quotation marks,")
  }

  /// `, NAME: NUMBER`, if it is there.
  private mutating func option(
    _ name: String, usual: Double
  ) throws(ObjectiveError) -> Double {
    guard take(",") else { return usual }
    guard word.token == .name(name) else { throw unexpected("'\(name):'") }
    index += 1
    try require(":")
    return try number()
  }

  /// `LAYER:CHANNEL`.
  private mutating func unit() throws(ObjectiveError) -> Objective.Unit {
    let layer = try layer()
    try require(":")
    let channelStart = index
    let channel = try whole("a channel")
    try check(channelStart) { vocabulary throws(ObjectiveError.Reason) in
      _ = try vocabulary.layer(layer, channels: channel...channel)
    }
    return .init(layer, channel)
  }

  private mutating func interpolation() throws(ObjectiveError) -> Objective {
    try require("(")
    let first = try unit()
    try require(",")
    let objective = Objective.interpolation(first, try unit())
    try require(")")
    return objective
  }

  private mutating func region() throws(ObjectiveError) -> Objective {
    try require("(")
    let unit = try unit()
    var numbers: [Int] = []
    for expected in ["the first column", "the first row", "a width", "a height"] {
      try require(",")
      numbers.append(try whole(expected))
    }
    try require(")")
    return .region(
      layer: unit.layer, channel: unit.channel,
      .init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3]))
  }

  private mutating func neuron() throws(ObjectiveError) -> Objective {
    try require("(")
    let unit = try unit()
    let (layer, channel) = (unit.layer, unit.channel)
    var position: Objective.Position?
    if take(",") {
      let x = try whole("a column")
      try require(",")
      // Whether the layer is that large is known when the size of the image is.
      position = .init(x: x, y: try whole("a row"))
    }
    try require(")")
    return .neuron(layer: layer, channel: channel, position: position)
  }

  private mutating func direction() throws(ObjectiveError) -> Objective {
    try require("(")
    let layer = try layer()
    var components: [Objective.Component] = []
    var power = 0.0
    while take(",") {
      if word.token == .name("power") {
        index += 1
        try require(":")
        power = try number()
        break
      }
      let start = index
      let channel = try whole("a channel")
      try check(start) { vocabulary throws(ObjectiveError.Reason) in
        _ = try vocabulary.layer(layer, channels: channel...channel)
      }
      try require(":")
      components.append(.init(channel: channel, weight: try number()))
    }
    guard !components.isEmpty else { throw error(.emptyDirection(layer: layer), index) }
    try require(")")
    return .direction(layer: layer, components, cosinePower: power)
  }

  private mutating func boundary() throws(ObjectiveError) -> Objective {
    // Lucid's 20 pixels.
    guard take("(") else { return .boundary(width: 20) }
    let width = try whole("a width in pixels")
    try require(")")
    return .boundary(width: width)
  }

  private mutating func center() throws(ObjectiveError) -> Double {
    guard take("(") else { return 0 }
    let value = try number()
    try require(")")
    return value
  }

  // MARK: Words

  private mutating func take(_ symbol: Character) -> Bool {
    guard word.token == .symbol(symbol) else { return false }
    index += 1
    return true
  }

  private mutating func require(_ symbol: Character) throws(ObjectiveError) {
    guard take(symbol) else { throw unexpected("'\(symbol)'") }
  }

  private mutating func name(_ expected: String) throws(ObjectiveError) -> String {
    guard case .name(let name) = word.token else { throw unexpected(expected) }
    index += 1
    return name
  }

  private mutating func number() throws(ObjectiveError) -> Double {
    let isNegative = take("-")
    guard case .number(let value, _) = word.token else { throw unexpected("a number") }
    index += 1
    return isNegative ? -value : value
  }

  private mutating func whole(_ expected: String) throws(ObjectiveError) -> Int {
    guard case .number(_, let digits) = word.token, let value = Int(digits) else {
      throw unexpected("\(expected), a whole number,")
    }
    index += 1
    return value
  }

  // MARK: Errors

  private func check(
    _ start: Int, _ body: (ObjectiveVocabulary) throws(ObjectiveError.Reason) -> Void
  ) throws(ObjectiveError) {
    guard let vocabulary else { return }
    do throws(ObjectiveError.Reason) {
      try body(vocabulary)
    } catch {
      throw self.error(error, start)
    }
  }

  private func error(_ reason: ObjectiveError.Reason, _ index: Int) -> ObjectiveError {
    ObjectiveError(reason: reason, place: .init(text: text, offset: words[index].offset))
  }

  private func unexpected(_ expected: String) -> ObjectiveError {
    let found = word.token == .end ? "the end of the text" : "'\(word.text)'"
    return error(.unexpected(found: found, expected: expected), index)
  }
}
