import ArgumentParser
import Foundation
import PlumbModels
import VisionModels

extension Models {
  /// Downloads a model into the user's folder of models.
  struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a model: a Hugging Face repository or a file.",
      discussion: """
        The model is there as a whole or not at all. An interrupted download goes on where it ended \
        when the command is run again.
        """)

    @Argument(
      help: "A repository such as 'openai-community/gpt2', or the address of a model file.")
    var source: String

    @Option(help: "The revision of a repository.")
    var revision = "main"

    @OptionGroup var options: ModelOptions

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() async throws {
      let source = try ModelDownload.Source(source, revision: revision)
      let folder =
        options.models.map { URL(fileURLWithPath: $0) } ?? ModelLibrary.userFolder()
      let description = try description(of: source)
      let (label, isQuiet) = (source.name, json)
      let target = try await interruptible {
        let line = ProgressLine(label, unit: "kB", isSilent: isQuiet)
        defer { line.finish() }
        let (updates, feed) = AsyncStream.makeStream(
          of: ModelDownload.Progress.self, bufferingPolicy: .bufferingNewest(1))
        let download = Task {
          defer { feed.finish() }
          return try await ModelDownload(source, to: folder).run(describing: description) {
            feed.yield($0)
          }
        }
        return try await withTaskCancellationHandler {
          for await update in updates {
            line.update(
              update.done / 1000, of: update.total.map { $0 / 1000 }, note: update.file)
          }
          return try await download.value
        } onCancel: {
          download.cancel()
        }
      }
      if json {
        try CommandOutput("models pull", Fields(name: source.name, path: target.path)).print()
      } else {
        print("\(source.name) is in \(target.path).")
      }
    }

    /// What a file of weights alone is to be used as.
    private func description(of source: ModelDownload.Source) throws -> ModelDescription? {
      guard case .file(let url) = source else { return nil }
      let file = url.lastPathComponent
      if let name = options.architecture {
        let architecture = try VisionArchitecture.named(name)
        return ModelDescription(
          name: source.name, kind: .vision, architecture: architecture.name,
          variant: options.variant, weights: [file], input: architecture.input,
          labels: architecture.labels)
      }
      guard ["safetensors", "pth", "pt"].contains(url.pathExtension.lowercased()) else {
        // A graph says by itself what it is; its preprocessing is found out later.
        return ModelDescription(name: source.name, kind: .vision, weights: [file])
      }
      throw VisionModelError.needsArchitecture(file: url.absoluteString)
    }

    private struct Fields: Encodable {
      let name: String
      let path: String
    }
  }
}
