import Foundation
import LanguageModels
import PlumbGraph
import PlumbRuntime
import PlumbTokenizers

/// Held-out documents of one corpus, encoded.
struct HeldOutText: Sendable {
  /// One document.
  struct Document: Sendable {
    /// Its tokens, the separator in front.
    let ids: [Int]
    /// Its length as UTF-8.
    let byteCount: Int
  }

  let register: String
  let documents: [Document]

  init(register: String, documents: [[UInt8]], tokenizer: BPETokenizer) {
    self.register = register
    let separator = tokenizer.endOfText.map { [$0] } ?? []
    self.documents = documents.map {
      Document(ids: separator + tokenizer.encode(utf8: $0), byteCount: $0.count)
    }
  }
}

/// Measures how well a transformer predicts held-out text.
///
/// A document follows the separator, and is read in windows of the context's length without overlap:
/// every token of it is predicted once.
struct LanguageEvaluation {
  private let context: Int
  private let program: Program
  private static let rows = 8

  /// Compiles the network; the weights are copied, so that those in training may go on changing.
  init(_ configuration: TransformerConfiguration, copying parameters: ParameterStore) throws {
    context = configuration.contextLength
    let values = try configuration.parameterShapes.map { ($0.name, try parameters.value($0.name)) }
    program = try Program(
      Graph(["losses": configuration.predictionLosses(batch: Self.rows)]),
      parameters: ParameterStore(Dictionary(uniqueKeysWithValues: values)))
  }

  /// Bits per byte of each register, and of the mixture as `bitsPerByte`.
  ///
  /// - Parameters:
  ///   - texts: The held-out texts, one per corpus.
  ///   - shares: The share of each corpus in the mixture.
  ///   - tokenLimit: The most tokens to read of each corpus; all if `nil`.
  /// - Returns: The scores by name.
  /// - Throws: Errors of the runtime.
  func scores(
    of texts: [HeldOutText], shares: [Double], tokenLimit: Int?
  ) throws -> [String: Double] {
    var bits: [String: Double] = [:]
    var bytes: [String: Double] = [:]
    var weights: [String: Double] = [:]
    for (text, share) in zip(texts, shares) {
      let measured = try measure(text, tokenLimit: tokenLimit)
      bits[text.register, default: 0] += measured.reduce(0) { $0 + $1.bits }
      bytes[text.register, default: 0] += measured.reduce(0) { $0 + $1.bytes }
      weights[text.register, default: 0] += share
    }
    var scores: [String: Double] = [:]
    var total = 0.0
    for (register, sum) in bits {
      let score = sum / max(bytes[register] ?? 0, 1)
      scores[register] = score
      total += score * (weights[register] ?? 0)
    }
    scores["bitsPerByte"] = total / shares.reduce(0, +)
    return scores
  }

  /// The bits and bytes of each document.
  func measure(
    _ text: HeldOutText, tokenLimit: Int? = nil
  ) throws -> [(bits: Double, bytes: Double)] {
    var rows: [(document: Int, ids: ArraySlice<Int>)] = []
    var bytes: [Double] = []
    var left = tokenLimit ?? Int.max
    for (index, document) in text.documents.enumerated() where left > 0 {
      let predicted = document.ids.count - 1
      var start = 0
      while start < predicted, left > 0 {
        let end = min(start + context, predicted)
        rows.append((index, document.ids[start...end]))
        left -= end - start
        start = end
      }
      // Of a document that was cut short the bytes count in proportion.
      bytes.append(Double(document.byteCount) * Double(start) / Double(max(predicted, 1)))
    }
    var bits = Array(repeating: 0.0, count: bytes.count)
    for first in stride(from: 0, to: rows.count, by: Self.rows) {
      let part = rows[first..<min(first + Self.rows, rows.count)]
      var ids: [Int] = []
      var targets: [Int] = []
      for row in part {
        let padding = Array(repeating: 0, count: context - row.ids.count + 1)
        ids += row.ids.dropLast() + padding
        targets += row.ids.dropFirst() + padding
      }
      let missing = Array(repeating: 0, count: (Self.rows - part.count) * context)
      try program.set("ids", Tensor(indices: ids + missing, [Self.rows, context]))
      try program.set("targets", Tensor(indices: targets + missing, [Self.rows * context]))
      try program.run()
      let losses = try program.output("losses").elements
      for (offset, row) in part.enumerated() {
        let begin = offset * context
        let nats = losses[begin..<begin + row.ids.count - 1].reduce(0.0) { $0 + Double($1) }
        bits[row.document] += nats / M_LN2
      }
    }
    return zip(bits, bytes).map { ($0, $1) }
  }
}

extension TransformerConfiguration {
  /// The negative log-probability in nats of each of `targets` after the token before it in `ids`,
  /// `[batch · position]`; both are inputs, and a row is as long as the context.
  ///
  /// - Throws: `TransformerError` or `GraphError` if the configuration does not fit together.
  public func predictionLosses(batch: Int) throws -> Node {
    let network = try network(batch: batch, positions: contextLength, hooks: .none)
    let rows = batch * contextLength
    return try network.logits.reshaped([rows, vocabulary]).crossEntropy(
      targets: .input("targets", [rows], .index))
  }
}
