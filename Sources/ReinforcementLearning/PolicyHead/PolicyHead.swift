import LanguageModeling
import PlumbKernels
import PlumbRuntime

/// The unembedding of a policy, beside that of the base model it came from.
///
/// Logits exist for one tile of rows at a time, so that memory does not grow with
/// batch x length x vocabulary; those that sampling has kept are taken as they are, since they have
/// the same bits. The gradient for the unembedding is a product of matrices: the gradient for the
/// tile's logits, transposed, by the hidden states.
final class PolicyHead {
  /// The numbers that one tile of logits may have: 64 MiB.
  static let tileLimit = 16 << 20

  let vocabulary: Int
  let width: Int
  /// The numbers of the unembedding.
  var count: Int { vocabulary * width }
  /// What divides the logits, in sampling, log-probabilities, entropy and divergence alike.
  let temperature: Float
  /// The policy's unembedding, `[vocabulary, model]`; whoever changes it calls ``weightsChanged()``.
  let weights: BufferSlice
  /// The gradient for the policy's unembedding; empty if it is frozen.
  let gradient: BufferSlice
  private let bias: BufferSlice?
  private let tileRows: Int
  private let thread: ComputeThread

  /// Both unembeddings as products take them; one matrix if the policy's is frozen.
  private let packedWeights: PackedMatrix
  private let packedBase: PackedMatrix
  private var isPacked = false

  private let hidden: BufferSlice
  private let baseHidden: BufferSlice
  private let hiddenGradient: BufferSlice
  private let targets: BufferSlice
  private let statistics: BufferSlice
  private let rowWeights: BufferSlice
  private let logits: BufferSlice
  private let baseLogits: BufferSlice
  /// Whether the gradient holds that of an earlier tile, to which the next one is added.
  private var hasGradient = false

  /// Copies an unembedding, which both the policy and the base start from.
  ///
  /// - Parameters:
  ///   - unembedding: The weights, `[vocabulary, model]`.
  ///   - base: The base's weights, if they are others.
  ///   - bias: The bias of the logits, `[vocabulary]`, if there is one; it stays as it is.
  ///   - temperature: What divides the logits.
  ///   - isTrained: Whether gradients for the unembedding will be asked for.
  ///   - threads: The number of threads; `nil` for those that are free.
  ///   - tileLimit: The numbers that one tile of logits may have.
  /// - Throws: `MemoryError` if there is no memory.
  init(
    unembedding: Tensor, base: Tensor? = nil, bias: Tensor?, temperature: Float, isTrained: Bool,
    threads: Int? = nil, tileLimit: Int = PolicyHead.tileLimit
  ) throws {
    thread = try ComputeThread.shared(threads: threads)
    let (vocabulary, width) = (unembedding.shape[0], unembedding.shape[1])
    self.vocabulary = vocabulary
    self.width = width
    self.temperature = temperature
    tileRows = min(max(tileLimit / vocabulary, 1), 1024)
    func floats(_ count: Int) throws -> BufferSlice {
      BufferSlice(try AlignedBuffer(byteCount: count * 4, zeroed: true, hugePages: count > 1 << 20))
    }
    weights = try floats(vocabulary * width)
    gradient = try floats(isTrained ? vocabulary * width : 0)
    self.bias = try bias.map { BufferSlice(try AlignedBuffer($0.elements)) }
    packedBase = try PackedMatrix(outputs: vocabulary, inputs: width, precision: .fp32)
    packedWeights =
      isTrained
      ? try PackedMatrix(outputs: vocabulary, inputs: width, precision: .fp32) : packedBase
    hidden = try floats(tileRows * width)
    baseHidden = try floats(tileRows * width)
    hiddenGradient = try floats(tileRows * width)
    targets = try floats(tileRows)
    statistics = try floats(tileRows * PolicyKernels.Statistic.allCases.count)
    rowWeights = try floats(tileRows * 3)
    logits = try floats(tileRows * vocabulary)
    baseLogits = try floats(tileRows * vocabulary)
    weights.write(unembedding.elements)
    thread.run {
      packedBase.pack(
        outputs: 0..<vocabulary, from: (base ?? unembedding).elements, outputStride: width,
        inputStride: 1)
    }
    isPacked = !isTrained
  }

  // MARK: Weights

  /// Notes that ``weights`` are others now.
  func weightsChanged() { isPacked = false }

  /// The policy's unembedding as it is now, for a decoder; it changes with the policy's.
  func unembedding() -> Unembedding {
    thread.run { pack() }
    return Unembedding(matrix: packedWeights, bias: bias)
  }

  private func pack() {
    guard !isPacked else { return }
    isPacked = true
    packedWeights.pack(outputs: 0..<vocabulary, from: weights, outputStride: width, inputStride: 1)
  }

  /// The base's unembedding, `[vocabulary, model]`.
  func baseWeights() throws -> [Float] {
    let result = BufferSlice(try AlignedBuffer(byteCount: count * 4))
    thread.run {
      DecodingKernels.unpack(
        packedBase, ids: Array(0..<Int32(vocabulary)), result: .init(result, stride: width))
    }
    return result.read(count)
  }

  // MARK: Passes

  /// The statistics of rows, without a gradient.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - temperature: Another temperature than the policy's.
  /// - Returns: The statistics.
  func statistics(of rows: PolicyRows, temperature: Float? = nil) -> PolicyStatistics {
    thread.run {
      pass(over: rows, temperature: temperature) { _, _, _ in }
    }
  }

  /// Runs a closure where the head computes.
  func compute<Result>(_ body: () throws -> Result) rethrows -> Result { try thread.run(body) }

  /// Adds the gradient of the loss for the unembedding to ``gradient``, which begins at 0 after
  /// each ``beginGradient()``.
  ///
  /// - Parameters:
  ///   - rows: The rows; logits that they hold are lost.
  ///   - needsHidden: Whether the gradient for the hidden states is wanted too.
  ///   - weights: Called for each tile with the numbers of its rows and their statistics.
  /// - Returns: The statistics, and the gradient for the hidden states, `[row, model]`, or nothing.
  /// - Throws: What `weights` or a kernel throws.
  func accumulateGradient(
    of rows: PolicyRows, needsHidden: Bool = false,
    weights: (ArraySlice<Int>, PolicyStatistics) throws -> PolicyWeights
  ) throws -> (statistics: PolicyStatistics, hidden: [Float]) {
    var upstream = [Float](repeating: 0, count: needsHidden ? rows.count * width : 0)
    let statistics = try thread.run {
      try pass(over: rows) { numbers, tile, statistics in
        try differentiate(tile, try weights(numbers, statistics))
        guard needsHidden else { return }
        let part = try hiddenGradient(of: tile)
        for (index, row) in numbers.enumerated() {
          upstream.replaceSubrange(
            row * width..<(row + 1) * width, with: part[index * width..<(index + 1) * width])
        }
      }
    }
    return (statistics, upstream)
  }

  /// Forgets the gradient.
  func beginGradient() { hasGradient = false }

  /// Computes logits and statistics tile by tile.
  private func pass(
    over rows: PolicyRows, temperature: Float? = nil,
    _ body: (ArraySlice<Int>, PolicyKernels.Rows, PolicyStatistics) throws -> Void
  ) rethrows -> PolicyStatistics {
    pack()
    // Logits that were kept are taken in the order in which they lie.
    let order = rows.logits?.tokens ?? Array(0..<rows.count)
    var all = PolicyStatistics(count: rows.count)
    for start in stride(from: 0, to: rows.count, by: tileRows) {
      let numbers = order[start..<min(start + tileRows, rows.count)]
      var tile = tile(of: rows, numbers)
      if let temperature { tile.temperature = temperature }
      PolicyKernels.statistics(of: tile)
      let statistics = PolicyStatistics(of: tile)
      try body(numbers, tile, statistics)
      all.set(numbers, to: statistics)
    }
    return all
  }

  /// The logits of some rows under the policy and under the base.
  private func tile(of rows: PolicyRows, _ numbers: ArraySlice<Int>) -> PolicyKernels.Rows {
    let count = numbers.count
    func states(_ all: [Float]) -> [Float] {
      numbers.flatMap { all[$0 * width..<($0 + 1) * width] }
    }
    hidden.write(states(rows.hidden))
    if let other = rows.baseHidden { baseHidden.write(states(other)) }
    targets.writeIndices(numbers.map { Float(rows.targets[$0]) })
    var policyLogits = logits
    if let kept = rows.logits {
      policyLogits = kept.buffer.memory.slice(
        byteOffset: numbers.startIndex * vocabulary * 4, byteCount: count * vocabulary * 4)
    } else {
      product(packedWeights, of: hidden, rows: count, into: logits)
    }
    product(
      packedBase, of: rows.baseHidden == nil ? hidden : baseHidden, rows: count, into: baseLogits)
    return PolicyKernels.Rows(
      rows: count, columns: vocabulary, temperature: temperature, logits: policyLogits,
      reference: baseLogits, targets: targets, statistics: statistics)
  }

  private func product(
    _ matrix: PackedMatrix, of states: BufferSlice, rows: Int, into result: BufferSlice
  ) {
    DecodingKernels.product(
      matrix, rows: rows, result: .init(result, stride: vocabulary),
      source: .init(states, stride: width), bias: bias)
  }

  /// Replaces the policy's logits of a tile by the gradient for them, and adds what follows for the
  /// unembedding to its gradient.
  private func differentiate(_ tile: PolicyKernels.Rows, _ weights: PolicyWeights) throws {
    rowWeights.write(weights.log + weights.divergence + weights.entropy)
    func part(_ index: Int) -> BufferSlice {
      rowWeights.slice(byteOffset: index * tile.rows * 4, byteCount: tile.rows * 4)
    }
    PolicyKernels.gradient(
      of: tile, result: tile.logits, logWeights: part(0), klWeights: part(1),
      entropyWeights: part(2))
    guard gradient.byteCount > 0 else { return }
    try MatrixKernels.product(
      rows: vocabulary, columns: width, inner: tile.rows, result: gradient, left: tile.logits,
      .init(rows: vocabulary, columns: tile.rows, isTransposed: true), right: hidden,
      .init(rows: tile.rows, columns: width), adds: hasGradient
    ).run()
    hasGradient = true
  }

  /// The gradient for the hidden states of a tile, from that for its logits.
  private func hiddenGradient(of tile: PolicyKernels.Rows) throws -> [Float] {
    try MatrixKernels.product(
      rows: tile.rows, columns: width, inner: vocabulary, result: hiddenGradient,
      left: tile.logits, .init(rows: tile.rows, columns: vocabulary), right: weights,
      .init(rows: vocabulary, columns: width)
    ).run()
    return hiddenGradient.read(tile.rows * width)
  }
}
