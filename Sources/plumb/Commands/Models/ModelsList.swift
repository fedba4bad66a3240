import ArgumentParser
import Foundation
import PlumbModels

extension Models {
  /// Prints every model that can be used by name, and where it was found.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the models that can be used by name, and where each was found.")

    @OptionGroup var options: ModelOptions

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    func run() async throws {
      let library = options.library
      let models = library.models()
      if json {
        try CommandOutput("models list", Fields(models: models.map(Row.init))).print()
        return
      }
      if models.isEmpty {
        print("No models here. Looked in:")
        for place in library.places { print("  \(place.folder.path) (\(place.reason.rawValue))") }
        print("'plumb models pull' downloads one; --models DIR looks in another folder.")
        return
      }
      let width = models.map(\.name.count).max() ?? 0
      for model in models {
        let name = model.name.padding(toLength: width, withPad: " ", startingAt: 0)
        let kind = model.kind.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        print("\(name)  \(kind)  \(model.url.path) (\(model.place?.reason.rawValue ?? "path"))")
      }
    }

    private struct Fields: Encodable { let models: [Row] }

    private struct Row: Encodable {
      let name: String
      let kind: ModelDescription.Kind
      let form: ModelLocation.Form
      let path: String
      let place: String?

      init(_ location: ModelLocation) {
        name = location.name
        kind = location.kind
        form = location.form
        path = location.url.path
        place = location.place?.reason.rawValue
      }
    }
  }
}
