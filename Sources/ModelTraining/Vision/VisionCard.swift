import Foundation
import PlumbFiles
import PlumbRuntime

/// The model card of a trained classifier, in Markdown.
struct VisionCard {
  let facts: TrainingFacts
  let training: VisionTraining
  let scores: VisionScores
  let labels: LabelTable
  /// The number of training pictures.
  let pictures: Int
  /// The number of weights of the exported network.
  let weights: Int
  /// What was wrong with the data and left out.
  let damages: [String]

  var text: String {
    [
      title, data, recipe, results, failures, samples, perClass,
    ].joined(separator: "\n\n") + "\n"
  }

  private func name(_ label: Int) -> String { labels[label]?.name ?? "class \(label)" }

  private static func interval(_ value: WilsonInterval) -> String {
    "\(percentText(value.share)) (95 % interval \(value.rangeText))"
  }

  private var title: String {
    """
    # \(facts.recipe.name)

    A small classifier of photographs with the blocks and layer names of InceptionV1 (`conv2d0`,
    `mixed3a` ... `mixed5b`), trained by Plumbline itself. It tells \(training.network.classes) classes apart in
    pictures of 64 x 64 pixels; global average pooling lets pictures be larger. \(weights) weights, kept in
    half precision. Batch normalization was folded into the convolutions.
    """
  }

  private var data: String {
    """
    ## Data and licenses

    Trained on the \(pictures) training pictures of Tiny ImageNet, Stanford CS231N's subset of ImageNet
    with 200 classes. The pictures come under the terms of ImageNet: non-commercial research and
    education. No picture is part of this folder. The 10,000 validation pictures were never trained
    on; scores on them were looked at during the training, but decided nothing about it.\(damageNote)
    """
  }

  private var damageNote: String {
    damages.isEmpty
      ? "\nNo picture was damaged."
      : "\n\(damages.count) files were damaged and left out: " + damages.joined(separator: " ")
  }

  private var recipe: String {
    let epochs = Double(facts.steps * facts.recipe.batch) / Double(max(pictures, 1))
    return facts.recipeSection(
      examples: "of \(facts.recipe.batch) pictures, \(String(format: "%.1f", epochs)) epochs")
  }

  private var results: String {
    """
    ## Scores

    On the \(scores.counts.reduce(0, +)) validation pictures, each shown once, whole:

    - Top-1 accuracy: \(Self.interval(scores.accuracy))
    - Top-5 accuracy: \(Self.interval(scores.accuracyInFive))
    - Mean -log p of the right class: \(String(format: "%.3f", scores.loss)) nats

    `plumb train --evaluate \(facts.recipe.name) --data DATA` prints them again, and those per class.
    """
  }

  private var failures: String {
    let mistakes = scores.mistakes(10).map {
      "- \(name($0.label)) taken for \(name($0.guess)): \($0.times) of \(scores.counts[$0.label])"
    }
    return """
      ## Known failures

      The most frequent mistakes:

      \(mistakes.joined(separator: "\n"))

      Pictures far from the training set (drawings, text, several objects) get confident answers all
      the same: there is no class for anything else.
      """
  }

  private var samples: String {
    let rows = scores.examples.map {
      "| \(name($0.label)) | \(name($0.guess)) | \(percentText($0.probability)) |"
    }
    return """
      ## Samples

      The first \(rows.count) validation pictures in the order of the archive, not chosen:

      | is | taken for | probability |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }

  private var perClass: String {
    let order = scores.right.indices.sorted {
      (-share($0), name($0)) < (-share($1), name($1))
    }
    let rows = order.map { label in
      let interval = WilsonInterval(successes: scores.right[label], of: scores.counts[label])
      return "| \(name(label)) | \(scores.right[label]) of \(scores.counts[label]) | "
        + "\(interval.rangeText) |"
    }
    return """
      ## Accuracy per class

      | class | right | 95 % interval |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }

  private func share(_ label: Int) -> Double {
    Double(scores.right[label]) / Double(max(scores.counts[label], 1))
  }
}
