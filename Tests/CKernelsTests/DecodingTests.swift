import CKernels
import Foundation
import Testing

/// A matrix packed as the kernels want it; the memory is freed with it.
private final class Packed {
  let description: ck_packed_matrix
  /// The weights as the kernels see them, `[n, k]`.
  let weights: [Float]

  /// Packs `weights`, `[n, k]`, in two calls that meet inside a panel.
  init(_ weights: [Float], n: Int, k: Int, type: ck_weight_type, transposed: Bool) {
    let bytes = Int(ck_packed_bytes(type, Int64(n), Int64(k)))
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 1), alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    let scale = UnsafeMutablePointer<Float>.allocate(capacity: n)
    scale.initialize(repeating: 0, count: n)
    var source = weights
    if transposed {
      for i in 0..<n { for j in 0..<k { source[j * n + i] = weights[i * k + j] } }
    }
    let strides = transposed ? (1, n) : (k, 1)
    source.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      for part in [0..<n / 3, n / 3..<n] where !part.isEmpty {
        ck_pack_weights(
          memory, scale, type, Int64(part.lowerBound), Int64(part.count), Int64(k),
          base + part.lowerBound * strides.0, CK_SOURCE_FLOAT32, Int64(strides.0),
          Int64(strides.1))
      }
    }
    description = ck_packed_matrix(
      weights: memory, scale: type == CK_WEIGHT_INT8 ? UnsafePointer(scale) : nil, type: type,
      n: Int64(n), k: Int64(k))
    var matrix = description
    var unpacked = [Float](repeating: 0, count: n * k)
    ck_unpack_rows(&unpacked, Int64(k), &matrix, (0..<n).map { Int32($0) }, Int64(n))
    self.weights = unpacked
    ownedMemory = memory
    ownedScale = scale
  }

  private let ownedMemory: UnsafeMutableRawPointer
  private let ownedScale: UnsafeMutablePointer<Float>

  deinit {
    ownedMemory.deallocate()
    ownedScale.deallocate()
  }
}

extension KernelTests {
  @Suite("Kernels for decoding")
  struct DecodingTests {
    @Test(
      "Products with packed weights, each row independent of the others",
      arguments: [CK_WEIGHT_FLOAT32, CK_WEIGHT_BFLOAT16, CK_WEIGHT_INT8],
      [(1, 1), (5, 3), (7, 16), (130, 200), (64, 513), (200, 300)])
    func product(type: ck_weight_type, _ size: (Int, Int)) {
      let (n, k) = size
      let rows = 31
      let x = randomArray(rows * k, seed: 1)
      let bias = randomArray(n, seed: 2)
      let original = randomArray(n * k, seed: 3)
      let packed = Packed(original, n: n, k: k, type: type, transposed: k % 2 == 0)
      let exactness: Float =
        type == CK_WEIGHT_FLOAT32 ? 0 : (type == CK_WEIGHT_BFLOAT16 ? 0x1p-8 : 1.01 / 254)
      #expect(zip(packed.weights, original).allSatisfy { abs($0 - $1) <= exactness })
      var truth: [Double] = []
      for i in 0..<rows {
        for j in 0..<n {
          let products = (0..<k).map { Double(x[i * k + $0]) * Double(packed.weights[j * k + $0]) }
          truth.append(products.reduce(Double(bias[j]), +))
        }
      }
      let product = { (m: Int, from: Int) in
        var y = [Float](repeating: 0, count: m * n)
        let part = Array(x[from * k..<(from + m) * k])
        var matrix = packed.description
        ck_packed_product(
          &y, Int64(n), part, Int64(k), &matrix, bias, CK_NONLINEARITY_NONE, false, Int64(m))
        return y
      }
      let all = product(rows, 0)
      #expect(relativeDifference(all, truth) < 2e-6)
      for m in 1..<rows {
        #expect(product(m, rows - m) == Array(all[(rows - m) * n..<rows * n]), "\(m) rows")
      }
      #expect(isIndependentOfThreads { product(rows, 0) })
      #expect(isIndependentOfThreads { product(1, 0) })
    }

    @Test("A product goes through a nonlinearity and is added")
    func epilogue() {
      let (n, k) = (37, 20)
      let x = randomArray(2 * k, seed: 1)
      let packed = Packed(
        randomArray(n * k, seed: 3), n: n, k: k, type: CK_WEIGHT_FLOAT32, transposed: false)
      var matrix = packed.description
      var plain = [Float](repeating: 0, count: 2 * n)
      ck_packed_product(
        &plain, Int64(n), x, Int64(k), &matrix, nil, CK_NONLINEARITY_NONE, false, 2)
      var y = [Float](repeating: 1, count: 2 * n)
      ck_packed_product(&y, Int64(n), x, Int64(k), &matrix, nil, CK_NONLINEARITY_RELU, true, 2)
      #expect(y == plain.map { max($0, 0) + 1 })
      ck_packed_product(&y, Int64(n), x, Int64(k), &matrix, nil, CK_NONLINEARITY_SILU, false, 2)
      #expect(zip(y, plain).allSatisfy { abs($0 - $1 / (1 + exp(-$1))) < 1e-6 })
    }

    /// Attention by the definition, for queries `[rows, heads, width]` at `positions` of one sequence.
    private func attention(
      _ q: [Float], keys: [Float], values: [Float], heads: Int, keyHeads: Int, width: Int,
      positions: [Int], window: Int
    ) -> [Double] {
      var truth: [Double] = []
      for (row, position) in positions.enumerated() {
        for h in 0..<heads {
          let key = h / (heads / keyHeads)
          let seen = max(0, position - window + 1)...position
          let scores = seen.map { t in
            0.25
              * (0..<width).map {
                Double(q[(row * heads + h) * width + $0])
                  * Double(keys[(t * keyHeads + key) * width + $0])
              }.reduce(0, +)
          }
          let largest = scores.max() ?? 0
          let weights = scores.map { exp($0 - largest) }
          let sum = weights.reduce(0, +)
          for j in 0..<width {
            truth.append(
              zip(seen, weights).map { $1 * Double(values[($0 * keyHeads + key) * width + j]) }
                .reduce(0, +) / sum)
          }
        }
      }
      return truth
    }

    @Test(
      "Attention over a cache is that of the definition, and the same for a prompt and its tokens",
      arguments: [
        (1, 1, 1, 1, 1000), (4, 2, 64, 70, 1000), (6, 1, 40, 200, 1000), (12, 12, 16, 129, 50),
        (2, 2, 80, 150, 3),
      ])
    func cached(heads: Int, keyHeads: Int, width: Int, count: Int, window: Int) {
      let q = randomArray(count * heads * width, seed: 1, in: -3...3)
      let keys = randomArray(count * keyHeads * width, seed: 2)
      let values = randomArray(count * keyHeads * width, seed: 3)
      let capacity = (count + 63) / 64 * 64
      let valueWidth = (width + 15) / 16 * 16
      // Two sequences; the second is the one that is used.
      var keyMemory = [Float](repeating: 0, count: 2 * keyHeads * capacity * width)
      var valueMemory = [Float](repeating: 0, count: 2 * keyHeads * capacity * valueWidth)
      let sequences = [Int32](repeating: 1, count: count)
      let positions = (0..<count).map { Int32($0) }
      let compute = { (range: Range<Int>) -> [Float] in
        keyMemory.withUnsafeMutableBufferPointer { keyMemory in
          valueMemory.withUnsafeMutableBufferPointer { valueMemory in
            guard let first = keyMemory.baseAddress, let second = valueMemory.baseAddress else {
              return []
            }
            var cache = ck_attention_cache(
              keys: first, values: second, key_heads: Int64(keyHeads), width: Int64(width),
              value_width: Int64(valueWidth), capacity: Int64(capacity))
            ck_store_keys_values(
              &cache, keys, values, Int64(keyHeads * width), sequences, positions, Int64(count))
            var out = [Float](repeating: 7, count: range.count * heads * width)
            ck_attend_cached(
              &cache, &out, Int64(heads * width), Array(q[(range.lowerBound * heads * width)...]),
              Int64(heads * width), Int64(heads), 0.25, Int64(window), sequences,
              Array(positions[range]), Int64(range.count))
            return out
          }
        }
      }
      let all = compute(0..<count)
      let truth = attention(
        q, keys: keys, values: values, heads: heads, keyHeads: keyHeads, width: width,
        positions: Array(0..<count), window: window)
      #expect(relativeDifference(all, truth) < 2e-6)
      let row = heads * width
      for start in stride(from: 0, to: count, by: 13) {
        for length in [1, 2, 5, 9] where start + length <= count {
          #expect(
            compute(start..<start + length) == Array(all[start * row..<(start + length) * row]))
        }
      }
      #expect(isIndependentOfThreads { compute(0..<count) })
    }

    @Test("The k-th largest number, with equal ones counted apart")
    func kthLargest() {
      let x = randomArray(1000, seed: 4) + [2, 2, 1.5, -.infinity, .nan]
      let sorted = x.filter { !$0.isNaN }.sorted(by: >)
      for k in [1, 2, 3, 4, 17, 500, sorted.count] {
        #expect(ck_kth_largest(x, Int64(x.count), Int64(k)) == sorted[k - 1])
      }
      #expect(ck_kth_largest([.nan], 1, 1) == -.infinity)
    }

    @Test("Draws are those of the cumulative distribution", arguments: [1, 5, 64, 1000])
    func drawing(count: Int) {
      let x = randomArray(count, seed: 5, in: -4...4)
      let largest = x.max() ?? 0
      let weights = x.map { exp(Double($0 - largest) * 0.5) }
      let sum = weights.reduce(0, +)
      var cumulative: [Double] = []
      for weight in weights { cumulative.append((cumulative.last ?? 0) + weight / sum) }
      for step in 0..<997 {
        let share = (Double(step) + 0.5) / 997
        let index = ck_sample_exponential(x, Int64(count), largest, 0.5, share)
        let expected = cumulative.firstIndex { $0 > share } ?? count - 1
        // A draw may fall on the border of two, which fp32 weights place otherwise.
        let isBorder = cumulative.contains { abs($0 - share) < 1e-6 }
        #expect(Int(index) == expected || isBorder)
      }
      let summary = ck_summarize_row(x, Int64(count))
      #expect(summary.largest == largest && x[Int(summary.index)] == largest)
      let logarithm = log(x.map { exp(Double($0)) }.reduce(0, +))
      #expect(abs(Double(summary.log_sum) - logarithm) < 1e-5)
    }

    @Test("Reading memory sums all of it")
    func reading() {
      let words = (0..<300_001).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
      let sum = words.withUnsafeBytes { bytes in
        bytes.baseAddress.map { ck_read_memory($0, Int64(bytes.count)) }
      }
      #expect(sum == words.reduce(0, &+))
    }
  }
}
