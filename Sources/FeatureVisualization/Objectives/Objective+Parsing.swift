import PlumbText

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
    var parser = ObjectiveParser(reader: try ExpressionReader(text), vocabulary: vocabulary)
    self = try parser.whole()
  }
}

extension Objective: ArithmeticExpression {}

/// Reads what an objective is made of.
private struct ObjectiveParser: ExpressionParser {
  var reader: ExpressionReader<ObjectiveProblem>
  let vocabulary: ObjectiveVocabulary?

  func factor(by symbol: Character) -> ((Objective, Objective) -> Objective)? {
    switch symbol {
    case "*": Objective.product
    case "/": Objective.quotient
    default: nil
    }
  }

  // MARK: Atoms

  mutating func atom() throws(ObjectiveError) -> Objective {
    let start = reader.index
    var isQuoted = false
    if case .quoted = reader.word.token { isQuoted = true }
    let name = try self.name("a layer, a number or '('")
    if reader.take(":") {
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
    try check(start) { vocabulary throws(ObjectiveProblem) in
      _ = try vocabulary.layer(name)
    }
    throw reader.unexpected("':' and a channel, such as \(name):0,")
  }

  private mutating func channels(
    of layer: String, _ layerStart: Int
  ) throws(ObjectiveError) -> Objective {
    let start = reader.index
    let range = try channelRange()
    try check(layerStart) { vocabulary throws(ObjectiveProblem) in
      _ = try vocabulary.layer(layer)
    }
    try check(start) { vocabulary throws(ObjectiveProblem) in
      _ = try vocabulary.layer(layer, channels: range)
    }
    return .channels(layer: layer, range)
  }

  private mutating func channelRange() throws(ObjectiveError) -> ClosedRange<Int> {
    let start = reader.index
    let first = try reader.whole("a channel")
    // A range has no spaces, a subtraction has.
    guard reader.word.token == .symbol("-"), !reader.word.followsSpace,
      case .number = reader.words[reader.index + 1].token,
      !reader.words[reader.index + 1].followsSpace
    else { return first...first }
    reader.advance()
    let last = try reader.whole("the last channel")
    guard first <= last else {
      throw reader.error(.descendingRange(first: first, last: last), at: start)
    }
    return first...last
  }

  private mutating func classScore() throws(ObjectiveError) -> Objective {
    let start = reader.index
    let name: Objective.ClassName
    if case .number = reader.word.token {
      name = .index(try reader.whole("a class"))
    } else {
      name = .label(try self.name("a label or the number of a class"))
    }
    // A network without scores at this size may have them at its own.
    if let vocabulary, vocabulary.classCount > 0 {
      try check(start) { _ throws(ObjectiveProblem) in
        _ = try vocabulary.index(of: name)
      }
    }
    return .classScore(name)
  }

  /// A function whose first argument is a layer, and what follows it.
  private mutating func measure(_ name: String) throws(ObjectiveError) -> Objective {
    try reader.require("(")
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
    try reader.require(")")
    return objective
  }

  private mutating func layer() throws(ObjectiveError) -> String {
    let start = reader.index
    let layer = try name("a layer")
    try check(start) { vocabulary throws(ObjectiveProblem) in
      _ = try vocabulary.layer(layer)
    }
    return layer
  }

  private mutating func picture() throws(ObjectiveError) -> String {
    try reader.require(",")
    return try name("the path of a picture, in quotation marks,")
  }

  /// `, NAME: NUMBER`, if it is there.
  private mutating func option(
    _ name: String, usual: Double
  ) throws(ObjectiveError) -> Double {
    guard reader.take(",") else { return usual }
    guard reader.word.token == .name(name) else { throw reader.unexpected("'\(name):'") }
    reader.advance()
    try reader.require(":")
    return try reader.number()
  }

  /// `LAYER:CHANNEL`.
  private mutating func unit() throws(ObjectiveError) -> Objective.Unit {
    let layer = try layer()
    try reader.require(":")
    let channelStart = reader.index
    let channel = try reader.whole("a channel")
    try check(channelStart) { vocabulary throws(ObjectiveProblem) in
      _ = try vocabulary.layer(layer, channels: channel...channel)
    }
    return .init(layer, channel)
  }

  private mutating func interpolation() throws(ObjectiveError) -> Objective {
    try reader.require("(")
    let first = try unit()
    try reader.require(",")
    let objective = Objective.interpolation(first, try unit())
    try reader.require(")")
    return objective
  }

  private mutating func region() throws(ObjectiveError) -> Objective {
    try reader.require("(")
    let unit = try unit()
    var numbers: [Int] = []
    for expected in ["the first column", "the first row", "a width", "a height"] {
      try reader.require(",")
      numbers.append(try reader.whole(expected))
    }
    try reader.require(")")
    return .region(
      layer: unit.layer, channel: unit.channel,
      .init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3]))
  }

  private mutating func neuron() throws(ObjectiveError) -> Objective {
    try reader.require("(")
    let unit = try unit()
    let (layer, channel) = (unit.layer, unit.channel)
    var position: Objective.Position?
    if reader.take(",") {
      let x = try reader.whole("a column")
      try reader.require(",")
      // Whether the layer is that large is known when the size of the image is.
      position = .init(x: x, y: try reader.whole("a row"))
    }
    try reader.require(")")
    return .neuron(layer: layer, channel: channel, position: position)
  }

  private mutating func direction() throws(ObjectiveError) -> Objective {
    try reader.require("(")
    let layer = try layer()
    var components: [Objective.Component] = []
    var power = 0.0
    while reader.take(",") {
      if reader.word.token == .name("power") {
        reader.advance()
        try reader.require(":")
        power = try reader.number()
        break
      }
      let start = reader.index
      let channel = try reader.whole("a channel")
      try check(start) { vocabulary throws(ObjectiveProblem) in
        _ = try vocabulary.layer(layer, channels: channel...channel)
      }
      try reader.require(":")
      components.append(.init(channel: channel, weight: try reader.number()))
    }
    guard !components.isEmpty else {
      throw reader.error(.emptyDirection(layer: layer), at: reader.index)
    }
    try reader.require(")")
    return .direction(layer: layer, components, cosinePower: power)
  }

  private mutating func boundary() throws(ObjectiveError) -> Objective {
    // Lucid's 20 pixels.
    guard reader.take("(") else { return .boundary(width: 20) }
    let width = try reader.whole("a width in pixels")
    try reader.require(")")
    return .boundary(width: width)
  }

  private mutating func center() throws(ObjectiveError) -> Double {
    guard reader.take("(") else { return 0 }
    let value = try reader.number()
    try reader.require(")")
    return value
  }

  private mutating func name(_ expected: String) throws(ObjectiveError) -> String {
    switch reader.word.token {
    case .name(let name):
      reader.advance()
      return name
    case .quoted(let raw):
      reader.advance()
      return QuotedText.text(raw)
    default: throw reader.unexpected(expected)
    }
  }

  private func check(
    _ start: Int, _ body: (ObjectiveVocabulary) throws(ObjectiveProblem) -> Void
  ) throws(ObjectiveError) {
    guard let vocabulary else { return }
    do throws(ObjectiveProblem) {
      try body(vocabulary)
    } catch {
      throw reader.error(error, at: start)
    }
  }
}
