import LanguageModeling
import PlumbRuntime

/// Which kinds of text a model writes after a prompt, told from the words of its completions.
struct RegisterShares {
  /// What was completed.
  let prompt: String
  /// The tokens of a completion.
  let tokens: Int
  /// Each completion's most probable register; `nil` where its words are too few.
  private let registers: [String?]

  /// Tells the registers of completions of a prompt.
  init(_ texts: [String], prompt: String, tokens: Int, classifier: RegisterClassifier) {
    self.prompt = prompt
    self.tokens = tokens
    registers = texts.map { text in
      classifier.register(of: WordList.words(of: text)).map { classifier.registers[$0] }
    }
  }

  /// The shares, most frequent first; the name is `nil` for completions that tell nothing.
  var shares: [(register: String?, share: WilsonInterval)] {
    let counts = Dictionary(registers.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.sorted { (-$0.value, $0.key ?? "~") < (-$1.value, $1.key ?? "~") }
      .map { ($0.key, WilsonInterval(successes: $0.value, of: registers.count)) }
  }

  /// The shares as a section of a card.
  var section: String {
    let rows = shares.map { register, share in
      "| \(register ?? "too few words to tell") | \(percentText(share.share)) | \(share.rangeText) |"
    }
    return """
      ## Registers after \u{201C}\(prompt)\u{201D}

      \(registers.count) completions of \(tokens) tokens at temperature 1, by the classifier of registers that \
      `plumb drift` uses, with 95 % intervals:

      | register | share | interval |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }
}
