import FeatureVisualization
import Laboratory
import LanguageModeling
import LanguageModels
import PlumbModels
import Synchronization
import VisionModels

/// The vision model of a report: found and loaded when a part first needs it, and then shared.
public final class VisionSubject: Sendable {
  /// Threads that compute, on which last bits depend.
  public let threads: Int
  private let argument: String
  private let library: ModelLibrary
  private let loaded = Mutex<VisionModel?>(nil)

  /// Creates a subject; nothing is read yet.
  ///
  /// - Parameters:
  ///   - argument: A model's name or path.
  ///   - library: Where names are looked for.
  ///   - threads: Threads that compute.
  public init(_ argument: String, library: ModelLibrary, threads: Int) {
    self.argument = argument
    self.library = library
    self.threads = threads
  }

  /// The model.
  ///
  /// - Throws: The errors of finding and loading it.
  public func model() throws -> VisionModel {
    try loaded.withLock { loaded in
      if let loaded { return loaded }
      let model = try VisionModel.load(argument, from: library)
      loaded = model
      return model
    }
  }

  /// How recipes name the model.
  func reference() throws -> PictureRecipe.Model {
    let model = try model()
    return PictureRecipe.Model(name: model.name, digest: try model.digest.value())
  }

  /// How the store names the model.
  func storedModel() throws -> StoredModel {
    let reference = try reference()
    return StoredModel(name: reference.name, digest: reference.digest)
  }
}

/// The language model of a report: found and loaded when a part first needs it, and then shared.
public final class LanguageSubject: Sendable {
  /// Threads that compute, on which last bits of training depend.
  public let threads: Int
  /// The model's name or path.
  let argument: String
  /// Where names are looked for.
  let library: ModelLibrary
  private let writer = Mutex<WritingModel?>(nil)

  /// Creates a subject; nothing is read yet.
  ///
  /// - Parameters:
  ///   - argument: A model's name or path.
  ///   - library: Where names are looked for.
  ///   - threads: Threads that compute.
  public init(_ argument: String, library: ModelLibrary, threads: Int) {
    self.argument = argument
    self.library = library
    self.threads = threads
  }

  /// The model, ready to write.
  ///
  /// - Throws: The errors of finding and loading it.
  public func writingModel() throws -> WritingModel {
    try writer.withLock { writer in
      if let writer { return writer }
      let model = try WritingModel.load(argument, from: library, threads: threads)
      writer = model
      return model
    }
  }

  /// The model with its weights as they are stored, for training.
  ///
  /// - Throws: The errors of finding and loading it.
  func trainableModel() throws -> LanguageModel { try .load(argument, from: library) }

  /// How the store names the model.
  func storedModel() throws -> StoredModel {
    let model = try writingModel()
    return StoredModel(name: model.name, digest: try model.digest.value())
  }
}
