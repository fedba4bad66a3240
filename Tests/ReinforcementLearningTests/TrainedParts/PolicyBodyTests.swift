import Goldens
import PlumbFiles
import PlumbRuntime
import Testing

@testable import ReinforcementLearning

@Suite(
  "The last block against PyTorch", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct PolicyBodyTests {
  @Test("Hidden states, and gradients of the last block for a policy-gradient loss")
  func lastBlock() throws {
    let golden = try Golden.file()
    let model = try Golden.model()
    let width = model.configuration.width
    let ids = (try golden.tensor("input_ids").integers() ?? [])
      .rows(of: Golden.prompt + Golden.new)
    let prompts = [PromptTokens(text: nil, ids: Array(ids[0][..<Golden.prompt]))]
    let rollouts = ids.map {
      Rollout(prompt: 0, ids: Array($0[Golden.prompt...]), hasEnded: false)
    }
    let body = try PolicyBody(
      model, part: .lastBlock, batch: Golden.batch, length: Golden.prompt + Golden.new - 1,
      options: .init(optimizer: .sgd(), schedule: .constant(1)))
    let hidden = try body.hidden(of: rollouts, prompts: prompts)
    #expect(hidden.policy == hidden.base)
    let expected = try golden.floats("hidden_after_ln_f").rows(of: width)
      .rows(of: Golden.prompt + Golden.new)
      .flatMap { $0[(Golden.prompt - 1)..<(Golden.prompt + Golden.new - 1)].flatMap(\.self) }
    #expect(excess(hidden.policy, expected, relative: 1e-4) < 1e-4)

    let head = try PolicyHead(
      unembedding: model.unembedding(), bias: nil, temperature: 1, isTrained: false)
    let rewards = try golden.doubles("adv_mean")
    let weights = rewards.flatMap {
      Array(repeating: Float($0 / Double(Golden.batch)), count: Golden.new)
    }
    let rows = PolicyRows(
      hidden: hidden.policy, baseHidden: nil,
      targets: rollouts.flatMap { $0.ids.map { Int32($0) } })
    let zeros = [Float](repeating: 0, count: rows.count)
    let upstream = try head.accumulateGradient(of: rows, needsHidden: true) { numbers, _ in
      PolicyWeights(log: weights, divergence: zeros, entropy: zeros)[numbers]
    }.hidden
    _ = try body.step(along: upstream, unembedding: nil, rollouts: rollouts, prompts: prompts)

    // A step of 1 against the gradient.
    let gradients = try body.changes().mapValues { $0.elements.map { -$0 } }
    func gradient(_ name: String) throws -> [Float] { try #require(gradients[name]) }
    func check(_ got: [Float], _ name: String) throws {
      let expected = try golden.floats(name)
      let largest = expected.map(abs).max() ?? 0
      let worst = excess(got, expected, relative: 1e-3)
      // The step was rounded together with the weight it moved.
      #expect(worst <= 1e-4 * largest + 1e-6, "\(name): \(worst) beyond 1e-3 relative")
    }
    let block = "blocks.2"
    let stored = "grad.transformer.h.2"
    try check(
      ["Q", "K", "V"].flatMap { try gradient("\(block).attn.b_\($0)") },
      "\(stored).attn.c_attn.bias")
    try check(try gradient("\(block).attn.b_O"), "\(stored).attn.c_proj.bias")
    for (ours, theirs) in [("ln1", "ln_1"), ("ln2", "ln_2")] {
      try check(try gradient("\(block).\(ours).w"), "\(stored).\(theirs).weight")
      try check(try gradient("\(block).\(ours).b"), "\(stored).\(theirs).bias")
    }
    try check(try gradient("\(block).mlp.b_in"), "\(stored).mlp.c_fc.bias")
    try check(try gradient("\(block).mlp.b_out"), "\(stored).mlp.c_proj.bias")
    try check(try gradient("ln_final.w"), "grad.transformer.ln_f.weight")
    try check(try gradient("ln_final.b"), "grad.transformer.ln_f.bias")
    func norms(_ names: [String], rows: Int) throws -> [Float] {
      let parts = try names.map { name in
        let values = try gradient(name)
        return values.rows(of: values.count / rows)
      }
      return (0..<rows).map { row in
        let squares = parts.reduce(0.0) { $0 + $1[row].reduce(0.0) { $0 + Double($1 * $1) } }
        return Float(squares.squareRoot())
      }
    }
    let norm = "grad_row_norms.transformer.h.2"
    try check(
      try norms(["Q", "K", "V"].map { "\(block).attn.W_\($0)" }, rows: width),
      "\(norm).attn.c_attn.weight")
    try check(try norms(["\(block).attn.W_O"], rows: width), "\(norm).attn.c_proj.weight")
    try check(try norms(["\(block).mlp.W_in"], rows: width), "\(norm).mlp.c_fc.weight")
    try check(try norms(["\(block).mlp.W_out"], rows: 4 * width), "\(norm).mlp.c_proj.weight")
  }
}
