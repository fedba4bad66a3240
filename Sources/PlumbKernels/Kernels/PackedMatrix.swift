import CKernels

/// How the weights of a language model are kept in memory while it writes.
public enum WeightPrecision: String, Sendable, Hashable, Codable, CaseIterable {
  /// 32-bit floating point: the truth.
  case fp32
  /// The upper half of each 32-bit float. Sums are still fp32; half the memory is read.
  case bf16
  /// 8-bit integers with one scale per output. Sums are still fp32; a quarter of the memory is read.
  case int8

  var code: ck_weight_type {
    switch self {
    case .fp32: CK_WEIGHT_FLOAT32
    case .bf16: CK_WEIGHT_BFLOAT16
    case .int8: CK_WEIGHT_INT8
    }
  }

  /// The bytes that a weight takes.
  public var byteCount: Int {
    switch self {
    case .fp32: 4
    case .bf16: 2
    case .int8: 1
    }
  }
}

/// A weight matrix laid out for products with few rows: panels of 16 outputs.
///
/// `@unchecked Sendable`: the memory changes only while the matrix is packed.
public final class PackedMatrix: @unchecked Sendable {
  /// How the numbers to be packed are stored.
  public enum Source: Sendable, Hashable {
    /// The types.
    case float32, float16, bfloat16

    var byteCount: Int { self == .float32 ? 4 : 2 }

    var code: ck_source_type {
      switch self {
      case .float32: CK_SOURCE_FLOAT32
      case .float16: CK_SOURCE_FLOAT16
      case .bfloat16: CK_SOURCE_BFLOAT16
      }
    }
  }

  /// The number of outputs.
  public let outputs: Int
  /// The number of inputs.
  public let inputs: Int
  /// How the weights are kept.
  public let precision: WeightPrecision
  private let weights: AlignedBuffer
  private let scales: AlignedBuffer?

  /// Reserves memory for a matrix whose outputs are then packed.
  ///
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)``.
  public init(outputs: Int, inputs: Int, precision: WeightPrecision) throws(MemoryError) {
    self.outputs = outputs
    self.inputs = inputs
    self.precision = precision
    let bytes = Int(ck_packed_bytes(precision.code, Int64(outputs), Int64(inputs)))
    // Large pages round up; a small matrix would take a hundred times what it needs.
    weights = try AlignedBuffer(byteCount: bytes, hugePages: bytes > 1 << 22)
    // The lanes of the last panel that have no output stay 0; all others will be packed.
    let panel = min(16 * inputs * precision.byteCount, bytes)
    weights.withMutableSpan(of: UInt8.self, byteOffset: bytes - panel, count: panel) { span in
      for index in span.indices { span[index] = 0 }
    }
    scales =
      precision == .int8 ? try AlignedBuffer(byteCount: max(outputs, 1) * 4, zeroed: true) : nil
  }

  /// The bytes that are read for one product.
  public var byteCount: Int { weights.byteCount + (scales?.byteCount ?? 0) }

  /// Packs some of the outputs; to be called on the compute thread.
  ///
  /// The weight of output `range.lowerBound + o` for input `i` is the element
  /// `offset + o * outputStride + i * inputStride` of `source`.
  public func pack(
    outputs range: Range<Int>, from source: RawSpan, as type: Source, offset: Int,
    outputStride: Int, inputStride: Int
  ) {
    guard !range.isEmpty, inputs > 0 else { return }
    precondition(
      range.lowerBound >= 0 && range.upperBound <= outputs && offset >= 0 && outputStride >= 0
        && inputStride >= 0,
      "outputs \(range) at \(offset) do not fit a matrix of \(outputs) outputs")
    let last = offset + (range.count - 1) * outputStride + (inputs - 1) * inputStride
    precondition(
      (last + 1) * type.byteCount <= source.byteCount,
      "element \(last) lies outside of \(source.byteCount) bytes")
    let scale = scales?.baseAddress.assumingMemoryBound(to: Float.self)
    source.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      ck_pack_weights(
        weights.baseAddress, scale, precision.code, Int64(range.lowerBound), Int64(range.count),
        Int64(inputs), base + offset * type.byteCount, type.code, Int64(outputStride),
        Int64(inputStride))
    }
  }

  /// Packs some of the outputs from 32-bit floats, as
  /// ``pack(outputs:from:as:offset:outputStride:inputStride:)`` does.
  public func pack(
    outputs range: Range<Int>, from source: [Float], outputStride: Int, inputStride: Int
  ) {
    pack(
      outputs: range, from: source.span.bytes, as: .float32, offset: 0,
      outputStride: outputStride, inputStride: inputStride)
  }

  /// Packs some of the outputs from 32-bit floats in memory, as
  /// ``pack(outputs:from:as:offset:outputStride:inputStride:)`` does.
  public func pack(
    outputs range: Range<Int>, from source: BufferSlice, outputStride: Int, inputStride: Int
  ) {
    source.buffer.withSpan(
      of: Float.self, byteOffset: source.byteOffset, count: source.byteCount / 4
    ) {
      pack(
        outputs: range, from: $0.bytes, as: .float32, offset: 0, outputStride: outputStride,
        inputStride: inputStride)
    }
  }

  /// Calls C with the description of the matrix.
  func withDescription<Result>(
    _ body: (UnsafePointer<ck_packed_matrix>) -> Result
  ) -> Result {
    withExtendedLifetime(self) {
      var matrix = ck_packed_matrix(
        weights: UnsafeRawPointer(weights.baseAddress),
        scale: scales.map { UnsafePointer($0.baseAddress.assumingMemoryBound(to: Float.self)) },
        type: precision.code, n: Int64(outputs), k: Int64(inputs))
      return withUnsafePointer(to: &matrix, body)
    }
  }
}
