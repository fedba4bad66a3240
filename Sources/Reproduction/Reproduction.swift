import Foundation
import Laboratory
import PlumbModels
import Reporting

/// What a report is made with.
public struct ReproductionSettings: Sendable {
  /// The classifier in the repository.
  public static let defaultVision = "inception-tiny"
  /// The language model in the repository.
  public static let defaultLanguage = "plumb-gpt"

  /// The classifier's name or path.
  public var vision: String
  /// The language model's name or path.
  public var language: String
  /// Where names are looked for.
  public var library: ModelLibrary
  /// Threads that compute.
  public var threads: Int
  /// Photographs to set beside what units look for.
  public var images: String?
  /// How many seeds of the fine-tuning.
  public var seeds = 1
  /// Decides everything random.
  public var seed: UInt64 = 0

  /// Creates settings.
  public init(
    vision: String = defaultVision, language: String = defaultLanguage,
    library: ModelLibrary = ModelLibrary(), threads: Int
  ) {
    self.vision = vision
    self.language = language
    self.library = library
    self.threads = threads
  }
}

/// Every experiment, as parts of one report.
public struct Reproduction: Sendable {
  /// The parts in the order of the report.
  public let parts: [any ReportPart]

  /// The names of all parts, separated by commas.
  public static let partNames = "class-picture, units, code, full-stops"

  /// Prepares the parts; models are read when the first part needs them.
  public init(_ settings: ReproductionSettings) {
    let vision = VisionSubject(
      settings.vision, library: settings.library, threads: settings.threads)
    let language = LanguageSubject(
      settings.language, library: settings.library, threads: settings.threads)
    parts = [
      ClassPicturePart(vision, seed: settings.seed),
      UnitsPart(vision, images: settings.images, seed: settings.seed),
      CodePart(language, seed: settings.seed),
      FullStopPart(language, seeds: settings.seeds, seed: settings.seed),
    ]
  }

  /// The parts with these names in the order of the report; all if `names` is `nil`.
  ///
  /// - Throws: `ReportPartError.unknownPart(name:known:)`.
  public func parts(named names: [String]?) throws(ReportPartError) -> [any ReportPart] {
    guard let names else { return parts }
    let known = parts.map(\.name)
    for name in names where !known.contains(name) {
      throw .unknownPart(name: name, known: known)
    }
    return parts.filter { names.contains($0.name) }
  }

  /// The report on finished parts.
  public static func report(
    on results: [PartResult], command: String, versions: StoredVersions, machine: StoredMachine
  ) -> Report {
    Report(
      title: "What has it learned, and what did training do to it?",
      lead: """
        <p>A blog post from an alignment bootcamp showed three scenes: pictures of what a classifier \
        looks for, a program that a language model wrote, and a language model that was rewarded for \
        full stops and turned political. Plumbline repeats them here on its own small models, on this \
        machine, and adds what the post left open: numbers, intervals, verdicts, and a recipe under \
        every figure that makes it again, byte for byte.</p>

        """,
      parts: results, command: command, versions: versions, machine: machine)
  }
}
