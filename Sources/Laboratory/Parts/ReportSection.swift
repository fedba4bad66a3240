import Foundation
import Reporting

/// A part of a report as it is shown.
public struct ReportSection: Sendable {
  /// A piece of a section.
  public enum Block: Sendable {
    /// Text: paragraphs, lists, tables.
    case text(HTML)
    /// A figure with its receipt.
    case figure(ReportFigure)
  }

  /// What came out, in one or two sentences that stand on their own.
  public var finding: HTML
  /// The finding in a word or two, for the eye.
  public var badge: Page.Badge?
  /// A small picture for the overview.
  public var thumbnail: HTML?
  /// What is shown, in order.
  public var blocks: [Block]

  /// Creates a section.
  public init(
    finding: HTML, badge: Page.Badge? = nil, thumbnail: HTML? = nil, blocks: [Block] = []
  ) {
    self.finding = finding
    self.badge = badge
    self.thumbnail = thumbnail
    self.blocks = blocks
  }
}

/// A figure with everything that a doubting reader needs.
public struct ReportFigure: Sendable {
  /// The name that links use, unique in the report.
  public var id: String
  /// The picture: an image, SVG, a table, or several.
  public var picture: HTML
  /// What one sees.
  public var caption: HTML
  /// What it does not show, and what could mislead; at least one sentence.
  public var caveats: [HTML]
  /// The command that makes the figure again.
  public var replay: String
  /// The recipe that made it, as JSON.
  public var recipe: String
  /// The numbers in it, as JSON.
  public var numbers: String

  /// Creates a figure.
  ///
  /// - Throws: `EncodingError` if the recipe or the numbers have no JSON form.
  public init(
    id: String, picture: HTML, caption: HTML, caveats: [HTML], replay: String,
    recipe: some Encodable, numbers: some Encodable
  ) throws {
    self.id = id
    self.picture = picture
    self.caption = caption
    self.caveats = caveats
    self.replay = replay
    self.recipe = try CanonicalJSON.pretty(recipe)
    self.numbers = try CanonicalJSON.pretty(numbers)
  }

  var html: HTML {
    let caveats = caveats.map { caveat -> HTML in "<li>\(caveat)</li>" }
    let mind: HTML =
      caveats.isEmpty
      ? .empty : "<div class=\"mind\"><p>What to keep in mind</p><ul>\(caveats)</ul></div>\n"
    return """
      <figure id="\(id)">\(picture)<figcaption>\(caption)</figcaption>
      \(mind)<details class="receipt"><summary>Replay, recipe and numbers</summary>
      <p>Replay it:</p><div class="command"><pre><code>\(replay)</code></pre>\
      <button type="button" data-copy>Copy</button></div>
      <details><summary>Recipe</summary><pre tabindex="0">\(recipe)</pre></details>
      <details><summary>Numbers as JSON</summary><pre class="numbers" tabindex="0">\(numbers)</pre>\
      </details></details></figure>

      """
  }
}

extension HTML {
  /// A PNG or JPEG in the page itself, with the words that stand for it.
  public static func image(_ data: some Sequence<UInt8>, alt: String) -> HTML {
    let bytes = Array(data)
    let type = bytes.starts(with: [0xFF, 0xD8]) ? "jpeg" : "png"
    let base64 = HTML(trusted: Base64.text(bytes))
    var size = HTML.empty
    if let (width, height) = pixels(ofPNG: bytes) {
      // The space is kept before the picture is there, so nothing jumps.
      size = " width=\"\(width)\" height=\"\(height)\""
    }
    return """
      <img alt="\(alt)"\(size) decoding="async" \
      src="data:image/\(HTML(trusted: type));base64,\(base64)">
      """
  }

  private static func pixels(ofPNG bytes: [UInt8]) -> (Int, Int)? {
    guard bytes.count > 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return nil }
    func number(_ start: Int) -> Int {
      bytes[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    return (number(16), number(20))
  }
}

private enum Base64 {
  static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
