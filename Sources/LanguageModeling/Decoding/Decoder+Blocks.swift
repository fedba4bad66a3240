import LanguageModels
import PlumbKernels

extension Decoder {
  /// Rows that pass through the model together; more would need more memory and be no faster.
  private static let blockRows = 480

  /// Reads rows and returns the final hidden states of those that are kept; on the compute thread.
  func compute(_ rows: DecodingRows, _ cache: KeyValueCache) throws -> RowBuffer {
    let kept = rows.isKept.count { $0 }
    let result = try RowBuffer(rows: kept, columns: configuration.width)
    let space = try DecoderSpace(configuration, rows: min(rows.count, Self.blockRows))
    var done = 0
    for start in stride(from: 0, to: rows.count, by: Self.blockRows) {
      let block = rows[start..<min(start + Self.blockRows, rows.count)]
      read(block, cache, space)
      done += finish(block, space, into: result, from: done)
    }
    return result
  }

  /// All blocks; the residual stream is in `space.stream` then.
  private func read(_ rows: DecodingRows, _ cache: KeyValueCache, _ space: DecoderSpace) {
    embed(rows, space)
    let places = DecodingKernels.Places(sequences: rows.sequences, positions: rows.positions)
    for (index, layer) in layers.enumerated() {
      let before = space.stream
      normalize(before, layer.first, rows.count, into: space.normalized)
      if configuration.isParallel, layer.neurons != nil {
        // Both read the stream as it was before the block.
        normalize(before, layer.second, rows.count, into: space.secondNormalized)
      }
      attend(layer, index, places, cache, space)
      guard let neurons = layer.neurons, let down = layer.down else { continue }
      if !configuration.isParallel {
        normalize(space.stream, layer.second, rows.count, into: space.secondNormalized)
      }
      feedForward(neurons, down, rows.count, space)
    }
  }

  private func embed(_ rows: DecodingRows, _ space: DecoderSpace) {
    let width = configuration.width
    switch embedding {
    case .tied(let matrix):
      DecodingKernels.unpack(matrix, ids: rows.ids, result: .init(space.stream, stride: width))
    case .rows(let table):
      space.stream.fill(0, count: rows.count * width)
      DecodingKernels.addRows(
        of: table.slice, tableRows: configuration.vocabulary, columns: width, ids: rows.ids,
        to: space.stream)
    case .stored(let stored):
      for (row, id) in rows.ids.enumerated() {
        let values = stored.tensor.floats(at: Int(id) * width..<(Int(id) + 1) * width)
        space.stream.slice(byteOffset: row * width * 4, byteCount: width * 4).write(values)
      }
    }
    if case .learned(let table) = positions {
      DecodingKernels.addRows(
        of: table.slice, tableRows: configuration.contextLength, columns: width,
        ids: rows.positions, to: space.stream)
    }
  }

  private func normalize(
    _ source: BufferSlice, _ weights: DecoderNormalization, _ rows: Int, into result: BufferSlice
  ) {
    let norm = configuration.normalization
    let width = configuration.width
    switch norm.kind {
    case .none: result.copy(from: source, count: rows * width)
    case .layer:
      DecodingKernels.layerNormalize(
        rows: rows, columns: width, epsilon: norm.epsilon, result: result, source: source,
        gamma: weights.gain?.slice, beta: weights.bias?.slice)
    case .rms:
      DecodingKernels.rmsNormalize(
        rows: rows, columns: width, epsilon: norm.epsilon, result: result, source: source,
        gamma: weights.gain?.slice)
    }
  }

  private func attend(
    _ layer: DecoderLayer, _ index: Int, _ places: DecodingKernels.Places,
    _ cache: KeyValueCache, _ space: DecoderSpace
  ) {
    let attention = configuration.attention
    let (width, size) = (configuration.width, attention.headWidth)
    let rows = places.positions.count
    let inner = attention.heads * size
    let shared = attention.keyValueHeads * size
    let stride = inner + 2 * shared
    let queries = DecodingKernels.Rows(space.projected, stride: stride)
    let keys = DecodingKernels.Rows(space.projected, stride: stride, column: inner)
    let values = DecodingKernels.Rows(space.projected, stride: stride, column: inner + shared)
    DecodingKernels.product(
      layer.queriesKeysValues.matrix, rows: rows, result: queries,
      source: .init(space.normalized, stride: width), bias: layer.queriesKeysValues.bias?.slice)
    if case .rotary(let rotary) = positions, let turns = cache.turns {
      for (part, heads) in [(queries, attention.heads), (keys, attention.keyValueHeads)] {
        DecodingKernels.rotate(
          part, heads: heads, width: size, rotated: rotary.width,
          adjacent: rotary.pairing == .adjacent, cosines: turns.cosines.slice,
          sines: turns.sines.slice,
          places: places)
      }
    }
    DecodingKernels.store(keys: keys, values: values, places: places, in: cache.layers[index])
    DecodingKernels.attend(
      queries: queries, heads: attention.heads, scale: attention.scale(inLayer: index),
      window: attention.windows[index], places: places,
      result: .init(space.mixed, stride: inner), cache: cache.layers[index])
    DecodingKernels.product(
      layer.output.matrix, rows: rows, result: .init(space.stream, stride: width),
      source: .init(space.mixed, stride: inner), bias: layer.output.bias?.slice, adds: true)
  }

  private func feedForward(
    _ neurons: DecoderProjection, _ down: DecoderProjection, _ rows: Int, _ space: DecoderSpace
  ) {
    guard let shape = configuration.feedForward else { return }
    let width = configuration.width
    let source = DecodingKernels.Rows(space.secondNormalized, stride: width)
    var stride = shape.width
    if shape.isGated {
      // Gates and neurons are one product; the gates alone have the nonlinearity.
      stride *= 2
      let gate = DecodingKernels.Rows(space.neurons, stride: stride)
      DecodingKernels.product(
        neurons.matrix, rows: rows, result: gate, source: source, bias: neurons.bias?.slice)
      DecodingKernels.gate(
        shape.activation.nonlinearity, rows: rows, columns: shape.width, result: gate, gate: gate,
        up: .init(space.neurons, stride: stride, column: shape.width))
    } else {
      DecodingKernels.product(
        neurons.matrix, rows: rows, result: .init(space.neurons, stride: stride), source: source,
        bias: neurons.bias?.slice, nonlinearity: shape.activation.nonlinearity)
    }
    DecodingKernels.product(
      down.matrix, rows: rows, result: .init(space.stream, stride: width),
      source: .init(space.neurons, stride: stride), bias: down.bias?.slice, adds: true)
  }

  /// Normalizes the kept rows into `result`; returns their number.
  private func finish(
    _ rows: DecodingRows, _ space: DecoderSpace, into result: RowBuffer, from first: Int
  ) -> Int {
    let bytes = configuration.width * 4
    var count = 0
    for row in 0..<rows.count where rows.isKept[row] {
      let source = space.stream.slice(byteOffset: row * bytes, byteCount: bytes)
      let target = result.memory.slice(byteOffset: (first + count) * bytes, byteCount: bytes)
      normalize(source, finalNormalization, 1, into: target)
      count += 1
    }
    return count
  }
}

/// Memory for the values of a block.
struct DecoderSpace {
  let stream: BufferSlice
  let normalized: BufferSlice
  let secondNormalized: BufferSlice
  let projected: BufferSlice
  let mixed: BufferSlice
  let neurons: BufferSlice

  init(_ configuration: TransformerConfiguration, rows: Int) throws(MemoryError) {
    let attention = configuration.attention
    let neurons = configuration.feedForward.map { $0.width * ($0.isGated ? 2 : 1) } ?? 0
    let inner = attention.heads * attention.headWidth
    func space(_ columns: Int) throws(MemoryError) -> BufferSlice {
      BufferSlice(try AlignedBuffer(byteCount: max(rows * columns, 1) * 4))
    }
    stream = try space(configuration.width)
    normalized = try space(configuration.width)
    secondNormalized = try space(configuration.width)
    projected = try space(inner + 2 * attention.keyValueHeads * attention.headWidth)
    mixed = try space(inner)
    self.neurons = try space(neurons)
  }
}

extension TransformerConfiguration.FeedForward.Activation {
  fileprivate var nonlinearity: DecodingKernels.Nonlinearity {
    switch self {
    case .geluTanh: .geluTanh
    case .geluErf: .geluErf
    case .silu: .silu
    case .relu: .relu
    }
  }
}
