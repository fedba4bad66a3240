import LanguageModeling

/// Compares models before and after training, part by part.
///
/// ```swift
/// let report = try DriftAnalysis(subject).report()
/// print(report.verdict.joined(separator: "\n"))
/// ```
public struct DriftAnalysis {
  /// What is compared.
  public let subject: DriftSubject
  /// How thoroughly.
  public let settings: DriftSettings
  /// What tells registers; `nil` for lexicons alone.
  public let classifier: RegisterClassifier?
  /// Models that were trained as controls, by what was done instead.
  public var controls: [(name: String, model: Policy.Model)] = []
  /// Finds which training completions raised a token, if that was asked for.
  public var attribution: ((_ before: Policy.Model) throws -> AttributionFindings?)?

  /// Prepares a comparison.
  ///
  /// - Throws: ``DriftError/invalidSetting(name:value:needs:)`` if there is nothing to sample.
  public init(
    _ subject: DriftSubject, settings: DriftSettings = DriftSettings(),
    classifier: RegisterClassifier? = .shipped
  ) throws(DriftError) {
    for (name, value, least) in [
      ("The number of completions", settings.completions, 2),
      ("The number of tokens", subject.length, 1),
      ("The number of prompts", subject.prompts.count, 1),
    ] where value < least {
      throw .invalidSetting(name: name, value: "\(value)", needs: "\(least) or more")
    }
    guard settings.completions >= 2 * subject.prompts.count else {
      throw .invalidSetting(
        name: "The number of completions", value: "\(settings.completions)",
        needs: "at least 2 for each of the \(subject.prompts.count) prompts")
    }
    guard subject.temperature > 0, subject.temperature.isFinite else {
      throw .invalidSetting(
        name: "The temperature", value: "\(subject.temperature)", needs: "above 0")
    }
    self.subject = subject
    self.settings = settings
    self.classifier = classifier
  }

  /// Runs every part that has a meaning for these models.
  ///
  /// - Parameter progress: Called with what is being sampled.
  /// - Returns: The findings, the parts with their sentences, and the verdict.
  /// - Throws: ``DriftError``, errors of the runtime, or `CancellationError`.
  public func report(
    progress: @escaping (DriftProgress) -> Void = { _ in }
  ) throws -> DriftReport {
    let bench = try Workbench(subject, settings, classifier: classifier, progress: progress)
    let effect = bench.effect()
    var report = DriftReport(
      before: subject.name, afters: subject.afters.map(\.name), reward: subject.reward?.name,
      prompts: subject.prompts.map(\.text), settings: settings,
      isOverSeeds: bench.bootstrap.isOverSeeds, pairs: bench.pairs(), effect: effect,
      budget: bench.budget(), words: bench.words(), diversity: bench.diversity())
    report.classes = bench.classFindings()
    report.measures = bench.measures(effect)
    // A model that did not change has nothing to explain.
    if report.budget.largest > 0 {
      report.swap = try bench.swap()
      report.sharpening = try bench.sharpening()
      report.controls = try bench.controls(controls)
      let anatomies = subject.afters.indices.compactMap { bench.anatomy(ofSeed: $0) }
      report.anatomy = try bench.anatomyFindings(
        anatomies, shamValue: report.controls?.shamSingularValue)
      report.removal = try bench.removal(anatomies)
      let training = try bench.trainingArms()
      report.selection = bench.selection(training)
      report.frontier = bench.frontier(training)
      report.timeline = bench.timeline(training)
      report.attribution = try attribution?(subject.before)
    }
    report.parts = Sentences(report, subject, hasControls: !controls.isEmpty).parts
    report.verdict = Verdict(report).sentences
    return report
  }
}
