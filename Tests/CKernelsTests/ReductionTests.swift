import CKernels
import Testing

extension KernelTests {
  @Suite("Reductions")
  struct ReductionTests {
    typealias Kernel = @Sendable (inout [Float], [Float], Int64, Int64, Int64) -> Void

    struct Case: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let kernel: Kernel
      let reference: @Sendable ([Double]) -> Double
    }

    static let cases: [Case] = [
      Case(testDescription: "sum", kernel: { ck_reduce_sum(&$0, $1, $2, $3, $4) }) {
        $0.reduce(0, +)
      },
      Case(testDescription: "mean", kernel: { ck_reduce_mean(&$0, $1, $2, $3, $4) }) {
        $0.reduce(0, +) / Double($0.count)
      },
      Case(testDescription: "maximum", kernel: { ck_reduce_maximum(&$0, $1, $2, $3, $4) }) {
        $0.max() ?? -.infinity
      },
      Case(testDescription: "minimum", kernel: { ck_reduce_minimum(&$0, $1, $2, $3, $4) }) {
        $0.min() ?? .infinity
      },
      Case(
        testDescription: "sum of squares",
        kernel: { ck_reduce_sum_of_squares(&$0, $1, $2, $3, $4) }
      ) { $0.map { $0 * $0 }.reduce(0, +) },
    ]

    static let sizes = [
      (1, 1, 1), (3, 5, 1), (2, 17, 1), (1, 100_003, 1), (40, 2049, 1), (2, 3, 4), (1, 1000, 70),
      (5, 64, 64), (3, 129, 65), (1, 1, 9), (2, 0, 3),
    ]

    @Test("Agree with sums in double", arguments: cases, sizes)
    func agree(_ test: Case, _ size: (Int, Int, Int)) {
      let (outer, reduce, inner) = size
      let x = randomArray(outer * reduce * inner, in: -1...2)
      var truth: [Double] = []
      for o in 0..<outer {
        for i in 0..<inner {
          truth.append(
            test.reference((0..<reduce).map { Double(x[(o * reduce + $0) * inner + i]) }))
        }
      }
      let compute: () -> [Float] = {
        var result = [Float](repeating: 7, count: outer * inner)
        test.kernel(&result, x, Int64(outer), Int64(reduce), Int64(inner))
        return result
      }
      let result = compute()
      if reduce == 0 {
        #expect(zip(result, truth).allSatisfy { Double($0) == $1 || ($0.isNaN && $1.isNaN) })
      } else {
        #expect(relativeDifference(result, truth) < 1e-6)
      }
      #expect(isIndependentOfThreads(compute))
    }

    @Test("Keep NaN")
    func nan() {
      for inner in [1, 3] {
        for kernel in Self.cases.map(\.kernel) {
          var x = randomArray(100 * inner)
          x[50 * inner] = .nan
          var result = [Float](repeating: 0, count: inner)
          kernel(&result, x, 1, 100, Int64(inner))
          #expect(result[0].isNaN && !result.dropFirst().contains(where: \.isNaN))
        }
      }
    }

    @Test("Scalars in double", arguments: [0, 1, 31, 2048, 300_001])
    func scalars(count: Int) {
      let x = randomArray(count, seed: 1)
      let y = randomArray(count, seed: 2)
      let squares = x.map { Double($0) * Double($0) }.reduce(0, +)
      let dot = zip(x, y).map { Double($0) * Double($1) }.reduce(0, +)
      let sum = x.map(Double.init).reduce(0, +)
      let scale = Double(max(count, 1)).squareRoot()
      #expect(abs(ck_sum_of_squares(x, Int64(count)) - squares) <= 1e-6 * max(squares, 1))
      #expect(abs(ck_dot(x, y, Int64(count)) - dot) <= 1e-6 * scale)
      #expect(abs(ck_sum(x, Int64(count)) - sum) <= 1e-6 * scale)
    }

    @Test("The first largest element", arguments: [1, 2, 15, 16, 33, 1000])
    func argmax(columns: Int) {
      var x = randomArray(40 * columns).map { ($0 * 8).rounded() }
      x[3 * columns + columns / 2] = .nan
      let result = withThreads(3) {
        var result = [Int32](repeating: -1, count: 40)
        ck_argmax_rows(&result, x, 40, Int64(columns))
        return result
      }
      for r in 0..<40 {
        let row = x[r * columns..<(r + 1) * columns]
        let expected =
          row.firstIndex(where: \.isNaN) ?? row.firstIndex(of: row.max() ?? 0) ?? row.startIndex
        #expect(Int(result[r]) == expected - row.startIndex)
      }
    }
  }
}
