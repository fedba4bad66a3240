import PlumbModels
import PlumbRuntime

extension Activations {
  /// The values of a language model.
  func languageValues() throws -> (values: [String: Tensor], model: ModelReference) {
    throw ModelError.wrongKind(
      name: try options.find(model).name, kind: .language, needed: .vision)
  }
}
