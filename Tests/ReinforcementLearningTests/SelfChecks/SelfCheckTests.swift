import Foundation
import PlumbKernels
import PlumbRuntime
import SmallTokenizer
import Testing

@testable import ReinforcementLearning

@Suite("Self-checks catch the mistakes that were published")
struct SelfCheckTests {
  static let (width, vocabulary, length, count) = (16, 60, 20, 64)
  let head: PolicyHead
  let hidden: [Float]

  init() throws {
    var random = RandomStream(seed: 11, name: "self-checks")
    let size = Self.vocabulary * Self.width
    head = try PolicyHead(
      unembedding: Tensor([Self.vocabulary, Self.width], random.normal(size).map { 0.4 * $0 }),
      bias: nil, temperature: 1, isTrained: true)
    hidden = random.normal(Self.count * Self.length * Self.width)
  }

  /// Tokens drawn from the head's own distribution, as a sampler with these mistakes would.
  private func sample(
    temperature: Double = 1, shift: Int = 0, topK: Int? = nil
  ) -> (batch: RolloutBatch, rows: PolicyRows) {
    var random = RandomStream(seed: 12, name: "draws")
    let (width, length) = (Self.width, Self.length)
    let weights = head.weights.read(head.count)
    var rollouts: [Rollout] = []
    for completion in 0..<Self.count {
      let ids = (0..<length).map { position -> Int in
        let place = completion * length + (position + shift + length) % length
        let h = hidden[place * width..<(place + 1) * width]
        var logits = (0..<Self.vocabulary).map { token in
          zip(h, weights[token * width..<(token + 1) * width])
            .reduce(0.0) { $0 + Double($1.0 * $1.1) } / temperature
        }
        if let topK {
          let border = logits.sorted(by: >)[topK - 1]
          logits = logits.map { $0 < border ? -.infinity : $0 }
        }
        return random.categorical(logits.map { exp($0) })
      }
      rollouts.append(Rollout(prompt: 0, ids: ids, hasEnded: false))
    }
    return (
      RolloutBatch(rollouts: rollouts, hidden: hidden),
      PolicyRows(
        hidden: hidden, baseHidden: nil,
        targets: rollouts.flatMap { $0.ids.map { Int32($0) } })
    )
  }

  private func identity(_ sample: (batch: RolloutBatch, rows: PolicyRows)) throws -> SelfCheck {
    SelfCheck.onPolicy(
      sample.batch, sample.rows, head.statistics(of: sample.rows), temperature: 1
    ) { head.statistics(of: $0, temperature: $1) }
  }

  private func constantReward(_ rows: PolicyRows) throws -> SelfCheck {
    head.beginGradient()
    let pulls = try head.accumulateGradient(of: rows, needsHidden: true) { range, _ in
      let zeros = [Float](repeating: 0, count: range.count)
      return PolicyWeights(log: zeros.map { _ in -1 }, divergence: zeros, entropy: zeros)
    }.hidden
    return .constantReward(pulls, hidden: rows.hidden, width: Self.width)
  }

  /// The hidden states with a tenth of their numbers dropped, as with dropout left on.
  private var dropped: [Float] {
    var random = RandomStream(seed: 13, name: "dropout")
    return zip(hidden, random.uniform(hidden.count)).map { $1 < 0.1 ? 0 : $0 / 0.9 }
  }

  @Test("Nothing is wrong with what is right")
  func right() throws {
    let sample = sample()
    let check = try identity(sample)
    #expect(check.verdict == .passed, "\(check.sentence)")
    let constant = try constantReward(sample.rows)
    #expect(constant.verdict == .passed, "\(constant.sentence)")
    #expect(SelfCheck.startsAtBase(head.statistics(of: sample.rows)).verdict == .passed)
  }

  @Test("Another temperature is named", arguments: [0.6, 1.5])
  func temperature(value: Double) throws {
    let check = try identity(sample(temperature: value))
    #expect(check.verdict == .failed)
    let pattern = try #require(
      check.sentence.firstMatch(of: /at temperature ([0-9.]+)\. The tokens/))
    let named = try #require(Double(pattern.1))
    #expect(abs(named - value) < 0.1, "\(check.sentence)")
    #expect(check.sentence.hasSuffix("but are scored at 1.00."))
  }

  @Test("Positions that are off by one are named, in both directions", arguments: [-1, 1])
  func offByOne(shift: Int) throws {
    let sample = sample(shift: shift)
    let check = try identity(sample)
    #expect(check.verdict == .failed)
    #expect(check.sentence.hasSuffix("The log-probabilities are taken off by one."))
    #expect(check.sentence.contains(shift < 0 ? "one position earlier" : "one position later"))
    #expect(try constantReward(sample.rows).verdict == .failed)
  }

  @Test("Cut-off tails are caught")
  func topK() throws {
    #expect(try identity(sample(topK: 5)).verdict == .failed)
  }

  @Test("Dropout that was left on while scoring is caught, twice")
  func dropout() throws {
    let (batch, sampled) = sample()
    var rows = sampled
    rows.baseHidden = hidden
    rows.hidden = dropped
    #expect(try identity((batch, rows)).verdict == .failed)
    let check = SelfCheck.startsAtBase(head.statistics(of: rows))
    #expect(check.verdict == .failed)
    #expect(check.sentence.contains("dropout left on"))
  }

  @Test("A schedule that steps instead of the optimizer leaves the weights, which is noticed")
  func weights() {
    let idle = SelfCheck.weightsMove(0, learningRate: 1e-3, gradientNorm: 2)
    #expect(idle.verdict == .failed)
    #expect(
      idle.sentence
        == "The first step did not move the weights: the optimizer never applied its step.")
    #expect(
      SelfCheck.weightsMove(0, learningRate: 0, gradientNorm: 2).sentence
        == "The first step did not move the weights: the learning rate is 0.")
    #expect(SelfCheck.weightsMove(0.1, learningRate: 1e-3, gradientNorm: 2).verdict == .passed)
  }

  @Test("A reward of other tokens than the text's is caught")
  func rewardFromText() throws {
    let tokenizer = try smallTokenizer()
    let function = try RewardFunction(.count("."), tokenizer: tokenizer)
    let texts = TokenTexts(tokenizer)
    let right = RewardedCompletion(tokenizer.encode("a..."), texts: texts)
    #expect(SelfCheck.rewardFromText(function, [(right, "a...")]).verdict == .passed)
    let check = SelfCheck.rewardFromText(function, [(right, "a..."), (right, "a..")])
    #expect(check.verdict == .failed)
    #expect(check.sentence == "Completion 1 is worth 3.0 by its tokens but 2.0 by its text.")
    let tokens = try RewardFunction(.token(.id(46)), tokenizer: tokenizer)
    #expect(SelfCheck.rewardFromText(tokens, [(right, "a...")]).verdict == .doesNotApply)
  }

  @Test("One completion with most of the squared advantage is warned of")
  func heavyTail() {
    #expect(SelfCheck.heavyTail(0.9, reward: 20).verdict == .warning)
    #expect(SelfCheck.heavyTail(0.1, reward: 2).verdict == .passed)
    #expect(SelfCheck.heavyTail(nil, reward: nil).verdict == .doesNotApply)
  }
}
