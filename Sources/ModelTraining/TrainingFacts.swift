import Foundation
import PlumbKernels

/// What a model card says about how the weights came about.
public struct TrainingFacts: Sendable {
  /// The recipe.
  public let recipe: TrainingRecipe
  /// The steps that were taken.
  public let steps: Int
  /// Seconds of computing, on a machine that may have had other work.
  public let seconds: Double
  /// Threads that computed.
  public let threads: Int
  /// The processor.
  public let machine: String
  /// The revision of the source, as the person who trained says it.
  public let revision: String?

  /// Collects the facts about a training that has run here.
  public init(
    recipe: TrainingRecipe, steps: Int, seconds: Double, threads: Int, revision: String? = nil
  ) {
    (self.recipe, self.steps, self.seconds, self.threads) = (recipe, steps, seconds, threads)
    self.revision = revision
    machine = "\(Self.processorName), \(Processor.coreCount) cores"
  }

  /// The processor's name as the system tells it.
  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    return name ?? "a processor without a name"
  }

  /// The time of computing, to the minute.
  var duration: String {
    let minutes = Int((seconds / 60).rounded())
    return minutes < 60 ? "\(minutes) minutes" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// The section of a card that says how to train the model again.
  ///
  /// - Parameter examples: What a step and all steps saw, such as "of 8 windows".
  /// - Returns: The section.
  func recipeSection(examples: String) -> String {
    let unfinished =
      steps < recipe.steps ? " of \(recipe.steps): **the training was not finished**" : ""
    let first = recipe.start.map {
      "\nIt goes on from the weights of `\(URL(fileURLWithPath: $0).lastPathComponent)`, trained by the recipe"
        + " of that name.\n"
    }
    return """
      ## Recipe

      ```sh
      plumb train Recipes/\(recipe.name).json --data DATA --threads \(threads)
      ```
      \(first ?? "")
      - \(steps) steps\(unfinished) \(examples)
      - \(duration) of computing with \(threads) thread\(threads == 1 ? "" : "s") at low priority beside \
      other work, on \(machine)
      - Revision of the source: \(revision ?? "not noted")

      ```json
      \(recipeText)
      ```
      """
  }

  /// The recipe as it is written in files.
  public var recipeText: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(recipe)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
