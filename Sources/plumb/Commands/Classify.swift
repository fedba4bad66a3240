import ArgumentParser
import Foundation
import PlumbFiles
import PlumbModels
import VisionModels

/// Says what is on pictures.
struct Classify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Name what a vision model sees on pictures.",
    discussion: """
      Shows each picture's highest classes. A picture of another size than the model's is scaled \
      evenly and its center taken.
      """)

  @Argument(help: "A model's name from 'plumb models list', or a path.")
  var model: String

  @Argument(help: "JPEG or PNG files.")
  var images: [String]

  @Option(help: "How many classes to show for each picture.")
  var top = 5

  @OptionGroup var options: ModelOptions
  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top must be 1 or more, not \(top).") }
    guard !images.isEmpty else { throw ValidationError("Name at least one picture.") }
  }

  func run() async throws {
    threads.apply()
    let model = try options.visionModel(model)
    if !model.isPreprocessingKnown {
      Console.note(
        "'\(model.name)' does not say how pixels enter it; they enter as 0...1."
          + " 'plumb models check' finds out.")
    }
    let classifier = try ImageClassifier(model)
    var rows: [Row] = []
    // A picture that cannot be read does not keep the others from being named.
    var failures: [any Error] = []
    for path in images {
      do {
        let picture = try ImageFile.read(path)
        let top = try classifier.classify([picture], top: top)[0]
        rows.append(Row(path: path, top: top))
        if !json { Self.print(path, top) }
      } catch let error as ImageError {
        failures.append(error)
        if images.count > 1 { Console.note("\(error)") }
      }
    }
    if rows.isEmpty, let error = failures.first { throw error }
    if json {
      let recipe = Recipe(model: try model.reference(), images: images, top: top)
      try CommandOutput("classify", recipe: recipe, Fields(images: rows)).print()
    }
    if !failures.isEmpty { throw ExitCode(1) }
  }

  private static func print(_ path: String, _ top: [ImageClassifier.ClassScore]) {
    Swift.print(path)
    for score in top {
      Swift.print(
        String(
          format: "  %6.2f %%  %8.3f  ", score.probability * 100, score.logit)
          + "\(score.index)" + (score.label.map { "  \($0)" } ?? ""))
    }
  }

  private struct Row: Encodable {
    let path: String
    let top: [ImageClassifier.ClassScore]
  }

  private struct Fields: Encodable { let images: [Row] }

  private struct Recipe: Encodable {
    var plumb = 1
    var command = "classify"
    let model: ModelReference
    let images: [String]
    let top: Int
  }
}
