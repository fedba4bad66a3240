import Foundation

/// Does the parts of a report one after the other, each once per recipe.
public struct PartRunner: Sendable {
  /// Where runs are kept.
  public let store: RunStore
  /// The programs that run.
  public let versions: StoredVersions
  /// The machine.
  public let machine: StoredMachine
  /// Whether parts are done again although the store has them.
  public var isFresh = false

  /// Creates a runner.
  public init(store: RunStore, versions: StoredVersions, machine: StoredMachine) {
    self.store = store
    self.versions = versions
    self.machine = machine
  }

  /// How far the whole is.
  public struct Progress: Sendable {
    /// The part that is being done.
    public let part: String
    /// Its place, from 0.
    public let index: Int
    /// How many parts there are.
    public let count: Int
    /// How far the part is; `nil` as it begins.
    public let within: PartProgress?
    /// The share of all expected work that is done, 0...1.
    public let overall: Double
  }

  /// Does the parts, and shows them.
  ///
  /// A part that fails is shown as failed, and the rest goes on.
  ///
  /// - Parameters:
  ///   - parts: The parts in the order of the report.
  ///   - onProgress: Hears how far it is, on the threads that do the work.
  /// - Returns: One result for each part.
  /// - Throws: `CancellationError` once the task is cancelled; what was done stays done.
  public func run(
    _ parts: [any ReportPart], onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> [PartResult] {
    let total = max(parts.reduce(0) { $0 + $1.expectedSeconds }, 1e-9)
    var before = 0.0
    var results: [PartResult] = []
    for (index, part) in parts.enumerated() {
      try Task.checkCancellation()
      let (start, share) = (before, part.expectedSeconds)
      @Sendable func report(_ within: PartProgress?) {
        let done = within.map { Double($0.done) / Double(max($0.total, 1)) } ?? 0
        onProgress(
          Progress(
            part: part.title, index: index, count: parts.count, within: within,
            overall: min((start + share * min(done, 1)) / total, 1)))
      }
      report(nil)
      results.append(try await result(of: part) { report($0) })
      before += share
    }
    return results
  }

  private func result<Part: ReportPart>(
    of part: Part, onProgress: @escaping @Sendable (PartProgress) -> Void
  ) async throws -> PartResult {
    var result = PartResult(name: part.name, title: part.title)
    do {
      let plan = try part.plan()
      let key = PartKey(part: part.name, recipe: plan.recipe)
      let start = try RunStart(
        command: "reproduce", title: part.title, recipe: key, seed: plan.seed,
        models: plan.models, versions: versions, machine: machine)
      result.recipe = start.recipe
      result.seed = plan.seed
      result.models = plan.models
      let digest = CanonicalJSON.digest(of: start.recipe)
      if !isFresh, let run = try store.finishedRun(recipeDigest: digest),
        let shown = try? shown(part, plan.recipe, run)
      {
        result.isCached = true
        return result.completed(by: shown, run: run)
      }
      let recorder = try store.begin(start)
      try await perform(part, plan.recipe, recorder, onProgress)
      let run = try store.run(recorder.id)
      result = result.completed(by: try shown(part, plan.recipe, run), run: run)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      result.state = .failed("\(error)")
    }
    return result
  }

  private func perform<Part: ReportPart>(
    _ part: Part, _ recipe: Part.Recipe, _ recorder: RunRecorder,
    _ onProgress: @escaping @Sendable (PartProgress) -> Void
  ) async throws {
    let start = ContinuousClock.now
    let earlier = try store.metrics(of: recorder.id).last { $0.name == Self.seconds }?.value ?? 0
    func recordSeconds() throws {
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      try recorder.record(step: 0, [Self.seconds: earlier + elapsed])
    }
    do {
      let run = PartRun(recorder: recorder, onProgress: onProgress)
      let outcome = try await part.perform(recipe, in: run)
      try recorder.keep(
        Data(try CanonicalJSON.pretty(outcome).utf8), as: Self.outcomeFile,
        mediaType: "application/json")
      try recordSeconds()
      try recorder.finish()
    } catch {
      try recordSeconds()
      if error is CancellationError || Task.isCancelled {
        try recorder.interrupt()
        throw CancellationError()
      }
      try recorder.fail("\(error)")
      throw error
    }
  }

  private static let outcomeFile = "outcome.json"
  /// The metric that says how long a run worked, interruptions not counted.
  private static let seconds = "seconds"

  private func shown<Part: ReportPart>(
    _ part: Part, _ recipe: Part.Recipe, _ run: StoredRun
  ) throws -> Shown {
    var contents: [String: Data] = [:]
    for artifact in try store.artifacts(of: run.id) {
      contents[artifact.name] = try store.contents(of: artifact, of: run.id)
    }
    let files = PartFiles(contents: contents)
    let outcome = try JSONDecoder().decode(
      Part.Outcome.self, from: try files.data(Self.outcomeFile))
    return Shown(
      section: try part.section(of: outcome, recipe: recipe, files: files), files: contents,
      seconds: try store.metrics(of: run.id).last { $0.name == Self.seconds }?.value ?? 0)
  }
}

private struct Shown {
  let section: ReportSection
  let files: [String: Data]
  let seconds: Double
}

/// What a part's run is found by.
private struct PartKey<Recipe: Codable & Sendable>: Encodable {
  let plumb = 1
  let command = "reproduce"
  let part: String
  let recipe: Recipe
}

/// A part, done or failed.
public struct PartResult: Sendable {
  /// How the part ended.
  public enum State: Sendable {
    /// It is done, and shown so.
    case done(ReportSection)
    /// It failed, for this reason.
    case failed(String)
  }

  /// The part's name.
  public let name: String
  /// Its heading.
  public let title: String
  /// How it ended.
  public internal(set) var state = State.failed("It was not run.")
  /// Its recipe as JSON; empty if there is none, because a model is missing.
  public internal(set) var recipe = ""
  /// The seed in the recipe.
  public internal(set) var seed: UInt64 = 0
  /// The models it used.
  public internal(set) var models: [StoredModel] = []
  /// The run in the store.
  public internal(set) var run: String?
  /// Seconds it took when it was done, interruptions not counted.
  public internal(set) var seconds = 0.0
  /// Whether the store had it already.
  public internal(set) var isCached = false
  /// The files it left, by name.
  public internal(set) var files: [String: Data] = [:]

  init(name: String, title: String) {
    self.name = name
    self.title = title
  }

  /// Why it failed, if it did.
  public var failure: String? {
    guard case .failed(let reason) = state else { return nil }
    return reason
  }

  fileprivate func completed(by shown: Shown, run: StoredRun) -> PartResult {
    var result = self
    result.state = .done(shown.section)
    result.files = shown.files
    result.run = run.id
    result.seconds = shown.seconds
    return result
  }
}
