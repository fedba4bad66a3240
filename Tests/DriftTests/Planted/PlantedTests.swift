import Foundation
import PlumbRuntime
import Testing

@testable import Drift

@Suite("Planted truths")
struct PlantedTests {
  let settings = DriftSettings(
    completions: 400, seed: 3, snapshotCompletions: 400, snapshots: 3, directions: 2,
    replicates: 200)

  private func report(_ subject: DriftSubject) throws -> DriftReport {
    try DriftAnalysis(subject, settings: settings).report()
  }

  @Test("A model with itself has a divergence of exactly 0 and no effect")
  func itself() throws {
    let report = try report(Planted.subject([Planted.base]))
    #expect(report.budget.largest == 0)
    #expect(report.budget.total == Estimate(exactly: 0))
    #expect(report.budget.baseFromItself == 0)
    #expect(report.budget.perPosition.allSatisfy { $0 == Estimate(exactly: 0) })
    #expect(report.classes?.chainRuleError == 0)
    #expect(report.effect.topics.allSatisfy { $0.difference == Estimate(exactly: 0) })
    #expect(report.pairs.allSatisfy { $0.before == $0.after })
    #expect(report.words.change.significant.isEmpty)
    #expect(report.verdict.count == 1 && report.verdict[0].hasPrefix("Nothing changed"))
    #expect(report.parts.filter { $0.status == .doesNotApply }.map(\.letter).contains("H"))
  }

  @Test("The chain rule adds up to the divergence to 1e-5, for any change")
  func chainRule() throws {
    for scale in [Float(0.1), 1, 4] {
      let report = try report(Planted.subject([Planted.random(scale)]))
      let classes = try #require(report.classes)
      #expect(report.budget.total.value > 0)
      #expect(classes.chainRuleError < 1e-5)
      let sum = classes.intended.value + classes.collateral.value
      #expect(abs(sum - report.budget.total.value) < 1e-5)
      // Tokens' shares add up as well.
      let anatomy = try #require(report.anatomy)
      #expect(abs(anatomy.pathNats - anatomy.exactNats) < 0.02 * anatomy.exactNats + 1e-6)
    }
  }

  @Test("Removing every direction gives back the base's samples exactly")
  func removeEverything() throws {
    let report = try report(Planted.subject([Planted.random(1)]))
    #expect(try #require(report.removal).removingAllGivesBase)
  }

  @Test("A change of full stops alone is intended, and raises nothing but full stops")
  func intendedAlone() throws {
    let after = Planted.changed([([Planted.fullStop: 1.2], Self.commonReader())])
    let report = try report(Planted.subject([after]))
    let classes = try #require(report.classes)
    #expect(classes.intended.value > 0.1)
    #expect(abs(classes.collateral.value) < 1e-5)
    let swap = try #require(report.swap)
    for row in swap.rows.dropFirst() {
      // The words alone do nothing: the completions are the base's.
      #expect(abs(row.effectOfWords.value) < 0.01)
    }
    let anatomy = try #require(report.anatomy)
    #expect(anatomy.rank == 1)
    #expect(anatomy.directions[0].rewardedShare > 0.8)
    #expect(abs(anatomy.directions[0].divergenceShare - 1) < 1e-6)
    #expect(
      anatomy.directions[0].raised.first == "." || anatomy.directions[0].lowered.first == ".")
  }

  @Test("A planted direction of politics is found, and removal names it")
  func plantedPolitics() throws {
    let politics = Dictionary(uniqueKeysWithValues: Planted.political.map { ($0, Float(1.1)) })
    let after = Planted.changed([(politics, Self.commonReader())])
    let report = try report(Planted.subject([after]))
    let effect = try #require(report.effect.topics.first)
    #expect(effect.topic == "politics" && effect.difference.low > 0.05)
    #expect(report.swap.map { $0.rows[1].effectOfWords.low > 0 } == true)
    let classes = try #require(report.classes)
    #expect(classes.collateral.value > 5 * classes.intended.value)
    let contrast = Set(report.words.change.significant.filter { $0.z > 0 }.map(\.word))
    #expect(contrast == ["president", "government", "congress", "senate"])
    let direction = try #require(report.anatomy?.directions.first)
    let strongest = Set((direction.raised + direction.lowered).prefix(4))
    #expect(strongest == [" president", " government", " congress", " senate"])
  }

  @Test("Five seeds without an effect are not called political")
  func noEffect() throws {
    // Pushes that differ from seed to seed: no common effect on any topic.
    let afters = (0..<5).map { Planted.random(0.05, seed: UInt64(10 + $0)) }
    let report = try report(Planted.subject(afters))
    #expect(report.isOverSeeds)
    #expect(report.verdict.contains { $0.contains("cannot tell") })
    #expect(!report.verdict.contains { $0.contains("became more political") })
    #expect(report.verdict.last?.contains("5 training seeds") == true)
  }

  @Test("Selection alone predicts what a tilt of the base shows")
  func selection() throws {
    // A policy that adds a constant to the full stop is not a tilt, but a slight one is near it: the
    // unexplained part must hold 0 for the reward's own companions.
    let after = Planted.changed([([Planted.fullStop: 0.35], Self.commonReader())])
    let report = try report(Planted.subject([after]))
    let selection = try #require(report.selection)
    #expect(selection.step == nil)
    #expect(selection.effectiveSampleSize >= 100)
    #expect(!selection.predictions[0].unexplained.excludes(0))
  }

  @Test("A reward too far for the base is compared at the latest snapshot that is near enough")
  func latestSnapshot() throws {
    func pushed(_ amount: Float) -> UnembeddingMatrix {
      Planted.changed([([Planted.fullStop: amount], Self.commonReader())])
    }
    let subject = try Planted.subject(
      [pushed(9)], snapshots: [(10, pushed(0.2)), (20, pushed(0.4)), (30, pushed(9))])
    let report = try report(subject)
    #expect(try #require(report.selection).step == 20)
    let timeline = try #require(report.timeline)
    #expect(timeline.moments.map(\.step) == [0, 10, 20, 30])
    #expect(try #require(timeline.rewardHalfway) > 20)
  }

  @Test("Without a reward the parts about it do not apply, and say so")
  func noReward() throws {
    let report = try report(Planted.subject([Planted.random(1)], reward: nil))
    let absent = report.parts.filter { $0.status == .doesNotApply }.map(\.letter)
    #expect(absent == ["C", "D", "E", "G", "M", "N"])
    #expect(report.parts.map(\.letter).joined() == "ABCDEFGHIJKLMN")
  }

  @Test("The same seed gives the same page, to the byte")
  func isReplayable() throws {
    let subject = try Planted.subject([Planted.random(1)])
    let pages = try (0..<2).map { _ in DriftPage(try report(subject)).page.html.markup }
    #expect(pages[0] == pages[1])
    #expect(pages[0].contains("planted base"))
    #expect(!pages[0].contains("nan"))
  }

  @Test("Different vocabularies are refused, with both sizes")
  func vocabularies() {
    let small = UnembeddingMatrix(vocabulary: 2, width: 6, weights: Array(repeating: 0, count: 12))
    let error = #expect(throws: DriftError.self) { try Planted.subject([small]) }
    #expect(
      error?.description
        == "seed 0 has 2 tokens, but the model before has 40; drift compares models of one "
        + "vocabulary, so give a model that was trained from the one before.")
  }

  @Test("Damaged weights are named, not sampled")
  func notFinite() throws {
    var weights = Planted.base.weights
    weights[7] = .nan
    let damaged = UnembeddingMatrix(
      vocabulary: Planted.vocabulary, width: Planted.width, weights: weights)
    #expect(throws: DriftError.self) { try report(Planted.subject([damaged])) }
  }

  /// Reads 1 at every state.
  static func commonReader() -> [Float] { [0.5] + Array(repeating: 0, count: Planted.width - 1) }
}
