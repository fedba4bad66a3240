import Foundation
import LanguageModeling

/// The model card of a trained language model, in Markdown.
struct LanguageCard {
  /// Texts that the model wrote, as they came.
  struct Samples {
    /// What the model was given, as a heading.
    let title: String
    /// The command that writes them again.
    let command: String
    /// The texts, the prompt in front.
    let texts: [String]
  }

  let facts: TrainingFacts
  let training: LanguageTraining
  /// Bits per byte of the mixture, then of each register.
  let scores: [HeldOutScore]
  /// The number of weights.
  let weights: Int
  let samples: [Samples]
  /// Which registers the model writes after a prompt.
  let registers: RegisterShares?
  /// How often its functions are valid; none if it knows no code, or nothing here can read it.
  let python: [PythonShare]

  var text: String {
    [title, data, recipe, results, failures, written].joined(separator: "\n\n") + "\n"
  }

  private var name: String { facts.recipe.name }

  private var title: String {
    """
    # \(name)

    A small language model with the architecture of GPT-2 (width \(training.width), \(training.layers) blocks, \
    \(training.heads) heads, context \(training.context)), trained by Plumbline itself. \(weights) weights, kept \
    in half precision; a byte-level BPE vocabulary of \(training.vocabulary), learned from the same texts.
    """
  }

  private var data: String {
    let total = training.corpora.reduce(0) { $0 + $1.share }
    let rows = training.corpora.map {
      "| \($0.file) | \($0.register) | \(percentText($0.share / total)) |"
    }
    return """
      ## Data and licenses

      Texts that may be published from: public domain (fiction of Project Gutenberg, White House texts,
      presidents' speeches), CC0 (UN debates), Open Content, MIT and PSF-2.0 (code), CC BY 2.5 (Wikinews) and
      CC BY-SA 4.0 (dialogues). Every fiftieth document was held out. The solutions of LeetCode 2057 are
      not among them.

      | file | register | share of the windows |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }

  private var recipe: String {
    let tokens = Double(facts.steps * facts.recipe.batch * training.context) / 1e6
    return facts.recipeSection(
      examples: "of \(facts.recipe.batch) windows of \(training.context) tokens, "
        + String(format: "%.1f million tokens", tokens))
  }

  private var results: String {
    let rows = scores.map {
      "| \($0.name) | \(String(format: "%.4f", $0.estimate)) | "
        + String(format: "%.4f to %.4f", $0.low, $0.high) + " | \($0.count) |"
    }
    return """
      ## Scores

      Bits per byte on all held-out documents, with 95 % intervals (bootstrap over documents):

      | register | bits per byte | interval | documents |
      |---|---|---|---|
      \(rows.joined(separator: "\n"))

      `plumb train --evaluate \(name) --data DATA` prints them again.
      """
  }

  private var failures: String {
    """
    ## Known failures

    Sentences lose their thread after a few words, names and words are invented, and what is said is not
    true. Speeches and transcripts name real people, and so does the model: nothing that it writes is
    anybody's opinion. Short functions in Python are often broken, and solve no task.
    """
  }

  private var written: String {
    let samples = samples.map { samples in
      let texts = samples.texts.enumerated().map { index, text in
        "\(index + 1). `\(Self.escaped(text))`"
      }
      return """
        ## \(samples.title)

        Not chosen; `\(samples.command)` writes them again.

        \(texts.joined(separator: "\n"))
        """
    }
    let sections = [registers?.section, python.isEmpty ? nil : PythonShare.section(python)]
    return (sections.compactMap(\.self) + samples).joined(separator: "\n\n")
  }

  /// A text on one line that Markdown leaves alone.
  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(of: "`", with: "'")
  }
}
