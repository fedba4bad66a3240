import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite("Kernels for decoding")
  struct DecodingTests {
    @Test(
      "Small-batch products, each row independent of the others",
      arguments: [CK_WEIGHT_FLOAT32, CK_WEIGHT_BFLOAT16, CK_WEIGHT_INT8],
      [(1, 1), (5, 3), (7, 16), (130, 200), (64, 513)])
    func matmul(type: ck_weight_type, _ size: (Int, Int)) {
      let (n, k) = size
      let x = randomArray(16 * k, seed: 1)
      let bias = randomArray(n, seed: 2)
      var weights = randomArray(n * k, seed: 3)
      var bytes = [UInt8](repeating: 0, count: n * k * 4)
      var scale = [Float](repeating: 0, count: n)
      switch type {
      case CK_WEIGHT_BFLOAT16:
        var bits = [UInt16](repeating: 0, count: n * k)
        ck_float_to_bfloat16(&bits, weights, Int64(n * k))
        ck_bfloat16_to_float(&weights, bits, Int64(n * k))
        bytes = bits.withUnsafeBytes(Array.init)
      case CK_WEIGHT_INT8:
        var q = [Int8](repeating: 0, count: n * k)
        ck_float_to_int8_rows(&q, &scale, weights, Int64(n), Int64(k))
        for i in weights.indices { weights[i] = Float(q[i]) * scale[i / k] }
        bytes = q.withUnsafeBytes(Array.init)
      default: bytes = weights.withUnsafeBytes(Array.init)
      }
      var truth: [Double] = []
      for i in 0..<16 {
        for j in 0..<n {
          let products = (0..<k).map { Double(x[i * k + $0]) * Double(weights[j * k + $0]) }
          truth.append(products.reduce(Double(bias[j]), +))
        }
      }
      let product = { (m: Int, from: Int) in
        var y = [Float](repeating: 0, count: m * n)
        let rows = Array(x[from * k..<(from + m) * k])
        ck_small_matmul(
          &y, Int64(n), rows, Int64(k), bytes, type, scale, bias, Int64(m), Int64(n), Int64(k))
        return y
      }
      let all = product(16, 0)
      #expect(relativeDifference(all, truth) < 1e-6)
      for m in 1...15 { #expect(product(m, 16 - m) == Array(all[(16 - m) * n..<16 * n])) }
      #expect(isIndependentOfThreads { product(16, 0) })
    }

    @Test(
      "Cached attention",
      arguments: [(1, 1, 1, 1, 1), (2, 4, 2, 64, 70), (3, 6, 1, 40, 200), (1, 12, 12, 128, 129)])
    func attention(batch: Int, heads: Int, keyHeads: Int, width: Int, capacity: Int) {
      let q = randomArray(batch * heads * width, seed: 1, in: -3...3)
      let keys = randomArray(batch * keyHeads * capacity * width, seed: 2)
      let values = randomArray(batch * keyHeads * capacity * width, seed: 3)
      let lengths = (0..<batch).map { Int32(max(capacity - 66 * $0, 0)) }
      var truth: [Double] = []
      for b in 0..<batch {
        for h in 0..<heads {
          let start = (b * keyHeads + h / (heads / keyHeads)) * capacity * width
          let query = (b * heads + h) * width
          let scores = (0..<Int(lengths[b])).map { t in
            0.25
              * (0..<width).map {
                Double(q[query + $0]) * Double(keys[start + t * width + $0])
              }.reduce(0, +)
          }
          let largest = scores.max() ?? 0
          let weights = scores.map { exp($0 - largest) }
          let sum = weights.reduce(0, +)
          for j in 0..<width {
            let total = weights.indices.map {
              weights[$0] * Double(values[start + $0 * width + j])
            }.reduce(0, +)
            truth.append(sum == 0 ? 0 : total / sum)
          }
        }
      }
      let compute: () -> [Float] = {
        var shape = ck_cached_attention(
          batch: Int64(batch), heads: Int64(heads), key_heads: Int64(keyHeads),
          width: Int64(width), capacity: Int64(capacity), scale: 0.25)
        var out = [Float](repeating: 7, count: q.count)
        ck_cached_attention_forward(&shape, &out, q, keys, values, lengths)
        return out
      }
      #expect(relativeDifference(compute(), truth) < 2e-6)
      #expect(isIndependentOfThreads(compute))
    }
  }
}
