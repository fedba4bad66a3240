import CKernels
import Foundation
import Testing

extension Double {
  var sine: Double { sin(self) }
  var cosine: Double { cos(self) }
}

extension KernelTests {
  @Suite("Softmax and cross-entropy")
  struct SoftmaxTests {
    static let sizes = [(1, 1), (3, 5), (4, 32), (6, 33), (40, 513), (2, 50_257)]

    func rows(_ values: [Float], _ columns: Int) -> [[Double]] {
      stride(from: 0, to: values.count, by: columns).map { start in
        values[start..<start + columns].map(Double.init)
      }
    }

    func softmax(_ row: [Double]) -> [Double] {
      let largest = row.max() ?? 0
      let powers = row.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }

    @Test("Softmax and its gradient", arguments: sizes, [1, 0.125, -2] as [Float])
    func softmax(_ size: (Int, Int), scale: Float) {
      let (rowCount, columns) = (Int64(size.0), Int64(size.1))
      let x = randomArray(size.0 * size.1, seed: 1, in: -3...3)
      let dy = randomArray(size.0 * size.1, seed: 2)
      var (y, dx) = (x, x)
      func compute() -> [Float] {
        ck_softmax_forward(&y, x, rowCount, columns, scale, 0)
        ck_softmax_gradient(&dx, dy, y, rowCount, columns, scale)
        return y + dx
      }
      #expect(isIndependentOfThreads(compute))
      let truth = rows(x, size.1).map { softmax($0.map { $0 * Double(scale) }) }
      let gradient = zip(truth, rows(dy, size.1)).flatMap { y, dy in
        let sum = zip(y, dy).map { $0 * $1 }.reduce(0, +)
        return zip(y, dy).map { Double(scale) * $0 * ($1 - sum) }
      }
      #expect(relativeDifference(y, truth.flatMap(\.self)) < 3e-6)
      #expect(size.1 == 1 || relativeDifference(dx, gradient) < 1e-5)
    }

    @Test("A causal mask leaves exact zeros, and hides whatever is there")
    func causal() {
      for (heads, queries, keys) in [(2, 5, 5), (3, 1, 7), (2, 3, 40), (2, 4, 2), (9, 64, 64)] {
        var x = randomArray(heads * queries * keys, in: -3...3)
        var truth: [Double] = []
        for r in 0..<heads * queries {
          let visible = max(r % queries + keys - queries + 1, 0)
          for hidden in visible..<keys { x[r * keys + hidden] = hidden % 2 == 0 ? .nan : .infinity }
          let row = x[r * keys..<r * keys + visible].map { Double($0) * 0.5 }
          truth += softmax(row) + [Double](repeating: 0, count: keys - visible)
        }
        let compute: () -> [Float] = {
          var y = x
          y.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            ck_softmax_forward(
              base, base, Int64(heads * queries), Int64(keys), 0.5, Int64(queries))
          }
          return y
        }
        let y = compute()
        #expect(relativeDifference(y, truth) < 1e-6)
        #expect(zip(y, truth).allSatisfy { $1 != 0 || $0 == 0 })
        #expect(isIndependentOfThreads(compute))
      }
    }

    @Test("Log-softmax and its gradient", arguments: sizes)
    func logSoftmax(_ size: (Int, Int)) {
      let (rowCount, columns) = (Int64(size.0), Int64(size.1))
      let x = randomArray(size.0 * size.1, seed: 1, in: -30...30)
      let dy = randomArray(size.0 * size.1, seed: 2)
      var (y, dx) = (x, x)
      func compute() -> [Float] {
        ck_log_softmax_forward(&y, x, rowCount, columns, 0.5)
        ck_log_softmax_gradient(&dx, dy, y, rowCount, columns, 0.5)
        return y + dx
      }
      #expect(isIndependentOfThreads(compute))
      let probabilities = rows(x, size.1).map { softmax($0.map { $0 * 0.5 }) }
      let gradient = zip(probabilities, rows(dy, size.1)).flatMap { p, dy in
        let sum = dy.reduce(0, +)
        return zip(p, dy).map { 0.5 * ($1 - $0 * sum) }
      }
      #expect(relativeDifference(y, probabilities.flatMap { $0.map { log($0) } }) < 1e-6)
      #expect(size.1 == 1 || relativeDifference(dx, gradient) < 5e-6)
    }

    @Test("Cross-entropy, its logsumexp and its gradient", arguments: sizes)
    func crossEntropy(_ size: (Int, Int)) {
      let (rowCount, columns) = (Int64(size.0), Int64(size.1))
      let x = randomArray(size.0 * size.1, seed: 1, in: -20...20)
      var targets = (0..<size.0).map { Int32(($0 * 7919) % size.1) }
      if size.0 > 2 { targets[1] = -1 }
      let scales = randomArray(size.0, seed: 3)
      var (loss, logsumexp) = (scales, scales)
      var dlogits = x
      func compute() -> [Float] {
        ck_cross_entropy_forward(&loss, &logsumexp, x, targets, rowCount, columns)
        ck_cross_entropy_gradient(&dlogits, x, logsumexp, targets, scales, rowCount, columns)
        return loss + logsumexp + dlogits
      }
      #expect(isIndependentOfThreads(compute))
      var (losses, sums, gradient): ([Double], [Double], [Double]) = ([], [], [])
      for (r, row) in rows(x, size.1).enumerated() {
        let largest = row.max() ?? 0
        sums.append(largest + log(row.map { exp($0 - largest) }.reduce(0, +)))
        let target = Int(targets[r])
        losses.append(target < 0 ? 0 : sums[r] - row[target])
        for (i, p) in softmax(row).enumerated() {
          gradient.append(target < 0 ? 0 : Double(scales[r]) * (p - (i == target ? 1 : 0)))
        }
      }
      #expect(relativeDifference(loss, losses) < 1e-6)
      #expect(relativeDifference(logsumexp, sums) < 1e-6)
      #expect(size.1 == 1 || relativeDifference(dlogits, gradient) < 5e-6)
      var alone = scales
      ck_logsumexp_rows(&alone, x, rowCount, columns)
      #expect(alone == logsumexp)
    }

    @Test("Extremes stay finite where the answer is")
    func extremes() {
      var loss: [Float] = [0, 0]
      ck_cross_entropy_forward(&loss, nil, [1e30, -1e30, 3e38, 3e38], [0, 1], 2, 2)
      #expect(loss == [0, 0.693_147_2])
      var sums: [Float] = [0, 0]
      ck_logsumexp_rows(&sums, [-.infinity, -.infinity, .infinity, 0], 2, 2)
      #expect(sums == [-.infinity, .infinity])
      var y: [Float] = [0, 0, 0]
      ck_softmax_forward(&y, [-.infinity, 1e38, 0], 1, 3, 1, 0)
      #expect(y == [0, 1, 0])
    }
  }
}
