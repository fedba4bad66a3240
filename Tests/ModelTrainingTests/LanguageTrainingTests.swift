import Foundation
import LanguageModeling
import LanguageModels
import PlumbRuntime
import PlumbTokenizers
import TemporaryFolders
import Testing

@testable import ModelTraining

@Suite("Training a small language model")
struct LanguageTrainingTests {
  /// Two kinds of text, with a held-out document each.
  private static func data() throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    let animals = ["cat", "dog", "owl", "hen"]
    let tales = (0..<60).map {
      "The \(animals[$0 % 4]) met the \(animals[($0 / 4) % 4]) and they talked. The end.\n"
        + "<|endoftext|>\n"
    }
    let sums = (0..<60).map { "def sum\($0)(a, b):\n    return a + b\n<|endoftext|>\n" }
    _ = try folder.write("tales.txt", tales.joined())
    _ = try folder.write("sums.txt", sums.joined())
    return folder
  }

  private static func recipe(steps: Int = 12) -> TrainingRecipe {
    TrainingRecipe(
      name: "tiny",
      subject: .language(
        LanguageTraining(
          corpora: [
            .init(file: "tales.txt", register: "tales", share: 2),
            .init(file: "sums.txt", register: "code", share: 1),
          ], vocabulary: 300, context: 16, width: 16, layers: 2, heads: 2)),
      steps: steps, batch: 4, optimizer: .muon(momentum: 0.9, weightDecay: 0.01),
      schedule: .trapezoid(peak: 0.02, warmup: 2, decay: 4, total: 12), clippingNorm: 1,
      precision: .fp32, seed: 3, evaluationInterval: 6)
  }

  private static func run(
    _ recipe: TrainingRecipe, data: TemporaryFolder, in folder: String
  ) throws -> TrainingRun {
    try TrainingRun(
      recipe, task: try recipe.task(data: data.path, folder: folder), folder: folder)
  }

  @Test("The loss and the held-out bits per byte fall")
  func learns() throws {
    let (data, folder) = (try Self.data(), TemporaryFolder())
    let run = try Self.run(Self.recipe(steps: 12), data: data, in: folder.path)
    try run.train(reportInterval: 1) { _ in }
    let curve = try run.curve()
    #expect(curve.map(\.step) == Array(1...12))
    let losses = curve.compactMap { $0.metrics["loss"] }
    #expect(losses[11] < losses[0] - 0.5)
    let scores = curve.compactMap(\.scores)
    #expect(scores.count == 2)
    #expect(Set(scores[1].keys) == ["tales", "code", "bitsPerByte"])
    #expect((scores[1]["bitsPerByte"] ?? 9) < (scores[0]["bitsPerByte"] ?? 0))
  }

  @Test("A training that was stopped goes on to the same bits")
  func resumes() throws {
    let data = try Self.data()
    let (whole, parts) = (TemporaryFolder(), TemporaryFolder())
    let once = try Self.run(Self.recipe(), data: data, in: whole.path)
    try once.train(reportInterval: 3) { _ in }

    try Self.run(Self.recipe(), data: data, in: parts.path).train(limit: 5, reportInterval: 3) {
      _ in
    }
    let resumed = try Self.run(Self.recipe(), data: data, in: parts.path)
    #expect(resumed.step == 5)
    try resumed.train(reportInterval: 3) { _ in }

    for name in once.parameters.names {
      #expect(try once.parameters.value(name) == resumed.parameters.value(name), "\(name)")
    }
    #expect(try resumed.curve().map(\.step).filter { $0 % 3 == 0 } == [3, 6, 9, 12])
  }

  @Test("Another recipe in the same folder is refused, with what differs")
  func otherRecipe() throws {
    let (data, folder) = (try Self.data(), TemporaryFolder())
    _ = try Self.run(Self.recipe(), data: data, in: folder.path)
    var other = Self.recipe()
    other.batch = 8
    #expect {
      _ = try Self.run(other, data: data, in: folder.path)
    } throws: {
      "\($0)"
        == "The training in \(folder.path) was begun with another recipe: batch is 8, was 4. Take "
        + "the old recipe, or another folder."
    }
  }

  @Test("The exported folder is a Hugging Face model whose scores are those of the run")
  func exports() throws {
    let (data, folder) = (try Self.data(), TemporaryFolder())
    let run = try Self.run(Self.recipe(), data: data, in: folder.path)
    try run.train { _ in }
    let path = try run.export()
    let model = try TransformerModel.load(from: path)
    let tokenizer = try BPETokenizer.load(from: URL(fileURLWithPath: path))
    #expect(tokenizer.vocabularySize == model.configuration.vocabulary)
    #expect(
      try tokenizer.decode(tokenizer.encode("The cat met the owl.")) == "The cat met the owl.")
    let known = try run.task.evaluate(run.parameters, isFinal: true)
    let stored = try run.task.evaluate(model.parameters, isFinal: true)
    // Half precision keeps eleven bits.
    #expect(abs((known["bitsPerByte"] ?? 0) - (stored["bitsPerByte"] ?? 9)) < 0.01)

    let card = try run.task.card(
      ofModelIn: path, facts: TrainingFacts(recipe: run.recipe, steps: 6, seconds: 61, threads: 1))
    #expect(card.contains("## Registers after"))
    #expect(card.contains(String(format: "| mixture | %.4f |", stored["bitsPerByte"] ?? 0)))
    let prompt = tokenizer.encode("Good morning")
    let again = try Decoder(model).completions(
      of: prompt, numbers: 3..<4,
      options: GenerationOptions(
        newTokens: 16 - prompt.count, endTokens: tokenizer.endOfText.map { [$0] } ?? []),
      tokenizer: tokenizer)
    let text = "Good morning" + again[0].text
    #expect(card.contains("4. `\(text.replacingOccurrences(of: "\n", with: "\\n"))"))
  }

  @Test("Every token of a document is predicted once, whatever its length")
  func everyToken() throws {
    let (data, folder) = (try Self.data(), TemporaryFolder())
    let task = try #require(
      try Self.recipe().task(data: data.path, folder: folder.path) as? LanguageTask)
    let parameters = try ParameterStore(task.initialParameters())
    // A model that finds all tokens equally likely needs log2 V bits for each.
    for (name, _) in task.configuration.parameterShapes {
      let value = try parameters.value(name)
      try parameters.set(name, Tensor(value.shape, filledWith: 0))
    }
    let evaluation = try LanguageEvaluation(task.configuration, copying: parameters)
    let text = String(repeating: "The hen talked. ", count: 20)
    let documents = [3, 100, 300].map { Array(text.utf8.prefix($0)) }
    let heldOut = HeldOutText(
      register: "tales", documents: documents, tokenizer: task.tokenizer)
    let measured = try evaluation.measure(heldOut)
    let bits = log2(Double(task.configuration.vocabulary))
    for (document, result) in zip(documents, measured) {
      let tokens = Double(task.tokenizer.encode(utf8: document).count)
      #expect(abs(result.bits - tokens * bits) < 1e-3 * tokens)
      #expect(result.bytes == Double(document.count))
    }
  }
}
