import ArgumentParser
import Foundation
import LanguageModels
import PlumbGraph
import PlumbModels
import VisionModels

extension Models {
  /// Prints what one model is.
  struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describe one model: its weights, its input, its layers.")

    @Argument(help: "A model's name from 'plumb models list', or a path.")
    var model: String

    @OptionGroup var options: ModelOptions

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() async throws {
      let location = try options.find(model)
      let report =
        switch location.kind {
        case .vision: try Report(options.visionModel(model))
        case .language: try Report(options.languageModel(model))
        }
      if json {
        try CommandOutput("models info", report).print()
      } else {
        report.printText()
      }
    }
  }
}

/// What is told of a model.
private struct Report: Encodable {
  struct Layer: Encodable {
    let name: String
    let shape: [Int]
  }

  let name: String
  let kind: ModelDescription.Kind
  let form: ModelLocation.Form
  let path: String
  let digest: String
  let parameterCount: Int
  let architecture: String?
  let variant: String?
  let input: InputDescription?
  /// Whether the preprocessing was told, and not merely assumed.
  let isPreprocessingKnown: Bool?
  let classCount: Int?
  let labels: String?
  let layers: [Layer]
  let facts: [String: String]

  init(_ model: VisionModel) throws {
    name = model.name
    kind = .vision
    form = model.location.form
    path = model.location.url.path
    digest = try model.digest.value()
    parameterCount = model.parameters.names.reduce(0) {
      $0 + (model.parameters.type(of: $1)?.shape.count ?? 0)
    }
    architecture = model.description.architecture
    variant = model.description.variant
    input = model.input
    isPreprocessingKnown = model.isPreprocessingKnown
    classCount = model.classCount
    labels = model.labels?.path
    let image = Node.input(
      "image",
      .images(batch: 1, channels: 3, height: model.input.height, width: model.input.width))
    layers = try model.network(on: image).layers.map {
      Layer(name: $0.name, shape: Array($0.node.shape.sizes.dropFirst()))
    }
    facts = [:]
  }

  /// The hook points of a language model take the place of layers.
  init(_ model: LanguageModel) throws {
    let configuration = model.transformer.configuration
    name = model.name
    kind = .language
    form = model.location.form
    path = model.location.url.path
    digest = try model.digest.value()
    parameterCount = configuration.parameterShapes.reduce(0) { $0 + $1.shape.count }
    architecture = configuration.family.rawValue
    (variant, input, isPreprocessingKnown, classCount, labels) = (nil, nil, nil, nil, nil)
    let network = try configuration.network(
      batch: 1, positions: configuration.contextLength, hooks: .withResults)
    layers = network.graph.nodes.compactMap { node in
      (node.operation as? Named).map {
        Layer(name: $0.label, shape: Array(node.shape.sizes.dropFirst()))
      }
    }
    facts = [
      "layers": "\(configuration.layers)", "heads": "\(configuration.attention.heads)",
      "width": "\(configuration.width)", "context": "\(configuration.contextLength)",
      "vocabulary": "\(configuration.vocabulary)",
      "tokenizer": model.tokenizer.map { "\($0.vocabularySize) pieces" } ?? "none",
    ]
  }

  func printText() {
    print("\(name): \(kind.rawValue) model, \(parameterCount) parameters")
    print("  path          \(path) (\(form.rawValue))")
    print("  digest        \(digest)")
    if let architecture {
      print("  architecture  \(architecture)\(variant.map { ", variant \($0)" } ?? "")")
    }
    if let input {
      print("  input         \(input.height) x \(input.width), \(input.channels.rawValue)")
      let isKnown = isPreprocessingKnown == true
      print("  preprocessing \(input.formula)\(isKnown ? "" : " (assumed; see 'models check')")")
    }
    if let classCount { print("  classes       \(classCount), labels: \(labels ?? "none")") }
    for (name, value) in facts.sorted(by: { $0.key < $1.key }) {
      print("  \(name.padding(toLength: 13, withPad: " ", startingAt: 0)) \(value)")
    }
    if !layers.isEmpty {
      print(
        kind == .vision
          ? "  layers [channel, height, width]:" : "  hook points [position, ...] or [head, ...]:")
    }
    for layer in layers {
      let sizes = layer.shape.map(String.init).joined(separator: " x ")
      print("    \(layer.name)  \(sizes)")
    }
  }
}
