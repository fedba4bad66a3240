import Foundation
import Goldens
import PlumbFiles
import Testing

@testable import LanguageModeling

@Suite("Sampling")
struct SamplerTests {
  private func kept(_ sampling: Sampling, _ logits: [Float]) throws -> [Int] {
    let probabilities = try Sampler(sampling).probabilities(logits)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9)
    return probabilities.indices.filter { probabilities[$0] > 0 }
  }

  private let halves: [Float] = [0.5, 0.25, 0.125, 0.125].map { Float(log($0)) }

  @Test("Top-k keeps all that tie with the k-th")
  func ties() throws {
    #expect(try kept(Sampling(topK: 2), [2, 1, 1, 1, 0]) == [0, 1, 2, 3])
    #expect(try kept(Sampling(semantics: .mlx, topK: 2), [2, 1, 1, 1, 0]) == [0, 1])
    #expect(try kept(Sampling(topK: 50), [2, 1, 1, 1, 0]) == [0, 1, 2, 3, 4])
    #expect(try kept(Sampling(temperature: 0.7, topK: 1), [-3, -1, -1]) == [1, 2])
  }

  @Test("At the border of top-p, each library keeps what it keeps")
  func borders() throws {
    #expect(try kept(Sampling(topK: nil, topP: 0.5), halves) == [0])
    #expect(
      try kept(Sampling(semantics: .transformerLens, topK: nil, topP: 0.5), halves) == [0, 1])
    #expect(try kept(Sampling(semantics: .mlx, topK: nil, topP: 0.5), halves) == [0])
    #expect(try kept(Sampling(topK: nil, topP: 0.51), halves) == [0, 1])
    #expect(try kept(Sampling(topK: nil, topP: 0.751), halves) == [0, 1, 2, 3])
    #expect(try kept(Sampling(topK: nil, topP: 0.01), halves) == [0])
  }

  @Test("TransformerLens takes top-k or top-p, never both; mlx cuts before the temperature")
  func orders() throws {
    #expect(try kept(Sampling(semantics: .transformerLens, topK: 3, topP: 0.5), halves).count == 4)
    #expect(try kept(Sampling(topK: 2, topP: 0.6), halves) == [0])
    // At temperature 2 the first token has 0.37 of the mass.
    let hot = Sampling(temperature: 2, topK: nil, topP: 0.45)
    #expect(try kept(hot, halves) == [0, 1])
    var mlx = hot
    mlx.semantics = .mlx
    #expect(try kept(mlx, halves) == [0])
  }

  @Test("Min-p keeps what has that share of the largest probability")
  func minP() throws {
    #expect(try kept(Sampling(topK: nil, minP: 0.3), halves) == [0, 1])
    #expect(try kept(Sampling(topK: nil, minP: 0.2), halves) == [0, 1, 2, 3])
  }

  @Test("Penalties change the logits of tokens that were seen, each once")
  func penalties() throws {
    let history = Sampler.History(prompt: [0, 0, 1], generated: [2, 2])
    func logits(_ sampling: Sampling) throws -> [Double] {
      let probabilities = try Sampler(sampling).probabilities([2, -1, 0.5, 0], after: history)
      return probabilities.map { log($0 / probabilities[3]) }
    }
    func isClose(_ a: [Double], _ b: [Double]) -> Bool {
      zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }
    }
    #expect(
      isClose(try logits(Sampling(topK: nil, repetitionPenalty: 2)), [1, -2, 0.25, 0]))
    #expect(
      isClose(
        try logits(Sampling(topK: nil, presencePenalty: 0.5, frequencyPenalty: 0.25)),
        [2, -1, -0.5, 0]))
    // Over the prompt too, and not divided by the temperature.
    #expect(
      isClose(
        try logits(
          Sampling(
            semantics: .transformerLens, temperature: 2, topK: nil, frequencyPenalty: 0.25)),
        [0.5, -0.75, -0.25, 0]))
  }

  @Test("Greedy takes the first of the largest, after penalties")
  func greedy() throws {
    let logits: [Float] = [1, 3, 3, 2]
    let sampler = try Sampler(.greedy)
    #expect(sampler.token(from: logits.span, after: .init(), draw: 0.99) == 1)
    let penalized = try Sampler(Sampling(temperature: 0, topK: nil, repetitionPenalty: 2))
    #expect(penalized.token(from: logits.span, after: .init(prompt: [1, 2]), draw: 0) == 3)
  }

  @Test(
    "Draws follow the probabilities", arguments: [Sampling.plain, Sampling(topK: 3, topP: 0.9)])
  func draws(sampling: Sampling) throws {
    let logits: [Float] = [0.3, -1, 2, 1, 0.5, -0.2]
    let sampler = try Sampler(sampling)
    var counts = [Double](repeating: 0, count: logits.count)
    for position in 0..<4000 {
      let draw = Sampler.draw(seed: 1, completion: 2, position: position)
      counts[sampler.token(from: logits.span, after: .init(), draw: draw)] += 1
    }
    for (count, probability) in zip(counts, sampler.probabilities(logits)) {
      // Four standard deviations.
      #expect(abs(count / 4000 - probability) < 4 * (probability / 4000).squareRoot() + 1e-9)
      if probability == 0 { #expect(count == 0) }
    }
  }

  @Test("Settings that mean nothing are refused")
  func refusals() {
    #expect(throws: SamplingError.outOfRange(name: "top-k", value: "0", range: "1 or more")) {
      try Sampler(Sampling(topK: 0))
    }
    #expect(
      throws: SamplingError.outOfRange(name: "temperature", value: "nan", range: "0 or more")
    ) {
      try Sampler(Sampling(temperature: .nan))
    }
  }

  @Test(
    "Probabilities and samples are those of transformers",
    .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"),
    arguments: [
      ("plain", Sampling.plain), ("t0.7", Sampling(temperature: 0.7, topK: nil)),
      ("k5", Sampling(topK: 5)), ("p0.9", Sampling(topK: nil, topP: 0.9)),
      ("t1.3_k20_p0.8", Sampling(temperature: 1.3, topK: 20, topP: 0.8)),
    ])
  func golden(chain: String, sampling: Sampling) throws {
    let golden = try LanguageGolden.file("rl/sampling.safetensors")
    let logits = try golden.tensor("logits").floats()
    let draws = try golden.tensor("u").floats()
    let expected = try golden.tensor("probs.\(chain)").floats()
    let samples = try golden.tensor("sample.\(chain)").integers() ?? []
    let sampler = try Sampler(sampling)
    let width = logits.count / draws.count
    for row in draws.indices {
      let part = Array(logits[row * width..<(row + 1) * width])
      let probabilities = sampler.probabilities(part).map { Float($0) }
      let worst = excess(
        probabilities, Array(expected[row * width..<(row + 1) * width]), relative: 0)
      #expect(worst <= 1e-5, "\(chain) row \(row): \(worst)")
      #expect(
        sampler.token(from: part.span, after: .init(), draw: Double(draws[row])) == samples[row])
    }
  }
}
