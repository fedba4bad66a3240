import LanguageModels
import ModelTraining
import PlumbGraph
import PlumbRuntime

/// One training step of plumb-gpt at its shipped shape: 8 windows of 512 tokens.
enum PlumbGPTTraining {
  static let batch = 8
  static let configuration = TransformerConfiguration(
    family: .gpt2, vocabulary: 8192, width: 256, layers: 4, contextLength: 512,
    normalization: .init(.layer), positions: .learned,
    attention: .init(
      layers: 4, heads: 4, headWidth: 64, hasInputBias: true, hasOutputBias: true),
    feedForward: .init(width: 1024, activation: .geluTanh, isGated: false, hasBias: true),
    isTied: true)

  static func graph() throws -> Graph {
    Graph(["loss": try configuration.predictionLosses(batch: batch).mean()])
  }

  static func inputs() throws -> [String: Tensor] {
    let (context, vocabulary) = (configuration.contextLength, configuration.vocabulary)
    let count = batch * context
    return [
      "ids": try Tensor(indices: (0..<count).map { ($0 * 37) % vocabulary }, [batch, context]),
      "targets": try Tensor(indices: (0..<count).map { ($0 * 37 + 37) % vocabulary }, [count]),
    ]
  }
}
