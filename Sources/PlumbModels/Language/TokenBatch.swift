import PlumbGraph
import PlumbRuntime

/// Prompts of different lengths as one batch, padded on the left so that all end together.
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

  /// The inputs of a padded network by name.
  public var inputs: [String: Tensor] { ["ids": ids, "mask": mask, "positions": positions] }
}
