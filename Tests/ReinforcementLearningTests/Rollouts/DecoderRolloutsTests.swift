import Foundation
import Goldens
import LanguageModeling
import PlumbKernels
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import ReinforcementLearning

@Suite("Rollouts of a decoder")
struct DecoderRolloutsTests {
  private let settings = RolloutSettings(tokens: 9, temperature: 0.8, endToken: 0, seed: 7)
  private let prompts = [
    PromptTokens(text: nil, ids: [5, 6]), PromptTokens(text: nil, ids: [7]),
  ]

  @Test("Kept logits are, to the bit, those that the head computes; some completions end early")
  func keptLogits() throws {
    try withFolder { folder in
      let model = try SmallModel(in: folder).model.transformer
      let head = try PolicyHead(
        unembedding: model.unembedding(), bias: nil, temperature: 0.8, isTrained: true,
        tileLimit: 16 * model.configuration.vocabulary)
      let source = DecoderRollouts(
        try Decoder(model), unembedding: head.unembedding(), keepsLogits: true)
      let batch = try source.draw(
        prompts, order: (0..<24).map { $0 % 2 }, numbers: Array(0..<24), settings: settings)
      let logits = try #require(batch.logits)
      #expect(logits.tokens.sorted() == Array(0..<batch.tokenCount))

      var rows = PolicyRows(
        hidden: batch.hidden, baseHidden: nil,
        targets: batch.rollouts.flatMap { $0.ids.map { Int32($0) } })
      let computed = head.statistics(of: rows)
      #expect(computed.divergences.allSatisfy { $0 == 0 })
      let weights = PolicyWeights(
        log: rows.targets.map { Float($0) / 100 }, divergence: rows.targets.map { _ in 0.1 },
        entropy: rows.targets.map { _ in 0.02 })
      head.beginGradient()
      _ = try head.accumulateGradient(of: rows) { numbers, _ in weights[numbers] }
      let gradient = head.gradient.read(head.count)

      rows.logits = logits
      #expect(head.statistics(of: rows) == computed)
      head.beginGradient()
      let (statistics, _) = try head.accumulateGradient(of: rows) { numbers, _ in weights[numbers] }
      #expect(statistics == computed)
      // The rows are summed in another order.
      #expect(excess(head.gradient.read(head.count), gradient, relative: 1e-4) < 1e-6)
    }
  }

  @Test("Kept logits change no completion")
  func sameCompletions() throws {
    try withFolder { folder in
      let model = try SmallModel(in: folder).model.transformer
      func draw(keepsLogits: Bool) throws -> RolloutBatch {
        try DecoderRollouts(try Decoder(model), keepsLogits: keepsLogits)
          .draw(prompts, order: [0, 1, 1, 0], numbers: [3, 4, 5, 6], settings: settings)
      }
      let (kept, plain) = (try draw(keepsLogits: true), try draw(keepsLogits: false))
      #expect(kept.rollouts == plain.rollouts && kept.hidden == plain.hidden)
      #expect(plain.logits == nil)
    }
  }
}
