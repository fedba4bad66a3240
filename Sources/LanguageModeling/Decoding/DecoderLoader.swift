import Foundation
import LanguageModels
import PlumbFiles
import PlumbKernels

/// Packs a model's parameters, one after the other; runs on the compute thread.
struct DecoderLoader<Model: TransformerParameters> {
  let model: Model
  let precision: WeightPrecision

  private var configuration: TransformerConfiguration { model.configuration }
  private var attention: TransformerConfiguration.Attention { configuration.attention }

  /// The unembedding; a tied model's is its embedding transposed.
  func unembedding() throws -> Unembedding {
    let matrix = try PackedMatrix(
      outputs: configuration.vocabulary, inputs: configuration.width, precision: precision)
    let name = configuration.isTied ? "embed.W_E" : "unembed.W_U"
    try pack(name, into: matrix, first: 0, isTransposed: configuration.isTied)
    return Unembedding(
      matrix: matrix,
      bias: try vector("unembed.b_U", if: configuration.hasUnembeddingBias)?.slice)
  }

  func embedding(sharedWith unembedding: Unembedding) throws -> EmbeddingTable {
    if configuration.isTied { return .tied(unembedding.matrix) }
    if let stored = try model.stored("embed.W_E") { return .stored(stored) }
    return .rows(try DecoderVector(try model.values(of: "embed.W_E")))
  }

  func positions() throws -> PositionTable {
    switch configuration.positions {
    case .none: return .none
    case .learned: return .learned(try DecoderVector(try model.values(of: "pos_embed.W_pos")))
    case .rotary(let rotary): return .rotary(rotary)
    }
  }

  func layer(_ index: Int) throws -> DecoderLayer {
    let name = "blocks.\(index)"
    let inner = attention.heads * attention.headWidth
    let shared = attention.keyValueHeads * attention.headWidth
    let feedForward = configuration.feedForward
    return DecoderLayer(
      first: try normalization("\(name).ln1"),
      queriesKeysValues: try projection(
        ["Q", "K", "V"].map { "\(name).attn.W_\($0)" }, sizes: [inner, shared, shared],
        inputs: configuration.width, hasBias: attention.hasInputBias),
      output: try projection(
        ["\(name).attn.W_O"], sizes: [configuration.width], inputs: inner,
        hasBias: attention.hasOutputBias),
      second: feedForward == nil
        ? DecoderNormalization(gain: nil, bias: nil) : try normalization("\(name).ln2"),
      neurons: try feedForward.map {
        try projection(
          ($0.isGated ? ["gate", "in"] : ["in"]).map { "\(name).mlp.W_\($0)" },
          sizes: $0.isGated ? [$0.width, $0.width] : [$0.width], inputs: configuration.width,
          hasBias: $0.hasBias)
      },
      down: try feedForward.map {
        try projection(
          ["\(name).mlp.W_out"], sizes: [configuration.width], inputs: $0.width,
          hasBias: $0.hasBias)
      })
  }

  func normalization(_ name: String) throws -> DecoderNormalization {
    let norm = configuration.normalization
    let hasGain = norm.kind != .none && norm.hasGain
    return DecoderNormalization(
      gain: try vector("\(name).w", if: hasGain),
      bias: try vector("\(name).b", if: hasGain && norm.kind == .layer))
  }

  private func vector(_ name: String, if isPresent: Bool) throws -> DecoderVector? {
    isPresent ? try DecoderVector(try model.values(of: name)) : nil
  }

  /// Matrices of the same inputs side by side.
  private func projection(
    _ names: [String], sizes: [Int], inputs: Int, hasBias: Bool
  ) throws -> DecoderProjection {
    let matrix = try PackedMatrix(
      outputs: sizes.reduce(0, +), inputs: inputs, precision: precision)
    var first = 0
    for (name, size) in zip(names, sizes) {
      try pack(name, into: matrix, first: first)
      first += size
    }
    guard hasBias else { return DecoderProjection(matrix: matrix, bias: nil) }
    let biases = try names.flatMap {
      try model.values(of: $0.replacing(".W_", with: ".b_", maxReplacements: 1))
    }
    return DecoderProjection(matrix: matrix, bias: try DecoderVector(biases))
  }

  /// Packs a parameter `[in, out]`, or one `[out, in]`, as outputs from `first` on.
  private func pack(
    _ name: String, into matrix: PackedMatrix, first: Int, isTransposed: Bool = false
  ) throws {
    if let stored = try model.stored(name), !isTransposed || stored.runs.count == 1 {
      for run in stored.runs {
        let outputs = isTransposed ? 0..<stored.tensor.shape[0] : run.outputs
        matrix.pack(
          outputs: outputs.lowerBound + first..<outputs.upperBound + first,
          from: stored.tensor.bytes.bytes, as: stored.tensor.type.source, offset: run.offset,
          outputStride: isTransposed ? run.inputStride : run.outputStride,
          inputStride: isTransposed ? run.outputStride : run.inputStride)
      }
      return
    }
    let values = try model.values(of: name)
    let count = values.count / matrix.inputs
    matrix.pack(
      outputs: first..<first + count, from: values,
      outputStride: isTransposed ? matrix.inputs : 1, inputStride: isTransposed ? 1 : count)
  }
}

extension StoredType {
  fileprivate var source: PackedMatrix.Source {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    default: .float32
    }
  }
}
