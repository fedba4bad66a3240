import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite("Policies as rows of logits")
  struct PolicyTests {
    static let sizes = [(1, 1), (3, 5), (5, 513), (4, 1500)]

    private struct Rows {
      var logits: [Float]
      var reference: [Float]
      let targets: [Int32]
      let scale: Float
      let (rows, columns): (Int, Int)
      var statistics: [[Float]]

      init(_ size: (Int, Int), scale: Float) {
        (rows, columns) = size
        self.scale = scale
        logits = randomArray(rows * columns, seed: 1, in: -3...3)
        reference = zip(logits, randomArray(rows * columns, seed: 2)).map { $0 + 0.5 * $1 }
        let (count, limit) = (rows, columns)
        targets = (0..<count).map { Int32(($0 * 7 + 3) % limit) }
        statistics = Array(repeating: Array(repeating: .nan, count: rows), count: 6)
      }

      mutating func withPolicy(
        hasReference: Bool = true, _ body: (UnsafePointer<ck_policy>) -> Void
      ) {
        var flat = statistics.flatMap(\.self)
        let count = rows
        flat.withUnsafeMutableBufferPointer { numbers in
          guard let base = numbers.baseAddress else { return }
          logits.withUnsafeBufferPointer { z in
            reference.withUnsafeBufferPointer { z0 in
              targets.withUnsafeBufferPointer { a in
                guard let z = z.baseAddress, let z0 = z0.baseAddress, let a = a.baseAddress
                else { return }
                var policy = ck_policy(
                  rows: Int64(count), columns: Int64(columns), scale: scale, logits: z,
                  reference: hasReference ? z0 : nil, targets: a, log_probability: base,
                  reference_log_probability: base + count, entropy: base + 2 * count,
                  kl: base + 3 * count, logsumexp: base + 4 * count,
                  reference_logsumexp: base + 5 * count)
                body(&policy)
              }
            }
          }
        }
        statistics = (0..<6).map { Array(flat[$0 * count..<($0 + 1) * count]) }
      }
    }

    private func logSoftmax(_ row: ArraySlice<Float>, _ scale: Float) -> [Double] {
      let z = row.map { Double($0) * Double(scale) }
      let largest = z.max() ?? 0
      let logarithm = largest + log(z.map { exp($0 - largest) }.reduce(0, +))
      return z.map { $0 - logarithm }
    }

    @Test("Statistics and gradient", arguments: sizes, [1, 1.25] as [Float])
    func matchesFormula(_ size: (Int, Int), scale: Float) {
      var rows = Rows(size, scale: scale)
      let weights = (0..<3).map { randomArray(size.0, seed: 5 + $0) }
      func compute() -> [Float] {
        var gradient = rows.logits
        rows.withPolicy {
          ck_policy_statistics($0)
          ck_policy_gradient($0, &gradient, weights[0], weights[1], weights[2])
        }
        return rows.statistics.flatMap(\.self) + gradient
      }
      #expect(isIndependentOfThreads(compute))
      let gradient = Array(compute().suffix(size.0 * size.1))
      for row in 0..<size.0 {
        let place = row * size.1..<(row + 1) * size.1
        let lp = logSoftmax(rows.logits[place], scale)
        let lp0 = logSoftmax(rows.reference[place], scale)
        let p = lp.map { exp($0) }
        let target = Int(rows.targets[row])
        let entropy = -zip(p, lp).map { $0 * $1 }.reduce(0, +)
        let kl = zip(p, zip(lp, lp0)).map { $0 * ($1.0 - $1.1) }.reduce(0, +)
        let expected = [lp[target], lp0[target], entropy, kl]
        for (got, value) in zip(rows.statistics, expected) {
          #expect(abs(Double(got[row]) - value) < 3e-6 * (1 + abs(value)))
        }
        let (w, k, h) = (
          Double(weights[0][row]), Double(weights[1][row]), Double(weights[2][row])
        )
        let truth = p.indices.map { v in
          let onehot = v == target ? 1.0 : 0.0
          let all = w * (p[v] - onehot) + k * p[v] * (lp[v] - lp0[v] - kl)
          return Double(scale) * (all + h * p[v] * (lp[v] + entropy))
        }
        for (got, value) in zip(gradient[place], truth) {
          #expect(abs(Double(got) - value) < 5e-6)
        }
      }
    }

    @Test("A policy with its reference's logits diverges by exactly 0", arguments: sizes)
    func selfDivergence(_ size: (Int, Int)) {
      var rows = Rows(size, scale: 0.8)
      rows.reference = rows.logits
      rows.withPolicy { ck_policy_statistics($0) }
      #expect(rows.statistics[3] == Array(repeating: 0, count: size.0))
      #expect(rows.statistics[0] == rows.statistics[1])
    }

    @Test("Without a reference nothing of it is touched")
    func withoutReference() {
      var rows = Rows((3, 40), scale: 1)
      let weights: [Float] = [1, 2, 3]
      var gradient = rows.logits
      rows.withPolicy(hasReference: false) {
        ck_policy_statistics($0)
        ck_policy_gradient($0, &gradient, weights, weights, nil)
      }
      for index in [1, 3, 5] { #expect(rows.statistics[index].allSatisfy { $0.isNaN }) }
      #expect(gradient.allSatisfy { $0.isFinite })
    }
  }
}
