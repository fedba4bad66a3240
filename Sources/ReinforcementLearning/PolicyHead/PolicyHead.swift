import PlumbKernels
import PlumbRuntime

/// The unembedding of a policy, beside that of the base model it came from.
///
/// Logits exist for one tile of rows at a time, so that memory does not grow with
/// batch x length x vocabulary. The gradient for the unembedding is a product of matrices: the
/// gradient for the tile's logits, transposed, by the hidden states.
final class PolicyHead {
  /// The numbers that one tile of logits may have: 64 MiB.
  static let tileLimit = 16 << 20
  /// Rows are padded to a multiple of this, so that few sizes occur.
  private static let rowMultiple = 16

  let vocabulary: Int
  let width: Int
  /// The numbers of the unembedding.
  var count: Int { vocabulary * width }
  /// What divides the logits, in sampling, log-probabilities, entropy and divergence alike.
  let temperature: Float
  /// The policy's unembedding, `[vocabulary, model]`.
  let weights: BufferSlice
  /// The base's, `[vocabulary, model]`.
  let baseWeights: BufferSlice
  /// The gradient for the policy's unembedding; empty if it is frozen.
  let gradient: BufferSlice
  private let bias: BufferSlice?
  private let tileRows: Int
  private let thread: ComputeThread

  private let hidden: BufferSlice
  private let baseHidden: BufferSlice
  private let hiddenGradient: BufferSlice
  private let targets: BufferSlice
  private let statistics: BufferSlice
  private let rowWeights: BufferSlice
  private let logits: BufferSlice
  private let baseLogits: BufferSlice
  private var products: [Int: Products] = [:]
  /// Whether the gradient holds that of an earlier tile, to which the next one is added.
  private var hasGradient = false

  /// Copies an unembedding, which both the policy and the base start from.
  ///
  /// - Parameters:
  ///   - unembedding: The weights, `[vocabulary, model]`.
  ///   - bias: The bias of the logits, `[vocabulary]`, if there is one; it stays as it is.
  ///   - temperature: What divides the logits.
  ///   - isTrained: Whether gradients for the unembedding will be asked for.
  ///   - threads: The number of threads; `nil` for those that are free.
  ///   - tileLimit: The numbers that one tile of logits may have.
  /// - Throws: `MemoryError` if there is no memory.
  init(
    unembedding: Tensor, bias: Tensor?, temperature: Float, isTrained: Bool, threads: Int? = nil,
    tileLimit: Int = PolicyHead.tileLimit
  ) throws {
    thread = try ComputeThread.shared(threads: threads)
    let (vocabulary, width) = (unembedding.shape[0], unembedding.shape[1])
    let multiple = Self.rowMultiple
    let rows = max(tileLimit / vocabulary / multiple, 1) * multiple
    self.vocabulary = vocabulary
    self.width = width
    self.temperature = temperature
    tileRows = min(rows, 1024)
    func floats(_ count: Int) throws -> BufferSlice {
      BufferSlice(try AlignedBuffer(byteCount: count * 4, zeroed: true, hugePages: count > 1 << 20))
    }
    weights = try floats(vocabulary * width)
    baseWeights = isTrained ? try floats(vocabulary * width) : weights
    gradient = try floats(isTrained ? vocabulary * width : 0)
    self.bias = try bias.map { BufferSlice(try AlignedBuffer($0.elements)) }
    hidden = try floats(tileRows * width)
    baseHidden = try floats(tileRows * width)
    hiddenGradient = try floats(tileRows * width)
    targets = try floats(tileRows)
    statistics = try floats(tileRows * PolicyKernels.Statistic.allCases.count)
    rowWeights = try floats(tileRows * 3)
    logits = try floats(tileRows * vocabulary)
    baseLogits = try floats(tileRows * vocabulary)
    weights.write(unembedding.elements)
    if isTrained { baseWeights.write(unembedding.elements) }
  }

  // MARK: Passes

  /// The statistics of rows, without a gradient.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - temperature: Another temperature than the policy's.
  /// - Returns: The statistics.
  /// - Throws: An error of oneDNN.
  func statistics(of rows: PolicyRows, temperature: Float? = nil) throws -> PolicyStatistics {
    try thread.run {
      try pass(over: rows, temperature: temperature) { _, _, _ in }
    }
  }

  /// Runs a closure where the head computes.
  func compute<Result>(_ body: () throws -> Result) rethrows -> Result { try thread.run(body) }

  /// Adds the gradient of the loss for the unembedding to ``gradient``, which begins at 0 after
  /// each ``beginGradient()``.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - needsHidden: Whether the gradient for the hidden states is wanted too.
  ///   - weights: Called for each tile with its rows and their statistics.
  /// - Returns: The statistics, and the gradient for the hidden states, `[row, model]`, or nothing.
  /// - Throws: An error of oneDNN, or what `weights` throws.
  func accumulateGradient(
    of rows: PolicyRows, needsHidden: Bool = false,
    weights: (Range<Int>, PolicyStatistics) throws -> PolicyWeights
  ) throws -> (statistics: PolicyStatistics, hidden: [Float]) {
    var upstream: [Float] = []
    let statistics = try thread.run {
      try pass(over: rows) { range, tile, statistics in
        upstream += try differentiate(
          tile, try weights(range, statistics), count: range.count, needsHidden: needsHidden)
      }
    }
    return (statistics, upstream)
  }

  /// Forgets the gradient.
  func beginGradient() { hasGradient = false }

  /// The logits of a tile and everything that belongs to it.
  private struct Tile {
    var policy: PolicyKernels.Rows
    let products: Products
  }

  /// Computes logits and statistics tile by tile.
  private func pass(
    over rows: PolicyRows, temperature: Float? = nil,
    _ body: (Range<Int>, Tile, PolicyStatistics) throws -> Void
  ) throws -> PolicyStatistics {
    var all = PolicyStatistics()
    for start in stride(from: 0, to: rows.count, by: tileRows) {
      let range = start..<min(start + tileRows, rows.count)
      var tile = try tile(of: rows, range)
      if let temperature { tile.policy.temperature = temperature }
      PolicyKernels.statistics(of: tile.policy)
      var statistics = PolicyStatistics(
        logProbabilities: tile.policy.values(.logProbability),
        baseLogProbabilities: tile.policy.values(.referenceLogProbability),
        entropies: tile.policy.values(.entropy), divergences: tile.policy.values(.divergence))
      statistics.keepFirst(range.count)
      try body(range, tile, statistics)
      all.append(statistics)
    }
    return all
  }

  private func tile(of rows: PolicyRows, _ range: Range<Int>) throws -> Tile {
    let multiple = Self.rowMultiple
    let count = (range.count + multiple - 1) / multiple * multiple
    let padding = [Float](repeating: 0, count: (count - range.count) * width)
    let place = range.lowerBound * width..<range.upperBound * width
    hidden.write(rows.hidden[place] + padding)
    baseHidden.write((rows.baseHidden ?? rows.hidden)[place] + padding)
    targets.writeIndices(
      rows.targets[range].map { Float($0) }
        + [Float](repeating: 0, count: count - range.count))
    let products = try self.products(count)
    try products.logits.execute()
    try products.baseLogits.execute()
    return Tile(
      policy: .init(
        rows: count, columns: vocabulary, temperature: temperature, logits: logits,
        reference: baseLogits, targets: targets, statistics: statistics),
      products: products)
  }

  /// The gradient for one tile, and that for its hidden states if asked for.
  private func differentiate(
    _ tile: Tile, _ weights: PolicyWeights, count: Int, needsHidden: Bool
  ) throws -> [Float] {
    let rows = tile.policy.rows
    let padding = [Float](repeating: 0, count: rows - count)
    rowWeights.write(
      weights.log + padding + weights.divergence + padding + weights.entropy + padding)
    func part(_ index: Int) -> BufferSlice {
      rowWeights.slice(byteOffset: index * rows * 4, byteCount: rows * 4)
    }
    PolicyKernels.gradient(
      of: tile.policy, result: logits, logWeights: part(0), klWeights: part(1),
      entropyWeights: part(2))
    if gradient.byteCount > 0 {
      try (hasGradient ? tile.products.addedGradient : tile.products.gradient)?.execute()
      hasGradient = true
    }
    guard needsHidden else { return [] }
    try tile.products.hiddenGradient.execute()
    return hiddenGradient.read(count * width)
  }

  // MARK: Products

  /// The products of matrices for tiles of one size.
  private struct Products {
    let logits: PrimitiveCall
    let baseLogits: PrimitiveCall
    let gradient: PrimitiveCall?
    let addedGradient: PrimitiveCall?
    let hiddenGradient: PrimitiveCall
  }

  private func products(_ rows: Int) throws -> Products {
    if let known = products[rows] { return known }
    let states = try MemoryDescriptor(shape: [rows, width])
    let scores = try MemoryDescriptor(shape: [rows, vocabulary])
    let transposedScores = try MemoryDescriptor(
      shape: [vocabulary, rows], strides: [1, vocabulary])
    let table = try MemoryDescriptor(shape: [vocabulary, width])
    let transposedTable = try MemoryDescriptor(shape: [width, vocabulary], strides: [1, width])
    func product(
      _ result: BufferSlice, _ resultType: MemoryDescriptor, _ left: BufferSlice,
      _ leftType: MemoryDescriptor, _ right: BufferSlice, _ rightType: MemoryDescriptor,
      bias: BufferSlice? = nil, adds: Bool = false
    ) throws -> PrimitiveCall {
      let primitive = try Primitive.matrixProduct(
        source: leftType, weights: rightType,
        bias: try bias.map { _ in try MemoryDescriptor(shape: [1, vocabulary]) },
        destination: resultType, postOperation: adds ? .sum : .none)
      var memory: [Primitive.Argument: any MemoryOwner] = [
        .source: left.buffer, .weights: right.buffer, .destination: result.buffer,
      ]
      memory[.bias] = bias?.buffer
      return try PrimitiveCall(primitive, memory)
    }
    let isTrained = gradient.byteCount > 0
    let made = Products(
      logits: try product(logits, scores, hidden, states, weights, transposedTable, bias: bias),
      baseLogits: try product(
        baseLogits, scores, baseHidden, states, baseWeights, transposedTable, bias: bias),
      gradient: isTrained
        ? try product(gradient, table, logits, transposedScores, hidden, states) : nil,
      addedGradient: isTrained
        ? try product(gradient, table, logits, transposedScores, hidden, states, adds: true) : nil,
      hiddenGradient: try product(hiddenGradient, states, logits, scores, weights, table))
    products[rows] = made
    return made
  }
}
