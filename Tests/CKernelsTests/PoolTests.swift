import CKernels
import Testing

extension KernelTests {
  @Suite("Max pools")
  struct PoolTests {
    /// A pool; pairs are height first, then width.
    struct Case: Sendable, CustomTestStringConvertible {
      var batch = 1
      let channels: Int
      let block: Int
      let size: (Int, Int)
      let window: (Int, Int)
      var strides = (1, 1)
      var before = (0, 0)
      let pooled: (Int, Int)

      var testDescription: String {
        "\(batch) x \(channels) x \(size), block \(block), window \(window), strides \(strides)"
      }
      var planes: Int { batch * ((channels + block - 1) / block) }

      var c: ck_pool {
        ck_pool(
          batch: Int64(batch), channels: Int64(channels), block: Int32(block),
          height: Int64(size.0), width: Int64(size.1), pooled_height: Int64(pooled.0),
          pooled_width: Int64(pooled.1), window_height: Int64(window.0),
          window_width: Int64(window.1), stride_height: Int64(strides.0),
          stride_width: Int64(strides.1), top: Int64(before.0), left: Int64(before.1))
      }

      /// Calls a closure with each pooled element and the elements of its window, row by row.
      func forEachWindow(_ body: (_ pooled: Int, _ elements: [Int]) -> Void) {
        for plane in 0..<planes {
          for y in 0..<pooled.0 {
            for x in 0..<pooled.1 {
              for lane in 0..<block {
                var elements: [Int] = []
                for v in 0..<window.0 {
                  for u in 0..<window.1 {
                    let (row, column) = (
                      y * strides.0 - before.0 + v, x * strides.1 - before.1 + u
                    )
                    guard (0..<size.0).contains(row), (0..<size.1).contains(column) else {
                      continue
                    }
                    elements.append(((plane * size.0 + row) * size.1 + column) * block + lane)
                  }
                }
                body(((plane * pooled.0 + y) * pooled.1 + x) * block + lane, elements)
              }
            }
          }
        }
      }
    }

    static let cases: [Case] = [1, 8, 16].flatMap { block in
      [
        Case(
          batch: 2, channels: 20, block: block, size: (7, 9), window: (3, 3), before: (1, 1),
          pooled: (7, 9)),
        Case(
          channels: 16, block: block, size: (8, 5), window: (3, 2), strides: (2, 3),
          before: (0, 1), pooled: (4, 2)),
        // The last row of windows holds padding alone.
        Case(
          channels: 8, block: block, size: (3, 3), window: (2, 2), strides: (2, 2),
          before: (1, 1), pooled: (3, 2)),
        Case(channels: 8, block: block, size: (1, 1), window: (1, 1), pooled: (1, 1)),
      ]
    }

    private func maxima(_ item: Case, _ x: [Float]) -> [Float] {
      var c = item.c
      var y = [Float](
        repeating: .nan, count: item.planes * item.pooled.0 * item.pooled.1 * item.block)
      ck_maxpool(&c, &y, x)
      return y
    }

    private func gradient(_ item: Case, _ x: [Float], _ y: [Float], _ dy: [Float]) -> [Float] {
      var c = item.c
      var dx = [Float](repeating: .nan, count: x.count)
      ck_maxpool_gradient(&c, &dx, dy, x, y)
      return dx
    }

    /// Few different numbers, so that many windows have several maxima.
    private func source(_ item: Case) -> [Float] {
      randomArray(item.planes * item.size.0 * item.size.1 * item.block, seed: 1)
        .map { ($0 * 4).rounded() }
    }

    @Test("Take the largest element of each window, on any number of threads", arguments: cases)
    func maxima(item: Case) {
      let x = source(item)
      let y = maxima(item, x)
      item.forEachWindow { #expect(y[$0] == $1.map { x[$0] }.max() ?? -.infinity) }
      #expect(isIndependentOfThreads { maxima(item, x) })
    }

    @Test("Give a window's gradient to its first maximum", arguments: cases)
    func gradients(item: Case) {
      let x = source(item)
      let y = maxima(item, x)
      let dy = randomArray(y.count, seed: 2)
      var expected = [Float](repeating: 0, count: x.count)
      item.forEachWindow { pooled, elements in
        if let first = elements.first(where: { x[$0] == y[pooled] }) {
          expected[first] += dy[pooled]
        }
      }
      let dx = gradient(item, x, y, dy)
      #expect(zip(dx, expected).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(isIndependentOfThreads { gradient(item, x, y, dy) })
    }

    @Test("A NaN wins wherever it lies in the window", arguments: [1, 8, 16], 0..<9)
    func notANumber(block: Int, place: Int) {
      let item = Case(
        channels: block, block: block, size: (3, 3), window: (3, 3), pooled: (1, 1))
      var x = source(item)
      x[place * block] = .nan
      let y = maxima(item, x)
      #expect(y[0].isNaN && !y[1...].contains(where: \.isNaN))
    }
  }
}
