import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("GPT-2 against the golden", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct GPT2Tests {
  static let folder = "hf_lm/gpt2_tiny"
  static let (batch, positions, width, heads) = (2, 24, 64, 4)

  /// The logits and the loss of predicting each next token, as Hugging Face names the weights.
  private func network() throws -> (logits: Node, loss: Node) {
    let (batch, positions, width) = (Self.batch, Self.positions, Self.width)
    func parameter(_ name: String, _ sizes: Int...) -> Node {
      .parameter("transformer.\(name)", Shape(sizes))
    }
    func normalized(_ x: Node, _ name: String) throws -> Node {
      try x.layerNormalized(
        gamma: parameter("\(name).weight", width), beta: parameter("\(name).bias", width),
        epsilon: 1e-5)
    }
    func projected(_ x: Node, _ name: String, _ inner: Int, _ outer: Int) throws -> Node {
      try x.matrixProduct(parameter("\(name).weight", inner, outer))
        + parameter("\(name).bias", outer)
    }

    let embedding = parameter("wte.weight", 512, width)
    let ids = Node.input("ids", [batch, positions], .index)
    let places = try Node.constant((0..<positions).map { Float($0) }, [positions], .index)
    var x =
      try embedding.gathering(ids)
      + parameter("wpe.weight", 128, width).gathering(places)
    for block in 0..<3 {
      let joined = try projected(
        normalized(x, "h.\(block).ln_1"), "h.\(block).attn.c_attn", width, 3 * width)
      let parts = try (0..<3).map { part in
        try joined.sliced(axis: 2, part * width..<(part + 1) * width)
          .reshaped([batch, positions, Self.heads, width / Self.heads]).transposed([0, 2, 1, 3])
      }
      let scores =
        try parts[0].matrixProduct(parts[1], transposesRight: true)
        * (1 / Float(width / Self.heads).squareRoot())
      let mixed = try scores.softmax(mask: .causal).matrixProduct(parts[2])
        .transposed([0, 2, 1, 3]).reshaped([batch, positions, width])
      x = try x + projected(mixed, "h.\(block).attn.c_proj", width, width)
      let hidden = try projected(
        normalized(x, "h.\(block).ln_2"), "h.\(block).mlp.c_fc", width, 4 * width
      ).gelu(.tanh)
      x = try x + projected(hidden, "h.\(block).mlp.c_proj", 4 * width, width)
    }
    let logits = try normalized(x, "ln_f").matrixProduct(embedding, transposesRight: true)
    let predicted = try logits.sliced(axis: 1, 0..<positions - 1)
      .reshaped([batch * (positions - 1), 512])
    let targets = try ids.sliced(axis: 1, 1..<positions).reshaped([batch * (positions - 1)])
    return (logits, try predicted.crossEntropy(targets: targets).mean())
  }

  private func ids() throws -> Tensor {
    let stored = try Golden.file("\(Self.folder)/golden.safetensors").tensor("input_ids")
    return try Tensor(indices: #require(stored.integers()), [Self.batch, Self.positions])
  }

  @Test("Logits, loss and all gradients match")
  func gradients() throws {
    let parameters = try Golden.parameters("\(Self.folder)/model.safetensors")
    let golden = try Golden.file("\(Self.folder)/golden.safetensors")
    let expected = try Golden.file("\(Self.folder)/grads.safetensors")
    let (logits, loss) = try network()
    let graph = Graph(["logits": logits, "loss": loss])
    let leaves = graph.nodes.filter { $0.operation is Parameter }
    let gradients = try gradient(of: loss, for: leaves)
    let names = leaves.map(\.operation.attributes)
    let program = try Program(
      Graph(graph.outputs + zip(names, gradients).map { .init("grad.\($0)", $1) }),
      parameters: parameters)
    let results = try program(["ids": ids()])

    // Tolerances of the golden's README: the order of 32-bit sums.
    func compare(_ name: String, _ wanted: [Float], absolute: Float, relative: Float) throws {
      let got = try #require(results[name]).elements
      let excess = zip(got, wanted).map { abs($0 - $1) - absolute - relative * abs($1) }
      #expect(got.count == wanted.count)
      #expect(
        try #require(excess.max()) <= 0,
        "\(name): largest difference \(largestDifference(got, wanted))")
    }
    try compare("logits", golden.floats("logits"), absolute: 2e-4, relative: 1e-4)
    try compare("loss", golden.floats("loss"), absolute: 1e-4, relative: 0)
    for name in names {
      try compare("grad.\(name)", expected.floats("grad.\(name)"), absolute: 1e-4, relative: 1e-3)
    }
    #expect(expected.names.count == names.count)
    #expect(program.referenceImplementations == [])
  }

  private struct Record: Decodable {
    struct AdamW: Decodable {
      let losses_before_each_step: [Double]
    }
    let adamw: AdamW
  }

  @Test("Losses of six AdamW steps match")
  func adamW() throws {
    let record = try JSONDecoder().decode(
      Record.self,
      from: Data(contentsOf: Golden.folder.appending(path: "\(Self.folder)/golden.json")))
    let (_, loss) = try network()
    let trainer = try Trainer(
      Graph(["loss": loss]), parameters: Golden.parameters("\(Self.folder)/model.safetensors"),
      options: .init(optimizer: .adamW(weightDecay: 0.01), schedule: .constant(1e-3)))
    let ids = try ids()
    for wanted in record.adamw.losses_before_each_step {
      let got = try #require(trainer.step(["ids": ids]).metrics["loss"])
      #expect(abs(Double(got) - wanted) < 1e-3, "\(got), not \(wanted)")
    }
    #expect(trainer.program.referenceImplementations == [])
  }
}
