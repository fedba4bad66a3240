import CKernels
import Testing

extension KernelTests {
  @Suite("Products of matrices")
  struct MatrixProductTests {
    /// Sizes of a product.
    struct Sizes: CustomTestStringConvertible {
      let batch, m, n, k: Int
      var testDescription: String { "\(batch) times \(m) x \(k) by \(k) x \(n)" }
    }

    /// `[batch, m, k]` by `[batch, k, n]`, factors stored transposed or the same for all if asked for.
    private func product(
      _ sizes: Sizes, _ left: [Float], _ right: [Float], leftTransposed: Bool = false,
      rightTransposed: Bool = false, isRightShared: Bool = false, addedTo y: [Float]? = nil
    ) -> [Float] {
      let (batch, m, n, k) = (sizes.batch, sizes.m, sizes.n, sizes.k)
      let adds = y != nil
      var y = y ?? [Float](repeating: .nan, count: batch * m * n)
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          guard let x = left.baseAddress, let w = right.baseAddress else { return }
          var a = ck_factor(
            data: x, row_stride: Int64(leftTransposed ? 1 : k),
            column_stride: Int64(leftTransposed ? m : 1), batch_stride: Int64(m * k))
          var b = ck_factor(
            data: w, row_stride: Int64(rightTransposed ? 1 : n),
            column_stride: Int64(rightTransposed ? k : 1),
            batch_stride: Int64(isRightShared ? 0 : k * n))
          ck_matrix_product(&y, &a, &b, Int64(batch), Int64(m), Int64(n), Int64(k), adds)
        }
      }
      return y
    }

    private func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
      values.indices.map { index in
        let (matrix, column, row) = (
          index / (rows * columns), index / rows % columns, index % rows
        )
        return values[(matrix * rows + row) * columns + column]
      }
    }

    @Test(
      "Match sums in float64 for any strides, with the same bits for any number of threads",
      arguments: [
        Sizes(batch: 1, m: 1, n: 1, k: 1), Sizes(batch: 1, m: 6, n: 16, k: 256),
        Sizes(batch: 2, m: 13, n: 41, k: 300), Sizes(batch: 9, m: 7, n: 17, k: 3),
        Sizes(batch: 1, m: 301, n: 70, k: 515), Sizes(batch: 1, m: 20, n: 2065, k: 257),
      ])
    func matches(sizes: Sizes) {
      let (batch, m, n, k) = (sizes.batch, sizes.m, sizes.n, sizes.k)
      let left = randomArray(batch * m * k, seed: 1)
      let right = randomArray(batch * k * n, seed: 2)
      let truth = (0..<batch * m * n).map { index in
        let (matrix, row, column) = (index / (m * n), index / n % m, index % n)
        return (0..<k).reduce(0.0) { sum, i in
          sum + Double(left[(matrix * m + row) * k + i])
            * Double(right[(matrix * k + i) * n + column])
        }
      }
      let plain = product(sizes, left, right)
      #expect(relativeDifference(plain, truth) < 1e-6)
      #expect(isIndependentOfThreads { product(sizes, left, right) })
      let leftTurned = transposed(left, rows: m, columns: k)
      let rightTurned = transposed(right, rows: k, columns: n)
      #expect(product(sizes, leftTurned, right, leftTransposed: true) == plain)
      #expect(product(sizes, left, rightTurned, rightTransposed: true) == plain)
      #expect(
        product(sizes, leftTurned, rightTurned, leftTransposed: true, rightTransposed: true)
          == plain)
    }

    @Test("One matrix may serve a whole batch")
    func sharedFactor() {
      let sizes = Sizes(batch: 3, m: 5, n: 18, k: 31)
      let left = randomArray(3 * 5 * 31, seed: 3)
      let right = randomArray(31 * 18, seed: 4)
      let shared = product(sizes, left, right, isRightShared: true)
      let rows = product(Sizes(batch: 1, m: 15, n: 18, k: 31), left, right)
      #expect(shared == rows)
    }

    @Test("A product is added to what is there")
    func adds() {
      let sizes = Sizes(batch: 2, m: 13, n: 41, k: 300)
      let left = randomArray(2 * 13 * 300, seed: 1)
      let right = randomArray(2 * 300 * 41, seed: 2)
      let there = randomArray(2 * 13 * 41, seed: 3)
      let sum = zip(there, product(sizes, left, right)).map { Double($0.0) + Double($0.1) }
      #expect(relativeDifference(product(sizes, left, right, addedTo: there), sum) < 1e-6)
      let nothing = Sizes(batch: 2, m: 3, n: 4, k: 0)
      #expect(product(nothing, [0], [0], addedTo: there) == there)
    }

    @Test("A NaN or an infinity stays in its row; a product over nothing is 0")
    func exceptions() {
      let sizes = Sizes(batch: 1, m: 7, n: 17, k: 33)
      var left = randomArray(7 * 33, seed: 5)
      left[2 * 33 + 4] = .nan
      left[5 * 33] = .infinity
      let result = product(sizes, left, randomArray(33 * 17, seed: 6, in: 0.5...1))
      for row in 0..<7 {
        let values = result[row * 17..<(row + 1) * 17]
        switch row {
        case 2: #expect(values.allSatisfy { $0.isNaN })
        case 5: #expect(values.allSatisfy { $0 == .infinity })
        default: #expect(values.allSatisfy { $0.isFinite })
        }
      }
      let none = product(Sizes(batch: 2, m: 3, n: 4, k: 0), [0], [0])
      #expect(none == [Float](repeating: 0, count: 24))
    }
  }
}
