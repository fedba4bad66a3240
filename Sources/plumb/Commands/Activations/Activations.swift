import ArgumentParser
import FeatureVisualization
import Foundation
import PlumbFiles
import PlumbModels
import PlumbRuntime

/// Saves what a model computes inside.
struct Activations: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Save any named values that a model computes, and their gradients.",
    discussion: """
      The values are saved under the names of their hook points; the model's result always also as \
      'output'. With --gradient-of, 'input.gradient' is the gradient for the input, and \
      'HOOK.gradient' that for each value. 'plumb models info' lists a model's hook points.
      """)

  @Argument(help: "A model's name from 'plumb models list', or a path.")
  var model: String

  @Argument(
    help: """
      For a vision model a picture, or a safetensors file whose only tensor enters the network as it \
      stands. For a language model a text, or a safetensors file with 'input_ids' and optionally \
      'attention_mask'.
      """)
  var input: String

  @Option(help: "Hook points, such as 'mixed4a,mixed4b_*'; * stands for any letters.")
  var hooks: String

  @Option(
    help: """
      The number whose gradients to save, such as 'mixed4a:476' or 'output:3'; of a language model \
      'logit:TOKEN@POSITION' or 'logprob:TOKEN@POSITION', TOKEN an id or a text in quotation marks, \
      POSITION negative from the end.
      """)
  var gradientOf: String?

  @Option(
    help: """
      Let a language model write this many tokens first, the most probable each time, and save the \
      values that it had while writing too.
      """)
  var newTokens = 0

  @Option(help: "The row of the batch whose number that is.")
  var row = 0

  @Option(help: "How gradients pass ReLUs: off, lucid or lucent.")
  var redirectedRelu: VisualizationRecipe.RedirectedReLU = .off

  @Option(help: "The safetensors file to write.")
  var save: String

  @OptionGroup var options: ModelOptions
  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    guard !HookPattern.list(hooks).isEmpty else {
      throw ValidationError("--hooks names no hook point; '*' means all.")
    }
    guard newTokens >= 0 else {
      throw ValidationError("--new-tokens must be 0 or more, not \(newTokens).")
    }
    guard row >= 0 else { throw ValidationError("--row must be 0 or more, not \(row).") }
  }

  func run() async throws {
    threads.apply()
    let location = try options.find(model)
    try OutputPath.prepare(file: save)
    let (values, reference) =
      switch location.kind {
      case .vision: try visionValues()
      case .language: try languageValues()
      }
    let tensors = values.mapValues { StoredTensor($0.elements, shape: $0.shape.sizes) }
    try SafetensorsWriter.write(tensors, metadata: ["model": reference.digest], to: save)
    let rows = values.sorted { $0.key < $1.key }
      .map { Row(name: $0.key, shape: $0.value.shape.sizes) }
    if json {
      let recipe = Recipe(
        model: reference, input: input, hooks: hooks, gradientOf: gradientOf, row: row,
        redirectedReLU: redirectedRelu, newTokens: newTokens)
      try CommandOutput("activations", recipe: recipe, Fields(output: save, values: rows)).print()
    } else {
      for row in rows {
        print("\(row.name)  \(row.shape.map(String.init).joined(separator: " x "))")
      }
      print("Saved \(rows.count) tensors in \(save).")
    }
  }

  private struct Row: Encodable {
    let name: String
    let shape: [Int]
  }

  private struct Fields: Encodable {
    let output: String
    let values: [Row]
  }

  private struct Recipe: Encodable {
    var plumb = 1
    var command = "activations"
    let model: ModelReference
    let input: String
    let hooks: String
    let gradientOf: String?
    let row: Int
    let redirectedReLU: VisualizationRecipe.RedirectedReLU
    let newTokens: Int
  }
}
