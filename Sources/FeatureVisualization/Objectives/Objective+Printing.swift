import PlumbText

extension Objective: CustomStringConvertible, LosslessStringConvertible, Codable {
  /// The objective as text that ``init(parsing:in:)`` reads back to the same value.
  public var description: String { text(within: 0) }

  /// Reads an objective from text, or returns `nil` where ``init(parsing:in:)`` throws.
  public init?(_ description: String) {
    guard let objective = try? Objective(parsing: description) else { return nil }
    self = objective
  }

  /// Reads the text of an objective.
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text of the objective.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// The text, in parentheses where an operator of this binding strength is around it.
  private func text(within strength: Int) -> String {
    let (text, own) = textAndStrength
    return own < strength ? "(\(text))" : text
  }

  /// The text with its binding strength: sums 1, products 2, signs 3, everything else 4.
  private var textAndStrength: (String, Int) {
    switch self {
    case .constant(let value): (Self.text(value), value.sign == .minus ? 3 : 4)
    case .channels(let layer, let range):
      ("\(Self.text(layer)):" + Self.text(range), 4)
    case .neuron(let layer, let channel, let position):
      (
        "neuron(\(Self.text(layer)):\(channel)"
          + (position.map { ", \($0.x), \($0.y)" } ?? "") + ")", 4
      )
    case .direction(let layer, let components, let power):
      (
        "direction(\(Self.text(layer))"
          + components.map { ", \($0.channel): \(Self.text($0.weight))" }.joined()
          + Self.option("power", power, unless: 0) + ")", 4
      )
    case .deepDream(let layer): ("deepdream(\(Self.text(layer)))", 4)
    case .classScore(.index(let index)): ("class:\(index)", 4)
    case .classScore(.label(let label)): ("class:\(Self.text(label))", 4)
    case .region(let layer, let channel, let region):
      (
        "region(\(Self.text(layer)):\(channel), \(region.x), \(region.y), \(region.width), "
          + "\(region.height))", 4
      )
    case .diversity(let layer): ("diversity(\(Self.text(layer)))", 4)
    case .interpolation(let a, let b):
      (
        "interpolate(\(Self.text(a.layer)):\(a.channel), \(Self.text(b.layer)):\(b.channel))", 4
      )
    case .alignment(let layer, let ratio):
      ("alignment(\(Self.text(layer))" + Self.option("ratio", ratio, unless: 2) + ")", 4)
    case .inversion(let layer, let picture):
      ("inversion(\(Self.text(layer)), \(Self.text(picture)))", 4)
    case .caricature(let layer, let picture, let power):
      (
        "caricature(\(Self.text(layer)), \(Self.text(picture))"
          + Self.option("power", power, unless: 0) + ")", 4
      )
    case .totalVariation: ("tv", 4)
    case .blur: ("blur", 4)
    case .boundary(let width): ("boundary" + (width == 20 ? "" : "(\(width))"), 4)
    case .alpha: ("alpha", 4)
    case .l1(let center): ("l1" + Self.argument(center), 4)
    case .l2(let center): ("l2" + Self.argument(center), 4)
    case .sum(let a, let b): ("\(a.text(within: 1)) + \(b.text(within: 2))", 1)
    case .difference(let a, let b): ("\(a.text(within: 1)) - \(b.text(within: 2))", 1)
    case .product(let a, let b): ("\(a.text(within: 2))*\(b.text(within: 3))", 2)
    case .quotient(let a, let b): ("\(a.text(within: 2))/\(b.text(within: 3))", 2)
    case .negation(.constant(let value)): ("-(\(Self.text(value)))", 3)
    case .negation(let a): ("-\(a.text(within: 3))", 3)
    }
  }

  private static func argument(_ center: Double) -> String {
    center == 0 ? "" : "(\(text(center)))"
  }

  private static func option(_ name: String, _ value: Double, unless usual: Double) -> String {
    value == usual ? "" : ", \(name): \(text(value))"
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
  }

  /// A number without a needless `.0`.
  private static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A name, in quotation marks if it needs them.
  private static func text(_ name: String) -> String {
    let isPlain =
      (name.first.map { $0.isLetter || $0 == "_" } ?? false)
      && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
      && !["class", "power"].contains(name)
    if isPlain { return name }
    return QuotedText.quoting(text: name)
  }
}
