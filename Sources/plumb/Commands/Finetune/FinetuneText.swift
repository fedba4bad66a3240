import Foundation
import ReinforcementLearning

/// A finished fine-tuning as text: before and after side by side.
struct FinetuneText {
  let recipe: FineTuningRecipe
  let outcome: Finetune.Outcome
  let folder: URL

  init(_ recipe: FineTuningRecipe, _ outcome: Finetune.Outcome, folder: URL) {
    self.recipe = recipe
    self.outcome = outcome
    self.folder = folder
  }

  /// The whole text.
  var text: String {
    ([curve, completions, earners, checks].filter { !$0.isEmpty } + [place]).joined(
      separator: "\n\n")
  }

  private var place: String {
    "The run is in \(folder.path). It is a model argument: 'plumb drift \(recipe.model.name) "
      + "\(folder.path)' says what changed."
  }

  // MARK: Curve

  private var curve: String {
    let metrics = outcome.metrics
    guard let last = metrics.last else { return "" }
    // About ten rows, the first and the last step among them.
    let stride = max(metrics.count / 9, 1)
    let rows = metrics.filter { $0.step == 1 || $0.step.isMultiple(of: stride) || $0 == last }
    let head = "  step   reward  KL (nats)  entropy  top share  length"
    return
      ([head]
      + rows.map {
        String(
          format: "%6d %8.2f %10.2f %8.2f %9.0f %% %7.1f", $0.step, $0.reward, $0.kl, $0.entropy,
          $0.topShare * 100, $0.length)
      }).joined(separator: "\n")
  }

  // MARK: Completions

  private static let column = 58

  private var completions: String {
    var lines: [String] = []
    for prompt in recipe.prompts {
      let name = prompt.text ?? "\(prompt.ids)"
      let before = outcome.before.completions.filter { $0.prompt == name }
      let after = outcome.after.completions.filter { $0.prompt == name }
      guard !before.isEmpty else { continue }
      func title(_ word: String, _ completions: [SampledCompletion]) -> String {
        String(
          format: "\(word), mean reward %.2f", CompletionSet(completions: completions).meanReward)
      }
      let heading = name.isEmpty ? "The start of a document" : "\"\(name)\""
      lines.append("\(heading), the same random numbers before and after:")
      lines += beside(title("Before", before), title("After", after))
      for (old, new) in zip(before, after) {
        lines.append(String(repeating: "-", count: 2 * Self.column + 3))
        lines += beside(shown(old), shown(new))
      }
      lines.append("")
    }
    return lines.dropLast().joined(separator: "\n")
  }

  private func shown(_ completion: SampledCompletion) -> String {
    let text =
      completion.text.isEmpty
      ? completion.ids.map(String.init).joined(separator: " ")
      : completion.text
    let end = completion.finish == .end ? " <end>" : ""
    return String(format: "[%g] ", completion.reward)
      + text.replacing("\n", with: "\\n").replacing("\t", with: "\\t") + end
  }

  /// Two texts in two columns.
  private func beside(_ left: String, _ right: String) -> [String] {
    let (left, right) = (Self.wrapped(left), Self.wrapped(right))
    return (0..<max(left.count, right.count)).map { row in
      let first = row < left.count ? left[row] : ""
      let second = row < right.count ? right[row] : ""
      return first + String(repeating: " ", count: max(Self.column - first.count, 0)) + " | "
        + second
    }
  }

  /// A text in lines that fit a column, broken at spaces where there are any.
  private static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    var rest = text[...]
    while rest.count > column {
      let end = rest.index(rest.startIndex, offsetBy: column)
      let space = rest[..<end].lastIndex(of: " ")
      let isUseful = space.map { rest.distance(from: rest.startIndex, to: $0) > column / 2 }
      let cut = isUseful == true ? space ?? end : end
      lines.append(String(rest[..<cut]))
      rest = rest[cut...].drop { $0 == " " }
    }
    return lines + [String(rest)]
  }

  // MARK: Findings

  private var earners: String {
    guard !outcome.earners.isEmpty else { return "" }
    let list = outcome.earners.map {
      String(format: "%@ %+g (%d times)", quoted($0.text), $0.credit, $0.count)
    }
    return "What earned the reward after: " + list.joined(separator: ", ") + "."
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\n", with: "\\n").replacing("\"", with: "\\\"") + "\""
  }

  private var checks: String {
    outcome.checks.filter { $0.verdict != .doesNotApply }.map { check in
      let mark =
        switch check.verdict {
        case .passed: "passed"
        case .note: "note"
        case .warning: "WARNING"
        case .failed: "FAILED"
        case .doesNotApply: ""
        }
      return "\(mark): \(check.sentence)"
    }.joined(separator: "\n")
  }
}
