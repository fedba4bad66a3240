import ArgumentParser
import LanguageModels
import PlumbModels
import VisionModels

/// The options of every command that uses a model.
struct ModelOptions: ParsableArguments {
  @Option(help: "A folder in which models are looked for by name before all others.")
  var models: String?

  @Option(
    help: """
      The architecture of a file that holds weights alone, such as 'inceptionv1' or 'resnet18'.
      """)
  var architecture: String?

  @Option(help: "The variant of the architecture; of InceptionV1 'lucid' or 'lucent'.")
  var variant: String?

  /// Where models are looked for.
  var library: ModelLibrary { ModelLibrary(folder: models) }

  /// Finds the model that an argument means, without loading it.
  func find(_ argument: String) throws -> ModelLocation { try library.find(argument) }

  /// Loads a vision model.
  func visionModel(_ argument: String) throws -> VisionModel {
    try .load(
      argument, from: library, options: .init(architecture: architecture, variant: variant))
  }

  /// Loads a language model.
  func languageModel(_ argument: String) throws -> LanguageModel {
    try .load(argument, from: library)
  }
}
