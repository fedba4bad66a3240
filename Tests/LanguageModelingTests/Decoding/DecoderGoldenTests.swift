import Goldens
import LanguageModels
import PlumbFiles
import PlumbKernels
import PlumbRuntime
import Testing

@testable import LanguageModeling

/// Against transformers.
///
/// The tolerances are those of the references' README: 32-bit sums in another
/// order; the references themselves differ from 64 bits by up to 2.5e-5.
@Suite("Decoding", .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"), .serialized)
struct DecoderGoldenTests {
  private func golden(_ model: String) throws -> SafetensorsFile {
    try LanguageGolden.file("hf_lm/\(model)/golden.safetensors")
  }

  @Test("Logits and final hidden states match transformers", arguments: LanguageGolden.models)
  func logits(name: String) throws {
    let golden = try golden(name)
    let decoder = try LanguageGolden.decoder(name)
    let states = try decoder.hiddenStates(of: LanguageGolden.prompts(golden, "input_ids"))
    let layers = decoder.configuration.layers
    let hidden = excess(
      states.flatMap(\.elements), try golden.tensor("hidden_states.\(layers)").floats(),
      relative: 1e-4)
    #expect(hidden <= 2e-4, "\(name): \(hidden)")
    let logits = excess(
      try states.flatMap { try decoder.logits(of: $0).elements },
      try golden.tensor("logits").floats(), relative: 1e-4)
    #expect(logits <= 2e-4, "\(name): \(logits)")
  }

  @Test(
    "Prompts of different lengths have the logits of a padded batch",
    arguments: LanguageGolden.models)
  func lengths(name: String) throws {
    let golden = try golden(name)
    let decoder = try LanguageGolden.decoder(name)
    let prompts = try LanguageGolden.prompts(
      golden, "padded.input_ids", mask: "padded.attention_mask")
    let cache = try decoder.makeCache(
      sequences: prompts.count, capacity: prompts.map(\.count).max() ?? 1)
    let continuations = prompts.enumerated().map {
      Decoder.Continuation(sequence: $0.offset, ids: $0.element)
    }
    let logits = try decoder.logits(
      of: decoder.append(continuations, to: cache, keeping: .all))
    let expected = try golden.tensor("padded.logits").floats()
    let mask = try golden.tensor("padded.attention_mask").integers() ?? []
    let vocabulary = decoder.configuration.vocabulary
    let real = mask.indices.filter { mask[$0] == 1 }.flatMap {
      expected[$0 * vocabulary..<($0 + 1) * vocabulary]
    }
    let worst = excess(logits.elements, real, relative: 1e-4)
    #expect(worst <= 2e-4, "\(name): \(worst)")
  }

  @Test("Greedy continuations are those of transformers", arguments: LanguageGolden.models)
  func greedy(name: String) throws {
    let golden = try golden(name)
    let decoder = try LanguageGolden.decoder(name)
    let prompt = try LanguageGolden.prompts(golden, "input_ids")[0]
    let expected = try LanguageGolden.prompts(golden, "greedy.ids")[0]
    let completion = try decoder.completions(
      of: prompt, numbers: 0..<1,
      options: .init(newTokens: expected.count - prompt.count, sampling: .greedy))[0]
    #expect(prompt + completion.ids == expected)
    #expect(completion.finish == .length)
  }

  @Test(
    "64 greedy tokens are the same alone, in a batch, with a cache and without",
    arguments: LanguageGolden.models)
  func sixtyFour(name: String) throws {
    let decoder = try LanguageGolden.decoder(name)
    let prompts = [[3], [10, 20, 30, 40, 50, 60, 70], [5, 6, 7, 8], [9, 9]]
    let options = GenerationOptions(newTokens: 64, sampling: .greedy)
    let batch = try decoder.generate(
      prompts.enumerated().map { .init(prompt: $0.element, completion: $0.offset) },
      options: options)
    for (prompt, together) in zip(prompts, batch) {
      let alone = try decoder.completions(of: prompt, numbers: 0..<1, options: options)[0]
      #expect(alone.ids == together.ids)
      #expect(alone.logProbabilities == together.logProbabilities)
      // Without a cache, all at once: each token is the most probable after those before it.
      let whole = try decoder.hiddenStates(of: [prompt + alone.ids])[0]
      let logits = try decoder.logits(of: whole)
      for (index, id) in alone.ids.enumerated() {
        let row = logits.row(prompt.count - 1 + index)
        #expect(row.firstIndex(of: row.max() ?? 0) == id)
      }
    }
    // Without a cache, and by other code: the graph that also reads activations.
    let model = try TransformerModel.load(from: LanguageGolden.folder("hf_lm/\(name)"))
    let ids = prompts[1] + batch[1].ids
    let network = try model.configuration.network(batch: 1, positions: ids.count, hooks: .none)
    let program = try Program(network.graph, parameters: model.parameters)
    let result = try program(["ids": Tensor(indices: ids, [1, ids.count])])["logits"]
    let logits = try #require(result)
    for position in prompts[1].count - 1..<ids.count - 1 {
      let row = (0..<logits.shape[2]).map { logits[0, position, $0] }
      #expect(row.firstIndex(of: row.max() ?? 0) == ids[position + 1], "position \(position)")
    }
  }

  @Test(
    "A row's bits depend neither on the batch, nor on how a prompt is cut, nor on the threads",
    arguments: ["gpt2_tiny", "qwen2_tiny"], WeightPrecision.allCases)
  func bits(name: String, precision: WeightPrecision) throws {
    let decoder = try LanguageGolden.decoder(name, precision: precision, threads: 2)
    let prompts: [[Int]] = (0..<11).map { row in
      (0..<(row * 9) % 40 + 1).map { ($0 * 37 + row * 11) % 512 }
    }
    let together = try decoder.makeCache(sequences: prompts.count, capacity: 64)
    let batch = try decoder.append(
      prompts.enumerated().map { .init(sequence: $0.offset, ids: $0.element) }, to: together,
      keeping: .all)
    let rows = try decoder.logits(of: batch).elements
    var alone: [Float] = []
    var single: [Float] = []
    let other = try LanguageGolden.decoder(name, precision: precision, threads: 1)
    for prompt in prompts {
      alone += try decoder.logits(of: decoder.hiddenStates(of: [prompt])[0]).elements
      let cache = try other.makeCache(sequences: 1, capacity: 64)
      for id in prompt {
        single += try other.logits(of: other.append([.init(sequence: 0, ids: [id])], to: cache))
          .elements
      }
    }
    #expect(rows.map(\.bitPattern) == alone.map(\.bitPattern))
    #expect(rows.map(\.bitPattern) == single.map(\.bitPattern))
  }

  @Test("Weights in 16 bits give what a model of rounded weights gives, to the bit")
  func rounded() throws {
    let folder = LanguageGolden.folder("hf_lm/llama_tiny")
    let model = try TransformerModel.load(from: folder)
    let store = ParameterStore()
    for (parameter, shape) in model.configuration.parameterShapes {
      let values = try model.parameters.value(parameter)
      // Vectors keep 32 bits, and so does the table of an untied embedding.
      let isMatrix = shape.rank == 2 && parameter != "embed.W_E"
      let stored = StoredTensor(values.elements, shape: shape.sizes, as: .bfloat16)
      try store.set(parameter, isMatrix ? Tensor(shape, stored.floats()) : values)
    }
    let ids = [[1, 2, 3, 4, 5]]
    let exact = try Decoder(TransformerModel(model.configuration, parameters: store))
    let expected = try exact.logits(of: exact.hiddenStates(of: ids)[0]).elements
    for source in [
      try Decoder(model, precision: .bf16), try Decoder(contentsOf: folder, precision: .bf16),
    ] {
      #expect(try source.logits(of: source.hiddenStates(of: ids)[0]).elements == expected)
    }
    let bytes = try Decoder(model, precision: .int8)
    let quantized = try bytes.logits(of: bytes.hiddenStates(of: ids)[0]).elements
    let deviation = expected.map { $0 * $0 }.reduce(0, +) / Float(expected.count)
    let error = zip(quantized, expected).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
    // 8 bits per weight leave about 1 % of noise.
    #expect((error / Float(expected.count) / deviation).squareRoot() < 0.03)
  }

  @Test("Another unembedding gives the log-probabilities of a fine-tuned last layer")
  func unembeddings() throws {
    let golden = try LanguageGolden.file("rl/policy_gradient.safetensors")
    let decoder = try LanguageGolden.decoder("gpt2_tiny")
    let sequences = try LanguageGolden.prompts(golden, "input_ids")
    let states = try decoder.hiddenStates(of: sequences)
    let hidden = excess(
      states.flatMap(\.elements), try golden.tensor("hidden_after_ln_f").floats(), relative: 1e-4)
    #expect(hidden <= 2e-4, "\(hidden)")
    let weights = try golden.tensor("W_ref").floats()
    let columns = (0..<64).flatMap { column in (0..<512).map { weights[$0 * 64 + column] } }
    let unembeddings = [
      try decoder.pack(unembedding: weights),
      try decoder.pack(unembedding: columns, layout: .widthByVocabulary),
    ]
    let shape = try golden.tensor("logprobs_ref").shape
    for unembedding in unembeddings {
      var logProbabilities: [Float] = []
      for (sequence, states) in zip(sequences, states) {
        let logits = try decoder.logits(of: states, with: unembedding)
        for position in sequence.count - shape[1]..<sequence.count {
          logProbabilities.append(logits.logProbabilities(position - 1)[sequence[position]])
        }
      }
      let worst = excess(
        logProbabilities, try golden.tensor("logprobs_ref").floats(), relative: 0)
      #expect(worst <= 1e-4, "\(worst)")
    }
  }

  @Test("An observer sees what each token was drawn from")
  func observer() throws {
    let decoder = try LanguageGolden.decoder("gpt2_tiny")
    let prompt = [1, 2, 3]
    var hidden: [[Float]] = []
    var logProbabilities: [Float] = []
    let completions = try decoder.completions(
      of: prompt, numbers: 4..<6, options: .init(newTokens: 5, sampling: .plain, seed: 7)
    ) { step in
      #expect(step.position == hidden.count && step.requests == [0, 1])
      hidden.append(step.hidden.row(1))
      logProbabilities.append(step.logits.logProbabilities(1)[step.tokens[1]])
      #expect(step.logProbabilities[1] == logProbabilities.last)
    }
    #expect(completions.map(\.index) == [4, 5])
    #expect(completions[1].logProbabilities == logProbabilities)
    let states = try decoder.hiddenStates(of: [prompt + completions[1].ids])[0]
    for (step, row) in hidden.enumerated() { #expect(states.row(2 + step) == row) }
  }

  @Test("A completion is the same alone as in a batch of ten, and another seed gives others")
  func counterBased() throws {
    let decoder = try LanguageGolden.decoder("gpt2_tiny")
    let options = GenerationOptions(newTokens: 12, sampling: Sampling(temperature: 0.9), seed: 3)
    let ten = try decoder.completions(of: [5, 6], numbers: 0..<10, options: options)
    #expect(try decoder.completions(of: [5, 6], numbers: 3..<4, options: options)[0] == ten[3])
    #expect(Set(ten.map(\.ids)).count == 10)
    #expect(try decoder.completions(of: [5, 6], numbers: 0..<10, options: options) == ten)
    var other = options
    other.seed = 4
    #expect(try decoder.completions(of: [5, 6], numbers: 0..<10, options: other) != ten)
  }

  @Test("Wrong requests are answered with a sentence")
  func errors() throws {
    let decoder = try LanguageGolden.decoder("gpt2_tiny")
    func message(_ prompt: [Int], _ options: GenerationOptions = .init(newTokens: 2)) -> String {
      do {
        _ = try decoder.completions(of: prompt, numbers: 0..<1, options: options)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message(Array(repeating: 1, count: 130))
        == "The prompt has 130 tokens, which with 2 new ones is 4 more than the model's context of"
        + " 128; shorten the prompt or generate fewer tokens.")
    #expect(
      message([1, 512])
        == "The token id 512 is outside of the model's vocabulary, 0 to 511; check that the"
        + " tokenizer belongs to the model.")
    #expect(message([]) == "Prompt 0 of the batch has no tokens; give each prompt at least one.")
    #expect(
      message([1], .init(sampling: Sampling(topP: 0)))
        == "The top-p is 0.0; it must be above 0 and at most 1.")
  }
}
