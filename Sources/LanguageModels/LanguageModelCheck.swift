import Foundation
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// Whether a language model works at all: what must hold for any trained one.
public struct LanguageModelCheck: Sendable {
  /// Everything that was looked at.
  public let findings: [ModelFinding]

  /// An everyday sentence that any model of English expects.
  private static let sentence =
    "The quick brown fox jumps over the lazy dog, and the dog did not seem to mind."

  /// Looks at the weights, the tokenizer and the scores of a short text.
  ///
  /// - Parameter model: The model.
  /// - Throws: What compiling or running throws.
  public init(_ model: LanguageModel) throws {
    let configuration = model.transformer.configuration
    var findings = [try Self.weights(model)]
    var ids = (0..<min(8, configuration.contextLength)).map { $0 % configuration.vocabulary }
    if let tokenizer = model.tokenizer {
      let fits = tokenizer.vocabularySize <= configuration.vocabulary
      findings.append(
        .init(
          name: "tokenizer", isGood: fits,
          detail: "\(tokenizer.vocabularySize) pieces for \(configuration.vocabulary) outputs"))
      let encoded = tokenizer.encode(Self.sentence)
      let returns = try tokenizer.decode(encoded) == Self.sentence
      findings.append(
        .init(
          name: "round trip", isGood: returns,
          detail: returns
            ? "a sentence comes back from its tokens" : "a sentence comes back changed"
        ))
      if fits { ids = Array(encoded.prefix(configuration.contextLength)) }
    } else {
      findings.append(.init(name: "tokenizer", isGood: true, detail: "none; prompts go by ids"))
    }
    guard ids.count > 1 else {
      self.findings = findings
      return
    }
    let network = try configuration.network(batch: 1, positions: ids.count)
    let program = try Program(
      Graph(["logits": network.logits, "losses": network.nextTokenLosses()]),
      parameters: model.transformer.parameters)
    let input = try Tensor(indices: ids, [1, ids.count])
    let results = try program(["ids": input])
    let logits = results["logits"]?.elements ?? []
    let isFinite = logits.allSatisfy(\.isFinite)
    findings.append(
      .init(
        name: "scores", isGood: isFinite, detail: isFinite ? "finite" : "not finite for a text"))
    if isFinite, let losses = results["losses"]?.elements {
      let mean = losses.reduce(0) { $0 + Double($1) } / Double(losses.count)
      let uniform = log(Double(configuration.vocabulary))
      findings.append(
        .init(
          name: "surprise", isGood: model.tokenizer == nil || mean < uniform,
          detail: String(format: "%.2f nats per token; guessing blindly takes %.2f", mean, uniform))
      )
      // What comes later must not change what was said before.
      var changed = ids
      changed[changed.count - 1] = (changed[changed.count - 1] + 1) % configuration.vocabulary
      let others = try program(["ids": Tensor(indices: changed, [1, ids.count])])
      let before = (ids.count - 1) * configuration.vocabulary
      let isCausal = others["logits"]?.elements.prefix(before) == logits.prefix(before)
      findings.append(
        .init(
          name: "causality", isGood: isCausal,
          detail: isCausal
            ? "the last token changes nothing before it" : "the last token changes scores before it"
        ))
    }
    self.findings = findings
  }

  private static func weights(_ model: LanguageModel) throws -> ModelFinding {
    var count = 0
    for name in model.transformer.parameters.names {
      let tensor = try model.transformer.parameters.value(name)
      count += tensor.elements.count
      if let index = tensor.firstNonFinite {
        return .init(
          name: "weights", isGood: false,
          detail: "'\(name)' is \(tensor.elements[index]) at element \(index)")
      }
    }
    return .init(name: "weights", isGood: true, detail: "\(count) numbers, all finite")
  }
}
