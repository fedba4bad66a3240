/// Texts and patterns as they stand between quotation marks.
public enum QuotedText {
  /// The text: `\n` and `\t` are a new line and a tab, any other character after a backslash is
  /// itself.
  public static func text(_ raw: String) -> String {
    unescaped(raw) { character in
      switch character {
      case "n": "\n"
      case "t": "\t"
      default: "\(character)"
      }
    }
  }

  /// The regular expression: backslashes are its own, except before a quotation mark.
  public static func pattern(_ raw: String) -> String {
    unescaped(raw) { $0 == "\"" || $0 == "'" ? "\($0)" : "\\\($0)" }
  }

  /// A text between quotation marks, from which ``text(_:)`` gives the text back.
  public static func quoting(text: String) -> String {
    var raw = ""
    for character in text {
      switch character {
      case "\n": raw += "\\n"
      case "\t": raw += "\\t"
      case "\"", "\\": raw += "\\\(character)"
      default: raw.append(character)
      }
    }
    return "\"\(raw)\""
  }

  /// A pattern between quotation marks, from which ``pattern(_:)`` gives the pattern back.
  public static func quoting(pattern: String) -> String {
    var raw = ""
    var isEscaped = false
    for character in pattern {
      if character == "\"", !isEscaped { raw.append("\\") }
      isEscaped = character == "\\" && !isEscaped
      raw.append(character)
    }
    return "\"\(raw)\""
  }

  private static func unescaped(_ raw: String, _ meaning: (Character) -> String) -> String {
    var result = ""
    var characters = raw.makeIterator()
    while let character = characters.next() {
      if character == "\\", let escaped = characters.next() {
        result += meaning(escaped)
      } else {
        result.append(character)
      }
    }
    return result
  }
}
