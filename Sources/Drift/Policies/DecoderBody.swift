import LanguageModeling
import LanguageModels

/// A transformer's body that remembers keys and values, so that each new token costs one position.
///
/// A state depends on the tokens before it in its row and on nothing else, to the bit.
public final class DecoderBody: PolicyBody {
  /// The width of a hidden state.
  public var width: Int { decoder.configuration.width }
  private let decoder: Decoder

  /// Packs the weights of a model.
  ///
  /// - Throws: Errors of the decoder.
  public init(_ model: TransformerModel, threads: Int? = nil) throws {
    decoder = try Decoder(model, threads: threads)
  }

  /// See ``PolicyBody/session(prompt:rows:length:)``.
  public func session(prompt: [Int], rows: Int, length: Int) throws -> any PolicySession {
    try Session(decoder, prompt: prompt, rows: rows, length: length)
  }

  private final class Session: PolicySession {
    private(set) var states: [Float]
    private let decoder: Decoder
    private let cache: KeyValueCache

    init(_ decoder: Decoder, prompt: [Int], rows: Int, length: Int) throws {
      self.decoder = decoder
      cache = try decoder.makeCache(sequences: rows, capacity: prompt.count + length)
      // The prompt is read once.
      let state = try decoder.append([.init(sequence: 0, ids: prompt)], to: cache).row(0)
      for row in 1..<max(rows, 1) { cache.copy(sequence: 0, to: row) }
      states = Array(repeating: state, count: rows).flatMap { $0 }
    }

    func advance(_ tokens: [Int]) throws {
      let rows = try decoder.append(
        tokens.enumerated().map { .init(sequence: $0, ids: [$1]) }, to: cache)
      states.removeAll(keepingCapacity: true)
      for row in tokens.indices { states += rows.row(row) }
    }
  }
}
