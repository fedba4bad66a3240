import Foundation
import Reporting

/// One experiment of a report: what decides it, how it is done, and how it is shown.
///
/// Doing and showing are apart. What was done is kept in the store under its recipe, so that a
/// report is made again in a moment, and shown better without being done again.
public protocol ReportPart: Sendable {
  /// Everything that decides the outcome: the methods' own recipes, and the digests of the models.
  associatedtype Recipe: Codable & Sendable
  /// What came of it, apart from the files it left.
  associatedtype Outcome: Codable & Sendable

  /// What the part is called on the command line, such as `naive-pixels`.
  var name: String { get }
  /// Its heading.
  var title: String { get }
  /// About how many seconds it takes on two cores, for the overall progress.
  var expectedSeconds: Double { get }

  /// Returns what decides the outcome, without doing it.
  ///
  /// - Throws: Whatever keeps the part from being done, such as a model that is not there.
  func plan() throws -> PartPlan<Recipe>

  /// Does it.
  ///
  /// - Throws: `CancellationError` once the task is cancelled, after saving what it needs to go on;
  ///   whatever goes wrong.
  func perform(_ recipe: Recipe, in run: PartRun) async throws -> Outcome

  /// Shows it.
  ///
  /// - Throws: If a file is not what it should be.
  func section(of outcome: Outcome, recipe: Recipe, files: PartFiles) throws -> ReportSection
}

/// What decides a part's outcome.
public struct PartPlan<Recipe: Codable & Sendable>: Sendable {
  /// The recipe.
  public var recipe: Recipe
  /// The seed in it.
  public var seed: UInt64
  /// The models it uses.
  public var models: [StoredModel]

  /// Creates a plan.
  public init(recipe: Recipe, seed: UInt64, models: [StoredModel] = []) {
    self.recipe = recipe
    self.seed = seed
    self.models = models
  }
}

/// A part while it is done.
public struct PartRun: Sendable {
  /// Takes the numbers and files.
  public let recorder: RunRecorder
  private let onProgress: @Sendable (PartProgress) -> Void

  init(recorder: RunRecorder, onProgress: @escaping @Sendable (PartProgress) -> Void) {
    self.recorder = recorder
    self.onProgress = onProgress
  }

  /// Says how far it is: so many of `total`, and what is being done.
  public func report(_ done: Int, of total: Int, _ note: String = "") {
    onProgress(PartProgress(done: done, total: total, note: note))
  }

  /// The file in which the part keeps what it needs to go on after an interrupt.
  public func stateFile(_ name: String) -> URL {
    recorder.folder.appending(path: ".state-\(name)")
  }
}

/// How far a part is.
public struct PartProgress: Sendable {
  /// So many are done.
  public let done: Int
  /// Of so many.
  public let total: Int
  /// What is being done.
  public let note: String
}

/// The files that a part left.
public struct PartFiles: Sendable {
  private let contents: [String: Data]

  /// Creates files from their bytes by name.
  public init(contents: [String: Data]) { self.contents = contents }

  /// The names of the files, sorted.
  public var names: [String] { contents.keys.sorted() }

  /// The bytes of a file.
  ///
  /// - Throws: ``ReportPartError/missingFile(name:)``.
  public func data(_ name: String) throws(ReportPartError) -> Data {
    guard let data = contents[name] else { throw .missingFile(name: name) }
    return data
  }

  /// A PNG or JPEG as part of a page, with the words that stand for it.
  ///
  /// - Throws: ``ReportPartError/missingFile(name:)``.
  public func image(_ name: String, alt: String) throws(ReportPartError) -> HTML {
    .image(try data(name), alt: alt)
  }
}

/// Why parts of a report cannot be chosen or shown.
public enum ReportPartError: Error, Equatable, Sendable {
  /// No part has this name.
  case unknownPart(name: String, known: [String])
  /// A part lacks a file that it should have left.
  case missingFile(name: String)
}

extension ReportPartError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unknownPart(let name, let known):
      "There is no part '\(name)'; the parts are \(known.joined(separator: ", "))."
    case .missingFile(let name):
      "The file '\(name)' is missing from the part's run; run it again with --fresh."
    }
  }
}
