/// A text cut into tokens, each with a background as strong as its value.
///
/// Invisible tokens are shown: a space at the start stays, a line break becomes `⏎`.
public struct TokenStrip: Sendable {
  /// One token.
  public struct Piece: Sendable {
    let text: String
    let value: Double
    let tip: String

    /// Creates a piece.
    ///
    /// - Parameters:
    ///   - text: The token's text.
    ///   - value: How strong, from -1 to 1; negative values have the other color.
    ///   - tip: What appears when one points at it.
    public init(_ text: String, value: Double, tip: String = "") {
      self.text = text
      self.value = value
      self.tip = tip
    }
  }

  /// The tokens in order.
  public var pieces: [Piece]

  /// Creates a strip.
  public init(_ pieces: [Piece]) { self.pieces = pieces }

  /// The strip as markup.
  public var html: HTML {
    let spans = pieces.map { piece -> HTML in
      let strength = Int((min(abs(piece.value), 1) * 70).rounded())
      let color = piece.value < 0 ? "--cold" : "--hot"
      let text = piece.text.isEmpty ? "∅" : Self.visible(piece.text)
      return """
        <span data-tip="\(piece.tip)" style="background:color-mix(in srgb,var(\(color)) \
        \(strength)%,transparent)">\(text)</span>
        """
    }
    return "<div class=\"tokens\">\(spans)</div>\n"
  }

  private static func visible(_ text: String) -> String {
    String(text.flatMap { $0.isNewline ? "⏎" : $0 == "\t" ? "⇥" : String($0) })
  }
}
