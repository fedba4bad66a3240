import PlumbGraph
import PlumbRuntime

/// Prompts of different lengths as one batch, padded on the left so that all end together, or as given.
public struct TokenBatch: Sendable, Equatable {
  /// The token ids, `[batch, position]` of index.
  public let ids: Tensor
  /// 1 where there is a token and 0 where there is padding, `[batch, position]`.
  public let mask: Tensor
  /// The index of each token in its own prompt, 0 at padding, `[batch, position]` of index.
  public let positions: Tensor
  /// Whether there is any padding.
  public let isPadded: Bool

  /// Pads prompts to the length of the longest.
  ///
  /// - Parameters:
  ///   - prompts: The token ids of each prompt, at least one each.
  ///   - padding: The id to write where there is no token; which one does not matter.
  /// - Throws: ``TransformerError/emptyPrompt(row:)``.
  public init(_ prompts: [[Int]], padding: Int = 0) throws {
    guard let longest = prompts.map(\.count).max() else {
      throw TransformerError.emptyPrompt(row: nil)
    }
    if let row = prompts.firstIndex(where: \.isEmpty) {
      throw TransformerError.emptyPrompt(row: row)
    }
    let missing = prompts.map { longest - $0.count }
    let shape = Shape([prompts.count, longest], names: ["batch", "position"])
    ids = try Tensor(
      indices: zip(prompts, missing).flatMap { Array(repeating: padding, count: $1) + $0 }, shape)
    mask = try Tensor(
      shape,
      zip(prompts, missing).flatMap { prompt, missing in
        Array(repeating: Float(0), count: missing) + Array(repeating: 1, count: prompt.count)
      })
    positions = try Tensor(
      indices: zip(prompts, missing).flatMap { Array(repeating: 0, count: $1) + $0.indices },
      shape)
    isPadded = missing.contains { $0 > 0 }
  }

  /// Takes rows of one length as they are, with padding wherever it is.
  ///
  /// - Parameters:
  ///   - rows: Token ids, and anything at padding.
  ///   - rowMasks: 1 where there is a token and 0 where there is padding; `nil` if there is none.
  /// - Throws: ``TransformerError/emptyPrompt(row:)`` if a row has no token.
  public init(ids rows: [[Int]], mask rowMasks: [[Int]]?) throws {
    guard let length = rows.first?.count, length > 0 else {
      throw TransformerError.emptyPrompt(row: rows.isEmpty ? nil : 0)
    }
    let real = rowMasks ?? rows.map { Array(repeating: 1, count: $0.count) }
    if let row = real.firstIndex(where: { !$0.contains(1) }) {
      throw TransformerError.emptyPrompt(row: row)
    }
    let shape = Shape([rows.count, length], names: ["batch", "position"])
    isPadded = real.contains { $0.contains(0) }
    // What stands at padding is not a token, and must be one all the same.
    ids = try Tensor(
      indices: zip(rows, real).flatMap { row, mask in
        zip(row, mask).map { $1 == 0 ? 0 : $0 }
      }, shape)
    mask = try Tensor(shape, real.flatMap { $0.map { Float($0) } })
    positions = try Tensor(
      indices: real.flatMap { row -> [Int] in
        var count = 0
        return row.map { isReal in
          defer { count += isReal }
          return isReal == 0 ? 0 : count
        }
      }, shape)
  }

  /// The inputs of a padded network by name.
  public var inputs: [String: Tensor] { ["ids": ids, "mask": mask, "positions": positions] }
}
