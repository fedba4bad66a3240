import LanguageModeling
import LanguageModels
import PlumbKernels
import PlumbRuntime

/// Decoding with a model of GPT-2's smallest size, 124 million random weights.
enum DecodingCases {
  /// What is measured.
  enum Kind: String, CaseIterable {
    /// Ten prompts of 2 tokens, 30 new tokens each.
    case batch
    /// One prompt of 2 tokens, 200 new tokens.
    case stream
    /// Reading a prompt of 1,024 tokens, up to the logits of its last.
    case prefill
  }

  static var names: [String] {
    Kind.allCases.flatMap { kind in
      WeightPrecision.allCases.map { "decode/\(kind.rawValue)/\($0.rawValue)" }
    }
  }

  static let configuration = TransformerConfiguration(
    family: .gpt2, vocabulary: 50257, width: 768, layers: 12, contextLength: 1024,
    normalization: .init(.layer), positions: .learned,
    attention: .init(layers: 12, heads: 12, headWidth: 64, hasInputBias: true, hasOutputBias: true),
    feedForward: .init(width: 3072, activation: .geluTanh, isGated: false, hasBias: true),
    isTied: true)

  /// Milliseconds, the bytes of weights that were read or for a prompt the operations, and whether
  /// it is bytes.
  static func measure(
    _ kind: Kind, _ precision: WeightPrecision, seconds: Double
  ) throws -> (milliseconds: Double, work: Double, isMemory: Bool) {
    let decoder = try Decoder(
      TransformerModel.initialized(configuration, seed: 1), precision: precision)
    switch kind {
    case .batch:
      let requests = (0..<10).map { GenerationRequest(prompt: [$0, 500 + $0], completion: $0) }
      let options = GenerationOptions(newTokens: 30)
      let milliseconds = try medianMilliseconds(seconds: seconds) {
        _ = try decoder.generate(requests, options: options)
      }
      return (milliseconds, Double(decoder.bytesPerToken) * 30, true)
    case .stream:
      let options = GenerationOptions(newTokens: 200, sampling: .greedy)
      let milliseconds = try medianMilliseconds(seconds: seconds) {
        _ = try decoder.completions(of: [1, 2], numbers: 0..<1, options: options)
      }
      return (milliseconds, Double(decoder.bytesPerToken) * 200, true)
    case .prefill:
      let ids = (0..<1024).map { $0 * 37 % 50257 }
      let milliseconds = try medianMilliseconds(seconds: seconds) {
        let cache = try decoder.makeCache(sequences: 1, capacity: 1024)
        _ = try decoder.logits(of: decoder.append([.init(sequence: 0, ids: ids)], to: cache))
      }
      // Two operations per weight and token, and attention over half the positions on average.
      let weights = Double(12 * 12 * 768 * 768)
      let attention = Double(12 * 768 * 1024 * 2)
      return (milliseconds, (weights + attention) * 2 * 1024, false)
    }
  }
}
