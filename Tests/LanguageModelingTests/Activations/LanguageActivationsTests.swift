import Goldens
import LanguageModels
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime
import Testing

@testable import LanguageModeling

@Suite(
  "Activations of language models",
  .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"))
struct LanguageActivationsTests {
  private func reader(_ name: String) throws -> LanguageActivations {
    LanguageActivations(try .load(from: LanguageGolden.folder("hf_lm/\(name)")))
  }

  @Test("Values are read by pattern, the logits always as output")
  func patterns() throws {
    let golden = try LanguageGolden.file("hf_lm/gpt2_tiny/golden.safetensors")
    let values = try reader("gpt2_tiny").values(
      of: TokenBatch(contentsOf: golden),
      matching: HookPattern.list("blocks.*.attn.hook_pattern,logits"))
    #expect(
      values.map(\.name) == [
        "blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern", "blocks.2.attn.hook_pattern",
        "logits", "output",
      ])
    for layer in 0..<3 {
      let worst = excess(
        values[layer].tensor.elements, try golden.tensor("attentions.\(layer)").floats(),
        relative: 1e-4)
      #expect(worst <= 2e-4, "\(layer): \(worst)")
    }
    #expect(values[3].tensor == values[4].tensor)
  }

  @Test("A mask hides padding on either side", arguments: [true, false])
  func padding(isLeft: Bool) throws {
    let reader = try reader("llama_tiny")
    let ids = isLeft ? [[7, 7, 1, 2, 3], [4, 5, 6, 8, 9]] : [[1, 2, 3, 7, 7], [4, 5, 6, 8, 9]]
    let mask =
      isLeft ? [[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]] : [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    let padded = try reader.values(of: TokenBatch(ids: ids, mask: mask), matching: [])[0].tensor
    let alone = try reader.values(of: TokenBatch([[1, 2, 3]]), matching: [])[0].tensor
    let vocabulary = alone.shape[2]
    let start = isLeft ? 2 * vocabulary : 0
    let worst = excess(
      Array(padded.elements[start..<start + 3 * vocabulary]), alone.elements, relative: 1e-5)
    #expect(worst < 1e-4)
  }

  @Test("Gradients are those of finite differences", arguments: TokenTarget.Quantity.allCases)
  func gradients(quantity: TokenTarget.Quantity) throws {
    let reader = try reader("gpt2_tiny")
    let batch = try TokenBatch([[5, 9, 2, 7]])
    let target = TokenTarget(quantity, token: 11, position: -2)
    let values = try reader.values(
      of: batch, matching: [HookPattern("blocks.1.hook_resid_pre")], gradientOf: target)
    #expect(
      values.map(\.name) == [
        "blocks.1.hook_resid_pre", "output", "input.gradient", "blocks.1.hook_resid_pre.gradient",
      ])
    // The residual stream at position 2 of block 1 moves along its gradient.
    let network = try reader.model.configuration.network(batch: 1, positions: 4)
    let point = try network.graph.value(named: "blocks.1.hook_resid_pre")
    let number = try target.node(from: network.logits, row: 0)
    let moved = try Graph(["number": number]).replacing(
      ["blocks.1.hook_resid_pre": .input("moved", point.shape)])
    let program = try Program(moved, parameters: reader.model.parameters)
    let direction = values[3].tensor.elements
    let length = direction.map { $0 * $0 }.reduce(0, +)
    func value(_ step: Float) throws -> Float {
      let stream = zip(values[0].tensor.elements, direction).map { $0 + step * $1 }
      return try #require(try program(["moved": Tensor(point.shape, stream)])["number"]).scalar
    }
    let step = 0.01 / length.squareRoot()
    let slope = (try value(step) - value(-step)) / (2 * step)
    #expect(abs(slope / length - 1) < 0.01)
    // Nothing depends on the last position.
    #expect(direction.suffix(64).allSatisfy { $0 == 0 })
  }

  @Test("Values while writing are those of each step")
  func writing() throws {
    let reader = try reader("qwen2_tiny")
    let (completion, values) = try reader.valuesWhileWriting(
      after: [1, 2, 3], options: .init(newTokens: 6, sampling: .greedy),
      matching: [HookPattern("blocks.0.hook_resid_post")])
    let logits = values[1].tensor
    #expect(completion.ids.count == 6 && logits.shape == [1, 9, 512])
    for (step, id) in completion.ids.enumerated() {
      let row = (0..<512).map { logits[0, 2 + step, $0] }
      #expect(row.firstIndex(of: row.max() ?? 0) == id)
    }
    let short = try reader.values(
      of: TokenBatch([[1, 2, 3]]), matching: [HookPattern("blocks.0.hook_resid_post")])[0].tensor
    let worst = excess(
      Array(values[0].tensor.elements[..<(3 * 64)]), short.elements, relative: 1e-5)
    #expect(worst < 1e-4)
  }

  @Test("Targets are read from text, and what is wrong with one is said")
  func targets() throws {
    #expect(try TokenTarget("logit:5@-1", tokenizer: nil) == .init(.logit, token: 5, position: -1))
    #expect(
      try TokenTarget("logprob:12@0", tokenizer: nil)
        == .init(.logProbability, token: 12, position: 0))
    func message(_ text: String) -> String {
      do {
        _ = try TokenTarget(text, tokenizer: nil)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message("loss:5@1")
        == "'loss:5@1' is no target of a gradient: it must begin with 'logit:' or 'logprob:'.")
    #expect(
      message("logit:5")
        == "'logit:5' is no target of a gradient: it must end with '@' and a position, such as"
        + " '@-1'.")
    #expect(
      message("logit:\" a\"@1")
        == "'logit:\" a\"@1' is no target of a gradient: the model has no tokenizer, so that the"
        + " token must be an id.")
  }
}
