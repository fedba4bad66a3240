import Foundation
import LanguageModeling
import PlumbTokenizers

/// Shows completions on the terminal: a single one while it is written, several when they are done.
///
/// `@unchecked Sendable`: one task uses it at a time.
final class CompletionView: @unchecked Sendable {
  private let isSilent: Bool
  private let showsTokens: Bool
  private let recipe: CompletionRecipe
  private let tokenizer: BPETokenizer?
  private let progress: ProgressLine

  init(
    isSilent: Bool, showsTokens: Bool, recipe: CompletionRecipe, tokenizer: BPETokenizer?
  ) {
    self.isSilent = isSilent
    self.showsTokens = showsTokens
    self.recipe = recipe
    self.tokenizer = tokenizer
    progress = ProgressLine(
      "Writing", unit: "tokens", isSilent: isSilent || recipe.count == 1 && !showsTokens)
  }

  private var streams: Bool { !isSilent && !showsTokens && recipe.count == 1 && tokenizer != nil }

  private var promptText: String { recipe.prompt ?? "" }

  /// Shows the prompt.
  func begin() throws {
    if streams { write(promptText) }
  }

  /// Shows the text that is new.
  func update(_ done: Int, text: String) throws {
    if streams {
      write(text)
    } else {
      progress.update(done, of: recipe.options.newTokens)
    }
  }

  /// Shows what has not been shown yet.
  func finish(_ completions: [WrittenCompletion]) throws {
    progress.finish()
    if streams {
      write("\n")
      return
    }
    if showsTokens { print("prompt " + (try promptTokens())) }
    for completion in completions {
      if showsTokens {
        print("completion \(completion.index) (\(completion.finish.rawValue))")
        for token in completion.tokens { print(Self.line(token, hasText: tokenizer != nil)) }
      } else if tokenizer == nil {
        let ids = completion.ids.map(String.init).joined(separator: ",")
        print("\(completion.index): \(ids)")
      } else if completions.count == 1 {
        print(promptText + completion.text)
      } else {
        print("--- \(completion.index)\n\(promptText)\(completion.text)")
      }
    }
  }

  private func promptTokens() throws -> String {
    try recipe.promptIDs.map { id in
      guard let tokenizer else { return "\(id)" }
      return Self.quoted(try tokenizer.decode([id]))
    }.joined(separator: " ")
  }

  private static func line(_ token: WrittenCompletion.Token, hasText: Bool) -> String {
    func share(_ logprob: Float) -> String {
      String(format: "%.1f %%", exp(Double(logprob)) * 100)
    }
    func name(_ id: Int, _ text: String) -> String { hasText ? quoted(text) : "\(id)" }
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(width - text.count, 0))
    }
    let own = padded(name(token.id, token.text), 16) + " " + padded(share(token.logprob), 8)
    let others = (token.alternatives ?? []).filter { $0.id != token.id }
      .map { "\(name($0.id, $0.text)) \(share($0.logprob))" }
    return "  " + own + (others.isEmpty ? "" : " | " + others.joined(separator: ", "))
  }

  /// A token's text with everything in it visible.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      default:
        // Control characters would change the terminal.
        if scalar.properties.generalCategory == .control {
          result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  private func write(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }
}
