import Foundation
import PlumbFiles

/// A language model with what it needs to be used: its weights and its tokenizer.
public struct LanguageModel: Sendable {
  /// The model's name.
  public let name: String
  /// Where it was found.
  public let location: ModelLocation
  /// What it computes, with its weights.
  public let transformer: TransformerModel
  /// How text becomes tokens; `nil` if the folder has no tokenizer.
  public let tokenizer: BPETokenizer?
  /// What tells its weights from all others.
  public let digest: WeightsDigest

  /// Loads the model that an argument means.
  ///
  /// - Parameters:
  ///   - argument: A path or a name.
  ///   - library: Where names are looked for.
  /// - Returns: The model.
  /// - Throws: ``ModelError`` if there is no such model or it is not a language model;
  ///   ``TransformerError`` or ``TokenizerError`` if its files are wrong.
  public static func load(
    _ argument: String, from library: ModelLibrary = ModelLibrary()
  ) throws -> LanguageModel {
    try LanguageModel(library.find(argument))
  }

  /// Loads the model at a location.
  ///
  /// - Throws: See ``load(_:from:)``.
  public init(_ location: ModelLocation) throws {
    guard location.kind == .language else {
      throw ModelError.wrongKind(name: location.name, kind: location.kind, needed: .language)
    }
    self.location = location
    name = location.description?.name ?? location.name
    transformer = try TransformerModel.load(from: location.url.path)
    let hasTokenizer = ["tokenizer.json", "vocab.json", "merges.txt"].contains {
      FileManager.default.fileExists(atPath: location.url.appendingPathComponent($0).path)
    }
    tokenizer = hasTokenizer ? try BPETokenizer.load(from: location.url) : nil
    digest = WeightsDigest(files: location.weightFiles)
  }
}
