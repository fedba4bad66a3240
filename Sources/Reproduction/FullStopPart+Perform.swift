import Drift
import Foundation
import Laboratory
import ReinforcementLearning

extension FullStopPart {
  /// Trains, then compares.
  ///
  /// - Throws: `CancellationError`, after saving; the errors of training and comparing.
  public func perform(_ recipe: Recipe, in run: PartRun) async throws -> Outcome {
    let model = try language.trainableModel()
    let steps = recipe.trainings.map(\.steps)
    let comparing = max(steps.reduce(0, +), 1)
    let total = comparing * 2
    var trained = 0
    var folders: [FineTuningFolder] = []
    for (index, training) in recipe.trainings.enumerated() {
      // The folder's last name is what the comparison calls the model.
      let folder = run.stateFile("training-\(index)")
        .appending(path: "full-stops-\(training.seed)")
      let tuning = try FineTuningRun(training, model: model, folder: folder)
      let done = trained
      try tuning.train { metrics in
        try run.recorder.record(
          step: metrics.step,
          ["seed \(training.seed)/reward": metrics.reward, "seed \(training.seed)/kl": metrics.kl])
        let which = recipe.trainings.count > 1 ? "training \(index + 1), " : ""
        run.report(done + metrics.step, of: total, "\(which)step \(metrics.step)")
      }
      trained += training.steps
      folders.append(tuning.folder)
    }
    let comparison = DriftRecipe(
      before: .init(name: language.argument), afters: folders.map { .init(name: $0.url.path) },
      settings: recipe.comparison, threads: language.threads)
    let usualArms = Double(recipe.comparison.usualArms(afters: folders.count))
    var arms: Set<String> = []
    let report = try DriftComparison.run(
      comparison, from: language.library, controls: run.stateFile("controls")
    ) { progress in
      arms.insert(progress.stage)
      let share = Double(arms.count - 1) / usualArms
      run.report(
        trained + min(Int(share * Double(comparing)), comparing - 1), of: total,
        "comparing: \(progress.stage)")
    }.report
    try run.recorder.keep(
      Data(DriftPage(report).page.html.markup.utf8), as: "drift.html", mediaType: "text/html")
    return try outcome(folders, report, recipe)
  }

  private func outcome(
    _ folders: [FineTuningFolder], _ report: DriftReport, _ recipe: Recipe
  ) throws -> Outcome {
    func samples(_ set: CompletionSet) -> [Sample] {
      set.completions.map { Sample(text: $0.text, reward: $0.reward) }
    }
    let curves = try folders.map { folder in
      try folder.metrics().map {
        Step(step: $0.step, reward: $0.reward, kl: $0.kl, entropy: $0.entropy)
      }
    }
    return Outcome(
      prompt: recipe.trainings[0].prompts[0].text ?? "", before: samples(try folders[0].before()),
      after: samples(try folders[0].after()), curves: curves,
      checks: try folders[0].checks().map { "\($0)" }, verdict: report.verdict,
      parts: report.parts.map {
        Finding(
          letter: $0.letter, name: $0.name, status: $0.status.rawValue, sentence: $0.sentence)
      },
      topics: report.effect.topics.map {
        Topic(
          name: $0.topic, before: $0.before, after: $0.after, difference: $0.difference,
          qValue: $0.qValue)
      },
      rewardBefore: report.effect.reward?.before, rewardAfter: report.effect.reward?.after,
      completions: recipe.comparison.completions)
  }
}
