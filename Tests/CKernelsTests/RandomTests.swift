import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite("Random numbers")
  struct RandomTests {
    static let key = ck_random_key(seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e)

    @Test(
      "Philox gives the published vectors",
      arguments: [
        (
          [0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        ),
        (
          [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
          [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        ),
        (
          [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
          [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        ),
      ] as [([UInt32], [UInt32], [UInt32])])
    func published(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
      var result: [UInt32] = [0, 0, 0, 0]
      ck_philox(&result, counter, key)
      #expect(result == expected)
    }

    @Test(
      "Arrays hold the blocks in order, from any first element", arguments: [0, 1, 3, 66, 1 << 40])
    func order(first: UInt64) {
      var words = [UInt32](repeating: 0, count: 300)
      ck_random_bits(&words, 300, Self.key, first)
      for (i, word) in words.enumerated() {
        let element = first + UInt64(i)
        let block = element / 4
        var result: [UInt32] = [0, 0, 0, 0]
        ck_philox(
          &result,
          [UInt32(truncatingIfNeeded: block), UInt32(block >> 32), 0x1319_8a2e, 0x0370_7344],
          [0xa409_3822, 0x299f_31d0])
        #expect(word == result[Int(element % 4)])
      }
    }

    @Test("Uniform numbers are the top 24 bits, in their interval")
    func uniform() {
      let count = 100_000
      var words = [UInt32](repeating: 0, count: count)
      ck_random_bits(&words, Int64(count), Self.key, 5)
      let draw: (Float, Float) -> [Float] = { low, high in
        var result = [Float](repeating: 0, count: count)
        ck_random_uniform(&result, Int64(count), Self.key, 5, low, high)
        return result
      }
      #expect(draw(0, 1) == words.map { Float($0 >> 8) * 0x1p-24 })
      #expect(draw(-3, 5).allSatisfy { $0 >= -3 && $0 < 5 })
      // One step wide: rounding up would reach the end.
      #expect(draw(1, Float(1).nextUp).allSatisfy { $0 == 1 })
      #expect(isIndependentOfThreads { draw(-1, 1) })
    }

    @Test("Normal numbers are Box and Muller's, with the right moments and no correlation")
    func normal() {
      let count = 400_000
      var words = [UInt32](repeating: 0, count: count)
      ck_random_bits(&words, Int64(count), Self.key, 0)
      let draw: () -> [Float] = {
        var result = [Float](repeating: 0, count: count)
        ck_random_normal(&result, Int64(count), Self.key, 0, 0, 1)
        return result
      }
      let z = draw()
      #expect(isIndependentOfThreads(draw))
      for i in stride(from: 0, to: count, by: 2) {
        let radius = (-2 * log((Double(words[i] >> 1) + 0.5) * 0x1p-31)).squareRoot()
        // Quadrants are counted from -pi/4.
        let fraction = Double(Int32(bitPattern: words[i + 1] << 2)) * 0x1p-32
        let angle = (Double(words[i + 1] >> 30) + fraction) * .pi / 2
        #expect(abs(Double(z[i]) - radius * angle.cosine) < 1e-5)
        #expect(abs(Double(z[i + 1]) - radius * angle.sine) < 1e-5)
      }
      let values = z.map(Double.init)
      let n = Double(count)
      #expect(abs(values.reduce(0, +) / n) < 4 / n.squareRoot())
      #expect(abs(values.map { $0 * $0 }.reduce(0, +) / n - 1) < 4 * (2 / n).squareRoot())
      #expect(abs(values.map { pow($0, 4) }.reduce(0, +) / n - 3) < 4 * (96 / n).squareRoot())
      let pairs = zip(values, values.dropFirst()).map { $0 * $1 }.reduce(0, +) / n
      #expect(abs(pairs) < 4 / n.squareRoot())
      var scaled = [Float](repeating: 0, count: 8)
      ck_random_normal(&scaled, 8, Self.key, 0, 10, 2)
      for (scaled, z) in zip(scaled, z) { #expect(abs(scaled - (10 + 2 * z)) < 2e-6) }
    }

    @Test("The bits of a few numbers, which no machine may change")
    func golden() {
      var normal = [Float](repeating: 0, count: 4)
      ck_random_normal(&normal, 4, ck_random_key(seed: 1, stream: 2), 0, 0, 1)
      #expect(normal.map(\.bitPattern) == [0xbedb_93e5, 0xbe10_3a06, 0x3fcf_d47d, 0x3ed1_2a88])
    }
  }
}
