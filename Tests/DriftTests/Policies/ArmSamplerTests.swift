import Foundation
import PlumbRuntime
import Testing

@testable import Drift

@Suite("Sampling arms")
struct SamplerTests {
  private var sampler: ArmSampler {
    ArmSampler(prompts: [[11], [3]], count: 600, length: 6, endOfText: nil, seed: 1)
  }
  private var base: Policy { Policy(.init(body: Planted.body, unembedding: Planted.base)) }

  @Test("Fewer completions are the first of more")
  func prefixes() throws {
    let many = try sampler.sample(base)
    let few = try sampler.drawing(10).sample(base)
    #expect(few.ids == Array(many.ids.prefix(10)))
    #expect(few.prompts == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
  }

  @Test("Tokens come as often as they are probable")
  func frequencies() throws {
    let sampler = ArmSampler(prompts: [[11]], count: 4000, length: 1, endOfText: nil, seed: 2)
    let completions = try sampler.sample(base, recording: [Planted.body])
    let program = try LogitProgram(Planted.base, rows: 1)
    var distribution = TokenDistribution(vocabulary: Planted.vocabulary)
    let logits = try program.logits(completions.states[0][..<Planted.width])
    let isFinite = distribution.set(logits, row: 0)
    #expect(isFinite)
    var counts = Array(repeating: 0.0, count: Planted.vocabulary)
    for ids in completions.ids { counts[ids[0]] += 1 }
    // Pearson's statistic of 39 degrees of freedom is below 73 in 999 of 1000 cases.
    let statistic = counts.indices.reduce(0) { sum, token in
      let expected = 4000 * Double(distribution.probabilities[token])
      return sum + (counts[token] - expected) * (counts[token] - expected) / expected
    }
    #expect(statistic < 73)
    // The mean of -ln p of what was drawn is the entropy.
    let surprise = -completions.logProbabilities.reduce(0) { $0 + $1[0] } / 4000
    #expect(abs(surprise - completions.entropies[0][0]) < 0.05)
  }

  @Test("A completion ends with the end of text")
  func endOfText() throws {
    let sampler = ArmSampler(prompts: [[11]], count: 50, length: 20, endOfText: 5, seed: 3)
    let completions = try sampler.sample(base, recording: [Planted.body])
    for ids in completions.ids {
      #expect(!ids.dropLast().contains(5))
      #expect(ids.last == 5 || ids.count == 20)
    }
    #expect(completions.states[0].count == completions.tokenCount * Planted.width)
  }

  @Test("A swap of a model with itself is the model")
  func swapWithItself() throws {
    let model = Policy.Model(body: Planted.body, unembedding: Planted.base)
    let classes = try #require(Planted.reward.classes)
    let swapped = try sampler.sample(Policy(classesOf: model, wordsOf: model, classes))
    #expect(swapped.ids == (try sampler.sample(base)).ids)
  }

  @Test("A swapped distribution has the classes of one and the words of the other")
  func swap() throws {
    let classes = try #require(Planted.reward.classes)
    var (first, second) = (
      TokenDistribution(vocabulary: Planted.vocabulary),
      TokenDistribution(vocabulary: Planted.vocabulary)
    )
    var stream = RandomStream(seed: 4, name: "logits")
    _ = first.set(stream.normal(Planted.vocabulary), row: 0)
    _ = second.set(stream.normal(Planted.vocabulary), row: 0)
    var mixed = first
    mixed.set(classes: first, words: second, classes)
    #expect(abs(mixed.probabilities.reduce(0, +) - 1) < 1e-5)
    #expect(abs(mixed.probabilities[0] - first.probabilities[0]) < 1e-6)
    let ratio = mixed.probabilities[7] / mixed.probabilities[8]
    #expect(abs(ratio - second.probabilities[7] / second.probabilities[8]) < 1e-4 * ratio)
    #expect(abs(exp(mixed.logs[9]) - mixed.probabilities[9]) < 1e-6)
  }

  @Test("The exponential is right to a few units in the last place")
  func exponentials() {
    for step in 0...2000 {
      let x = -Float(step) * 0.05
      let (got, want) = (Double(exponential(x)), exp(Double(x)))
      #expect(abs(got - want) <= 3e-7 * want + 1e-37, "e^\(x)")
    }
    #expect(exponential(0) == 1)
    #expect(exponential(-.infinity) == 0)
  }
}
