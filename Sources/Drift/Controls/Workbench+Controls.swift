extension Workbench {
  /// Part G: what the control trainings did, by the measures of the experiment.
  func controls(_ controls: [(name: String, model: Policy.Model)]) throws -> ControlFindings? {
    guard !controls.isEmpty else { return nil }
    let count = settings.removalCompletions(seeds: 2)
    let bootstrap = Bootstrap(
      completions: count, replicates: settings.replicates, seed: settings.seed)
    let few = Bootstrap(
      completions: min(count, Self.divergenceCompletions), replicates: settings.replicates,
      seed: settings.seed)
    var findings = ControlFindings(topics: focus.map { scorer.topicNames[$0] }, rows: [])
    for (name, model) in controls {
      let (arm, budget) = try measuredArm(model, "control: \(name)", count: count)
      findings.rows.append(
        ControlFindings.Row(
          name: name, reward: bootstrap.mean([arm.rewards]),
          divergence: few.mean([budget.perCompletion]),
          topics: focus.map { bootstrap.mean([arm.topics[$0]]) },
          fromBase: focus.map {
            bootstrap.mean(Self.differences([arm.topics[$0]], from: base.topics[$0]))
          },
          singularValue: singularValue(of: model)))
    }
    return findings
  }

  /// The largest singular value of a control's change, over the base's states.
  private func singularValue(of model: Policy.Model) -> Double? {
    let before = subject.before
    guard model.body === before.body, model.unembedding.weights != before.unembedding.weights
    else { return nil }
    let width = before.unembedding.width
    return ChangeAnatomy(
      before: before.unembedding, after: model.unembedding, frequencies: profile.frequencies,
      states: Array(baseStates.prefix(2048 * width))
    ).directions.first?.singularValue
  }
}

extension ControlFindings {
  /// The name of the control whose change is noise alone.
  public static let shuffled = "rewards shuffled"

  /// The largest singular value of the sham training, below which a direction means nothing.
  var shamSingularValue: Double? { rows.first { $0.name == Self.shuffled }?.singularValue }
}
