import ArgumentParser
import Foundation
import Laboratory
import PlumbKernels
import Reproduction

/// Repeats every experiment into one report.
struct Reproduce: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Repeat every experiment on this machine, into one report that opens offline.",
    discussion: """
      Each part is kept in the store under its recipe: what is there already is not done again, and \
      what was interrupted goes on where it was. A part that fails is reported in its place, the \
      others go on, and the exit status is 1.
      """)

  @Option(help: "The classifier: a model's name or path.")
  var vision = ReproductionSettings.defaultVision

  @Option(help: "The language model: a model's name or path.")
  var language = ReproductionSettings.defaultLanguage

  @Option(help: "A folder or tar archive of photographs, to show beside what units look for.")
  var images: String?

  @Option(help: "Do these parts alone, separated by commas: \(Reproduction.partNames).")
  var only: String?

  @Flag(help: "Five seeds of the fine-tuning instead of one, and so intervals over seeds.")
  var thorough = false

  @Option(name: .shortAndLong, help: "The folder of the report.", completion: .directory)
  var output = "report"

  @Flag(help: "Do everything again, whatever the store has.")
  var fresh = false

  @Option(help: "Random seed; the same seed gives the same report.")
  var seed: UInt64 = 0

  @OptionGroup var models: ModelOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var storeOptions: StoreOptions

  @Flag(help: "Print one JSON object about the parts instead of text.")
  var json = false

  func validate() throws {
    let known = Reproduction.partNames.components(separatedBy: ", ")
    for name in names ?? [] where !known.contains(name) {
      throw ValidationError("--only must be of \(Reproduction.partNames), not '\(name)'.")
    }
  }

  /// The parts that `--only` names.
  private var names: [String]? {
    only?.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  func run() async throws {
    var settings = ReproductionSettings(
      vision: vision, language: language, library: models.library,
      // All cores, busy or not: with another number the parts in the store would be others.
      threads: threads.apply(usual: Processor.coreCount))
    settings.images = images
    settings.seeds = thorough ? 5 : 1
    settings.seed = seed
    let parts = try Reproduction(settings).parts(named: names)
    let folder = try place()
    var runner = PartRunner(
      store: try storeOptions.open(), versions: try RunningProgram.versions(),
      machine: try RunningProgram.machine())
    runner.isFresh = fresh

    let progress = ReportProgress()
    let work = runner
    let results = try await interruptible {
      defer { progress.finish() }
      return try await work.run(parts) { progress.update($0) }
    }
    let report = Reproduction.report(
      on: results, command: command, versions: runner.versions, machine: runner.machine)
    try report.write(to: folder)
    try printResults(results, page: folder.appending(path: "index.html"))
    if results.contains(where: { $0.failure != nil }) { throw ExitCode.failure }
  }

  /// Makes the folder before the long work, so that it does not end in a place it cannot write to.
  private func place() throws -> URL {
    let folder = URL(filePath: (output as NSString).expandingTildeInPath)
    try OutputPath.prepare(folder: folder.path)
    return folder
  }

  /// What makes the report again.
  private var command: String {
    var words = ["plumb reproduce"]
    if vision != ReproductionSettings.defaultVision { words.append("--vision \(vision)") }
    if language != ReproductionSettings.defaultLanguage { words.append("--language \(language)") }
    if let images { words.append("--images \(images)") }
    if thorough { words.append("--thorough") }
    if seed != 0 { words.append("--seed \(seed)") }
    return words.joined(separator: " ")
  }

  private func printResults(_ results: [PartResult], page: URL) throws {
    if json {
      return try CommandOutput("reproduce", Fields(report: page.path, results: results)).print()
    }
    for result in results {
      if let failure = result.failure {
        print("\(result.name): failed. \(failure)")
      } else {
        let time = ProgressLine.duration(result.seconds)
        print("\(result.name): \(result.isCached ? "in the store" : "done"), \(time)")
      }
    }
    print("Report: \(page.path)")
  }

  private struct Fields: Encodable {
    struct Part: Encodable {
      let name: String
      let run: String?
      let seconds: Double
      let isCached: Bool
      let error: String?
    }
    let report: String
    let parts: [Part]

    init(report: String, results: [PartResult]) {
      self.report = report
      parts = results.map {
        Part(
          name: $0.name, run: $0.run, seconds: $0.seconds, isCached: $0.isCached,
          error: $0.failure)
      }
    }
  }
}
