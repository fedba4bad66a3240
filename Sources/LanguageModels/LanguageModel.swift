import Foundation
import PlumbFiles
import PlumbModels
import PlumbTokenizers

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
  /// - Throws: `ModelError` if there is no such model or it is not a language model;
  ///   ``TransformerError`` or `TokenizerError` if its files are wrong.
  public static func load(
    _ argument: String, from library: ModelLibrary = ModelLibrary()
  ) throws -> LanguageModel {
    try LanguageModel(library.find(argument), library: library)
  }

  /// Loads the model at a location.
  ///
  /// - Parameters:
  ///   - location: Where the model is.
  ///   - library: Where the base is looked for, if the model is described as changes of another.
  /// - Throws: See ``load(_:from:)``.
  public init(_ location: ModelLocation, library: ModelLibrary = ModelLibrary()) throws {
    try self.init(location, library: library, depth: 0)
  }

  private init(_ location: ModelLocation, library: ModelLibrary, depth: Int) throws {
    guard location.kind == .language else {
      throw ModelError.wrongKind(name: location.name, kind: location.kind, needed: .language)
    }
    self.location = location
    name = location.description?.name ?? location.name
    if let base = location.description?.base {
      let model = try Self.load(base, of: location, from: library, depth: depth + 1)
      let changes = try ModelChanges(
        contentsOf: location.url.appendingPathComponent(ModelChanges.fileName))
      transformer = try model.transformer.adding(changes.parameters)
      tokenizer = model.tokenizer
      digest = WeightsDigest(files: model.location.weightFiles + location.weightFiles)
      return
    }
    transformer = try TransformerModel.load(from: location.url.path)
    let hasTokenizer = ["tokenizer.json", "vocab.json", "merges.txt"].contains {
      FileManager.default.fileExists(atPath: location.url.appendingPathComponent($0).path)
    }
    tokenizer = hasTokenizer ? try BPETokenizer.load(from: location.url) : nil
    digest = WeightsDigest(files: location.weightFiles)
  }

  /// Loads the base of a model that is described as changes of it, and makes sure of its weights.
  private static func load(
    _ base: ModelDescription.Base, of location: ModelLocation, from library: ModelLibrary,
    depth: Int
  ) throws -> LanguageModel {
    // Changes of changes are fine; a circle of them would never end.
    guard depth < 16 else { throw ModelError.ownBase(name: location.name) }
    let model = try LanguageModel(library.find(base.name), library: library, depth: depth)
    let digest = try model.digest.value()
    guard digest == base.digest else {
      throw ModelError.otherBase(
        name: location.name, base: base.name, expected: base.digest, got: digest)
    }
    return model
  }
}

extension LanguageModel {
  /// The reference to this model.
  ///
  /// - Returns: The argument's name and the digest of the weights.
  /// - Throws: `SafetensorsError` if the weights cannot be read.
  public func reference() throws -> ModelReference {
    ModelReference(name: location.argument, digest: try digest.value())
  }
}
