/// Markup that may stand in a page as it is.
///
/// Literals are markup; interpolated strings are text, and their special characters are escaped:
///
/// ```swift
/// let cell: HTML = "<td>\(completion.text)</td>"
/// ```
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// The markup.
  public private(set) var markup: String

  /// Creates markup from a literal.
  public init(stringLiteral value: String) { markup = value }

  /// Creates markup from a literal with interpolations.
  public init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  /// Creates markup from plain text, escaping what has a meaning in HTML.
  public init(text: String) { markup = Self.escaped(text) }

  /// Markup that another tool made, such as a picture in SVG; it is taken as it is.
  public init(trusted markup: String) { self.markup = markup }

  /// Nothing.
  public static let empty: HTML = ""

  /// One after the other.
  public static func + (left: HTML, right: HTML) -> HTML {
    HTML(trusted: left.markup + right.markup)
  }

  /// Appends markup.
  public static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

  /// Text with `&`, `<`, `>` and quotes escaped, for element contents and attribute values.
  public static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// What a literal with interpolations gathers.
  public struct StringInterpolation: StringInterpolationProtocol {
    var markup = ""

    /// Starts empty.
    public init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// Appends markup.
    public mutating func appendLiteral(_ literal: String) { markup += literal }
    /// Appends text, escaped.
    public mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
    /// Appends a whole number.
    public mutating func appendInterpolation(_ number: Int) { markup += "\(number)" }
    /// Appends a number with so many significant digits.
    public mutating func appendInterpolation(_ number: Double, digits: Int = 3) {
      markup += NumberText.short(number, digits: digits)
    }
    /// Appends markup.
    public mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
    /// Appends markup, or nothing.
    public mutating func appendInterpolation(_ html: HTML?) { markup += html?.markup ?? "" }
    /// Appends pieces of markup in order.
    public mutating func appendInterpolation(_ pieces: [HTML]) {
      for piece in pieces { markup += piece.markup }
    }
  }
}
