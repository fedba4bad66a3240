import Foundation
import LanguageModels
import PlumbFiles
import PlumbKernels
import PlumbModels
import PlumbTokenizers

/// A language model that is ready to write: its weights packed for decoding, and its tokenizer.
///
/// The files are read in place; nothing but the packed weights is kept.
public struct WritingModel: Sendable {
  /// The model's name.
  public let name: String
  /// Computes.
  public let decoder: Decoder
  /// How text becomes tokens; `nil` if the folder has no tokenizer.
  public let tokenizer: BPETokenizer?
  /// What tells its weights from all others.
  public let digest: WeightsDigest

  /// Loads the model that an argument means.
  ///
  /// - Parameters:
  ///   - argument: A path or a name.
  ///   - library: Where names are looked for.
  ///   - precision: How the weights are kept.
  ///   - threads: The number of threads; `nil` for those that are free.
  /// - Returns: The model.
  /// - Throws: `ModelError` if there is no such model or it is not a language model;
  ///   ``WritingError/otherVocabulary(model:tokenizer:weights:)``; an error of its files.
  public static func load(
    _ argument: String, from library: ModelLibrary = ModelLibrary(),
    precision: WeightPrecision = .fp32, threads: Int? = nil
  ) throws -> WritingModel {
    let location = try library.find(argument)
    guard location.kind == .language else {
      throw ModelError.wrongKind(name: location.name, kind: location.kind, needed: .language)
    }
    if location.description?.base != nil {
      // Changes of another model are added to it in memory.
      let whole = try LanguageModel(location, library: library)
      return WritingModel(
        name: whole.name,
        decoder: try Decoder(whole.transformer, precision: precision, threads: threads),
        tokenizer: whole.tokenizer, digest: whole.digest)
    }
    let checkpoint = try TransformerCheckpoint(contentsOf: location.url.path)
    let tokenizer = try tokenizer(in: location.url)
    let name = location.description?.name ?? location.name
    if let size = tokenizer?.vocabularySize, size > checkpoint.configuration.vocabulary {
      throw WritingError.otherVocabulary(
        model: name, tokenizer: size, weights: checkpoint.configuration.vocabulary)
    }
    return WritingModel(
      name: name, decoder: try Decoder(checkpoint, precision: precision, threads: threads),
      tokenizer: tokenizer, digest: WeightsDigest(files: location.weightFiles))
  }

  private static func tokenizer(in folder: URL) throws -> BPETokenizer? {
    let isThere = ["tokenizer.json", "vocab.json", "merges.txt"].contains {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
    }
    return isThere ? try BPETokenizer.load(from: folder) : nil
  }

  /// The tokens of a prompt, with the token that the model expects first; the empty text is the start
  /// of a document.
  ///
  /// - Parameters:
  ///   - text: The prompt.
  ///   - addsBeginning: Whether the token that begins a text is put first, for models that have one.
  /// - Returns: The tokens; none if the text is empty and the model has no token for its start.
  /// - Throws: ``WritingError/noTokenizer(model:)``.
  public func tokens(of text: String, addsBeginning: Bool = true) throws(WritingError) -> [Int] {
    guard let tokenizer else { throw .noTokenizer(model: name) }
    return tokenizer.encode(prompt: text, addsBeginning: addsBeginning)
  }
}

/// Why a model cannot write what is asked for.
public enum WritingError: Error, Equatable, Sendable {
  /// The tokenizer has more tokens than the weights.
  case otherVocabulary(model: String, tokenizer: Int, weights: Int)
  /// The model has no tokenizer, and a text was given.
  case noTokenizer(model: String)
  /// A transcript was made by other weights.
  case otherWeights(model: String, expected: String, got: String)
  /// A file is no transcript.
  case noTranscript(file: String, reason: String)
}

extension WritingError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .otherVocabulary(let model, let tokenizer, let weights):
      return "The tokenizer of '\(model)' has \(tokenizer) tokens, its weights only \(weights);"
        + " they belong to different models."
    case .noTokenizer(let model):
      return "'\(model)' has no tokenizer; give the prompt as token ids with --ids."
    case .otherWeights(let model, let expected, let got):
      return "'\(model)' now has the weights \(got), but the transcript was made with \(expected);"
        + " it cannot be replayed."
    case .noTranscript(let file, let reason):
      return "\(file) is no transcript of 'plumb complete --json': \(reason)."
    }
  }
}
