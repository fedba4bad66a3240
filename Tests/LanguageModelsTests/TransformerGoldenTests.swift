import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import LanguageModels

/// Against transformers.
///
/// The tolerances are those of the references' README: 32-bit sums in another
/// order; the references themselves differ from 64 bits by up to 2.5e-5.
@Suite(
  "Transformers against Hugging Face",
  .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"))
struct TransformerGoldenTests {
  private func golden(_ model: String) throws -> SafetensorsFile {
    try LanguageGolden.file("hf_lm/\(model)/golden.safetensors")
  }

  @Test(
    "Logits, hidden states, attention, loss and log-probabilities match",
    arguments: LanguageGolden.models)
  func activations(name: String) throws {
    let (model, golden) = (try LanguageGolden.model(name), try golden(name))
    let ids = try golden.indices("input_ids")
    let (layers, rank) = (model.configuration.layers, (ids.shape[0], ids.shape[1]))
    let network = try model.configuration.network(batch: rank.0, positions: rank.1)
    let graph = network.graph
    var outputs = graph.outputs
    for layer in 0..<layers {
      outputs.append(
        .init("hidden_states.\(layer)", try graph.value(named: "blocks.\(layer).hook_resid_pre")))
      outputs.append(
        .init("attentions.\(layer)", try graph.value(named: "blocks.\(layer).attn.hook_pattern")))
    }
    var final = try graph.value(named: "ln_final.hook_normalized")
    if model.configuration.normalization.kind == .rms {
      final = try final * .parameter("ln_final.w", [model.configuration.width])
    }
    outputs.append(.init("hidden_states.\(layers)", final))
    let losses = try network.nextTokenLosses()
    outputs += [.init("losses", losses), .init("loss", try losses.mean())]
    let results = try Program(Graph(outputs), parameters: model.parameters)(["ids": ids])

    for output in outputs where output.name != "losses" && output.name != "loss" {
      let worst = excess(
        results[output.name]?.elements ?? [], try golden.floats(output.name), relative: 1e-4)
      #expect(worst <= 2e-4, "\(name) \(output.name): \(worst)")
    }
    let logprobs = (results["losses"]?.elements ?? []).map { -$0 }
    #expect(excess(logprobs, try golden.floats("logprobs"), relative: 0) <= 1e-4)
    #expect(
      excess(results["loss"]?.elements ?? [], try golden.floats("loss"), relative: 0) <= 1e-4)
  }

  @Test("Without hooks the logits are the same", arguments: LanguageGolden.models)
  func fused(name: String) throws {
    let (model, golden) = (try LanguageGolden.model(name), try golden(name))
    let ids = try golden.indices("input_ids")
    let network = try model.configuration.network(
      batch: ids.shape[0], positions: ids.shape[1], hooks: .none)
    let results = try Program(network.graph, parameters: model.parameters)(["ids": ids])
    let worst = excess(
      results["logits"]?.elements ?? [], try golden.floats("logits"), relative: 1e-4)
    #expect(worst <= 2e-4, "\(name): \(worst)")
    #expect(try network.graph.namedValues().keys.sorted() == ["logits"])
  }

  @Test("A left-padded batch gives each token its own logits", arguments: LanguageGolden.models)
  func padded(name: String) throws {
    let (model, golden) = (try LanguageGolden.model(name), try golden(name))
    let ids = try golden.indices("padded.input_ids")
    let mask = try golden.floats("padded.attention_mask")
    let positions = ids.shape[1]
    let prompts = (0..<ids.shape[0]).map { row in
      (0..<positions).filter { mask[row * positions + $0] == 1 }
        .map { Int(ids.elements[row * positions + $0]) }
    }
    let batch = try TokenBatch(prompts)
    #expect(batch.ids == ids && batch.isPadded)
    #expect(batch.mask.elements == mask)
    #expect(batch.positions == (try golden.indices("padded.position_ids")))
    let expected = try golden.floats("padded.logits")
    for hooks in [TransformerHooks.standard, .none] {
      let network = try model.configuration.network(
        batch: prompts.count, positions: positions, hooks: hooks, isPadded: true)
      let program = try Program(network.graph, parameters: model.parameters)
      let logits = try program(batch.inputs)["logits"]?.elements ?? []
      let vocabulary = model.configuration.vocabulary
      let real = mask.indices.filter { mask[$0] == 1 }.flatMap {
        $0 * vocabulary..<($0 + 1) * vocabulary
      }
      let worst = excess(real.map { logits[$0] }, real.map { expected[$0] }, relative: 1e-4)
      #expect(worst <= 2e-4, "\(name) \(hooks): \(worst)")
      #expect(logits.allSatisfy { $0.isFinite })
    }
  }

  @Test("Padding has no pattern at all")
  func paddingPattern() throws {
    let model = try LanguageGolden.model("gpt2_tiny")
    let batch = try TokenBatch([[1], [2, 3, 4]])
    let graph = try model.configuration.network(batch: 2, positions: 3, isPadded: true).graph
    let pattern = try graph.value(named: "blocks.0.attn.hook_pattern")
    let program = try Program(Graph(["pattern": pattern]), parameters: model.parameters)
    let result = try #require(try program(batch.inputs)["pattern"])
    for query in 0..<3 {
      let sum = (0..<3).reduce(Float(0)) { $0 + result[0, 0, query, $1] }
      #expect(abs(sum - (query == 2 ? 1 : 0)) < 1e-6)
    }
    #expect(result[0, 0, 2, 2] == 1)
  }

  @Test("Gradients match", arguments: LanguageGolden.models)
  func gradients(name: String) throws {
    let (model, golden) = (try LanguageGolden.model(name), try golden(name))
    let expected = try LanguageGolden.file("hf_lm/\(name)/grads.safetensors")
    let original = try LanguageGolden.file("hf_lm/\(name)/model.safetensors")
    let ids = try golden.indices("input_ids")
    for hooks in [TransformerHooks.none, .standard] {
      let network = try model.configuration.network(
        batch: ids.shape[0], positions: ids.shape[1], hooks: hooks)
      let loss = try network.nextTokenLosses().mean()
      let shapes = model.configuration.parameterShapes
      let gradients = try gradient(of: loss, for: shapes.map { .parameter($0.name, $0.shape) })
      let outputs = zip(shapes, gradients).map { Graph.Output($0.name, $1) }
      let results = try Program(Graph(outputs), parameters: model.parameters)(["ids": ids])
      var checked = 0
      for weight in StoredNames(model.configuration, in: Set(original.names)).weights {
        let got = weight.joined(weight.parameters.compactMap { results[$0] })
        if expected.names.contains("grad.\(weight.name)") {
          let worst = excess(got, try expected.floats("grad.\(weight.name)"), relative: 1e-3)
          #expect(worst <= 1e-4, "\(name) \(weight.name): \(worst)")
          checked += 1
        }
        if golden.names.contains("gradnorm.\(weight.name)") {
          let norm = got.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
          let worst = excess(
            [Float(norm)], try golden.floats("gradnorm.\(weight.name)"), relative: 1e-3)
          #expect(worst <= 1e-4, "\(name) \(weight.name): \(worst)")
        }
      }
      #expect(checked == expected.names.count)
    }
  }

  @Test("Greedy continuations are the same tokens", arguments: LanguageGolden.models)
  func greedy(name: String) throws {
    let (model, golden) = (try LanguageGolden.model(name), try golden(name))
    let expected = try golden.indices("greedy.ids").elements.map { Int($0) }
    let prompt = try golden.indices("input_ids").shape[1]
    // What stands behind a token does not change its logits, so one program serves all lengths.
    let network = try model.configuration.network(
      batch: 1, positions: expected.count, hooks: .none)
    let program = try Program(network.graph, parameters: model.parameters)
    var ids = expected[..<prompt] + Array(repeating: 0, count: expected.count - prompt)
    for position in prompt..<expected.count {
      let inputs = ["ids": try Tensor(indices: Array(ids), [1, ids.count])]
      let logits = try #require(try program(inputs)["logits"])
      let tokens = 0..<model.configuration.vocabulary
      ids[position] =
        tokens.max { logits[0, position - 1, $0] < logits[0, position - 1, $1] } ?? 0
    }
    #expect(Array(ids) == expected)
  }
}

/// Against TransformerLens, with the tolerance of the references' README.
@Suite(
  "Hook points against TransformerLens",
  .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"))
struct TransformerHookTests {
  private func check(
    _ configuration: TransformerConfiguration, _ parameters: ParameterStore, _ path: String
  ) throws {
    let golden = try LanguageGolden.file("transformerlens/\(path)")
    let ids = try golden.indices("input_ids")
    let graph = try configuration.network(
      batch: ids.shape[0], positions: ids.shape[1], hooks: .withResults
    ).graph
    let values = try graph.namedValues()
    let names = golden.names.filter { $0 != "input_ids" && $0 != "loss_per_token" }
    #expect(Set(names) == Set(values.keys))
    let outputs = values.sorted { $0.key < $1.key }.map { Graph.Output($0.key, $0.value) }
    let results = try Program(Graph(outputs), parameters: parameters)(["ids": ids])
    for name in names {
      let result = try #require(results[name])
      #expect(result.shape.sizes == golden.shape(of: name), "\(name)")
      let worst = excess(result.elements, try golden.floats(name), relative: 1e-4)
      #expect(worst <= 3e-4, "\(name): \(worst)")
    }
  }

  @Test("Every value of a model as it was trained")
  func raw() throws {
    let model = try LanguageGolden.model("gpt2_tiny")
    try check(model.configuration, model.parameters, "gpt2_tiny/cache_raw.safetensors")
  }

  @Test("Every value of a model with folded weights", arguments: ["gpt2_tiny", "gpt2_induction"])
  func processed(name: String) throws {
    let path = name == "gpt2_tiny" ? "hf_lm/gpt2_tiny" : "transformerlens/gpt2_induction"
    var configuration = try TransformerModel.load(from: LanguageGolden.folder(path)).configuration
    configuration.family = .plumbline
    configuration.normalization.hasGain = false
    configuration.isTied = false
    configuration.hasUnembeddingBias = true
    let file = try LanguageGolden.file("transformerlens/\(name)/weights_processed.safetensors")
    let parameters = ParameterStore()
    for (parameter, shape) in configuration.parameterShapes {
      let stored = try file.tensor(parameter)
      var values = stored.floats()
      // Heads apart, [head, d, k], become columns by head and number.
      if stored.shape.count == 3, !parameter.hasSuffix("W_O") {
        let (heads, width, size) = (stored.shape[0], stored.shape[1], stored.shape[2])
        values = (0..<width).flatMap { row in
          (0..<heads).flatMap { head in
            (0..<size).map { stored.floats()[(head * width + row) * size + $0] }
          }
        }
      }
      try parameters.set(parameter, Tensor(shape, values))
    }
    let model = try TransformerModel(configuration, parameters: parameters)
    try check(model.configuration, model.parameters, "\(name)/cache_processed.safetensors")
    try withFolderPath { folder in
      try model.save(to: folder)
      let copy = try TransformerModel.load(from: folder)
      #expect(copy.configuration == configuration)
      for name in parameters.names {
        #expect(try copy.parameters.value(name) == parameters.value(name))
      }
    }
  }

  @Test("A replaced pattern changes what follows, and nothing before")
  func replacing() throws {
    let model = try LanguageGolden.model("llama_tiny")
    let graph = try model.configuration.network(batch: 1, positions: 3).graph
    let z = try graph.value(named: "blocks.1.attn.hook_z")
    let ablated = try graph.replacing(["blocks.1.attn.hook_z": .fill(0, z.shape)])
    let before = try graph.value(named: "blocks.1.hook_resid_pre")
    #expect(try ablated.value(named: "blocks.1.hook_resid_pre") == before)
    let out = try ablated.value(named: "blocks.1.hook_attn_out")
    let program = try Program(
      Graph(["out": out, "plain": graph.output("logits"), "logits": ablated.output("logits")]),
      parameters: model.parameters)
    let results = try program(["ids": Tensor(indices: [5, 6, 7], [1, 3])])
    #expect(results["out"]?.elements.allSatisfy { $0 == 0 } == true)
    #expect(results["plain"] != results["logits"])
  }
}

@Suite("Transformer shapes")
struct TransformerShapeTests {
  /// A model of random weights.
  private func model(_ configuration: TransformerConfiguration) throws -> TransformerModel {
    let parameters = ParameterStore()
    var state: UInt64 = 1
    for (name, shape) in configuration.parameterShapes {
      let values = (0..<shape.count).map { _ -> Float in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / Float(1 << 24) - 0.5
      }
      try parameters.set(name, Tensor(shape, values))
    }
    return try TransformerModel(configuration, parameters: parameters)
  }

  private func configuration(windows: [Int?]? = nil) -> TransformerConfiguration {
    TransformerConfiguration(
      vocabulary: 11, width: 6, layers: 2, contextLength: 9, normalization: .init(.rms),
      positions: .rotary(.init(pairing: .adjacent, width: 2)),
      attention: .init(
        layers: 2, heads: 6, keyValueHeads: 3, headWidth: 5, hasInputBias: true,
        hasOutputBias: false, windows: windows),
      feedForward: windows == nil
        ? nil
        : .init(
          width: 7, activation: .relu, isGated: true, hasBias: true))
  }

  private func logits(
    _ model: TransformerModel, _ ids: [Int], hooks: TransformerHooks
  ) throws -> Tensor {
    let network = try model.configuration.network(batch: 1, positions: ids.count, hooks: hooks)
    let program = try Program(network.graph, parameters: model.parameters)
    return try #require(try program(["ids": Tensor(indices: ids, [1, ids.count])])["logits"])
  }

  @Test("All ways to build give the same logits", arguments: [[nil, 2], nil] as [[Int?]?])
  func hooks(windows: [Int?]?) throws {
    let model = try model(configuration(windows: windows))
    let all = try TransformerHooks.allCases.map { try logits(model, [3, 1, 4, 1, 5], hooks: $0) }
    #expect(excess(all[0].elements, all[1].elements, relative: 1e-4) < 1e-5)
    #expect(excess(all[2].elements, all[1].elements, relative: 1e-4) < 1e-5)
  }

  @Test(
    "A window hides what lies before it, in either build",
    arguments: [.none, .standard]
      as [TransformerHooks])
  func window(hooks: TransformerHooks) throws {
    // Two layers that see two positions each reach two back.
    let model = try model(configuration(windows: [2, 2]))
    let first = try logits(model, [3, 1, 4, 1, 5], hooks: hooks)
    let second = try logits(model, [9, 1, 4, 1, 5], hooks: hooks)
    func row(_ logits: Tensor, _ position: Int) -> [Float] {
      (0..<11).map { logits[0, position, $0] }
    }
    #expect(row(first, 3) == row(second, 3))
    #expect(row(first, 2) != row(second, 2))
  }

  @Test("One token at one position")
  func one() throws {
    let logits = try logits(try model(configuration()), [0], hooks: .standard)
    #expect(logits.shape == [1, 1, 11])
    #expect(logits.elements.allSatisfy { $0.isFinite })
  }

  @Test("Learned positions end, and prompts are not empty")
  func limits() throws {
    var learned = configuration()
    learned.positions = .learned
    #expect(throws: TransformerError.tooLong(positions: 10, limit: 9)) {
      try learned.network(batch: 1, positions: 10)
    }
    #expect(throws: TransformerError.emptyPrompt(row: nil)) { try TokenBatch([]) }
    #expect(throws: TransformerError.emptyPrompt(row: 1)) { try TokenBatch([[1], []]) }
    #expect(try !TokenBatch([[1, 2]]).isPadded)
  }
}
