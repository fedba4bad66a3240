import CKernels
import Testing

extension KernelTests {
  @Suite("Data movement")
  struct MovementTests {
    /// Element indices of every point of a box, in row-major order.
    func offsets(_ sizes: [Int], _ strides: [Int]) -> [Int] {
      zip(sizes, strides).reduce([0]) { offsets, axis in
        offsets.flatMap { start in (0..<axis.0).map { start + $0 * axis.1 } }
      }
    }

    func rowMajor(_ sizes: [Int]) -> [Int] {
      sizes.indices.map { sizes[($0 + 1)...].reduce(1, *) }
    }

    @Test(
      "Strided copies of permuted boxes",
      arguments: [
        [1], [5], [20_000], [3, 4], [33, 17], [70, 300], [2, 3, 4, 5], [4, 1, 9, 8, 3],
        [2, 3, 1, 4, 2, 3], [3, 16, 60, 16],
      ])
    func permutations(sizes: [Int]) {
      var generator = TestGenerator(seed: UInt64(sizes.count))
      let source = randomArray(sizes.reduce(1, *), seed: 3)
      for _ in 0..<8 {
        let order = Array(sizes.indices).shuffled(using: &generator)
        // The destination is dense in its own axis order.
        let permuted = order.map { sizes[$0] }
        let from = order.map { rowMajor(sizes)[$0] }
        let compute: () -> [Float] = {
          var result = [Float](repeating: 0, count: source.count)
          ck_copy_strided(
            &result, rowMajor(permuted).map(Int64.init), source, from.map(Int64.init),
            permuted.map(Int64.init), Int32(permuted.count), 4)
          return result
        }
        #expect(compute() == offsets(permuted, from).map { source[$0] }, "\(order)")
        #expect(isIndependentOfThreads(compute))
      }
    }

    @Test("Strided copies of slices, broadcasts and flips, of any element size")
    func slices() {
      let source = (0..<60).map { UInt8($0) }
      // Every second column of rows 1 and 2, backwards, each repeated twice.
      var result = [UInt8](repeating: 99, count: 24)
      source.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        ck_copy_strided(&result, [12, 2, 1], base + 10 + 9, [10, -2, 0], [2, 5, 2], 3, 1)
      }
      #expect(
        result == [19, 19, 17, 17, 15, 15, 13, 13, 11, 11, 99, 99]
          + [29, 29, 27, 27, 25, 25, 23, 23, 21, 21, 99, 99])
      let words = (0..<48).map { UInt16($0) }
      var transposed = [UInt16](repeating: 0, count: 48)
      ck_copy_strided(&transposed, [6, 1], words, [1, 8], [8, 6], 2, 2)
      #expect(transposed == (0..<8).flatMap { j in (0..<6).map { UInt16($0 * 8 + j) } })
      let wide = (0..<6).map { UInt64($0) }
      var wideResult = [UInt64](repeating: 0, count: 6)
      ck_copy_strided(&wideResult, [2, 1], wide, [1, 3], [3, 2], 2, 8)
      #expect(wideResult == [0, 3, 1, 4, 2, 5])
    }

    @Test(
      "Channel copies between layouts",
      arguments: [(1, 1), (1, 8), (1, 16), (8, 1), (16, 1), (8, 8), (16, 16), (8, 16), (16, 8)])
    func channels(from: Int, to: Int) {
      let (batch, spatial) = (2, 33)
      for (channels, begin, count, total, at) in [
        (32, 0, 32, 32, 0), (37, 3, 20, 41, 21), (5, 1, 1, 1, 0), (64, 16, 32, 96, 48),
        (37, 16, 21, 24, 3), (40, 8, 19, 19, 0), (16, 0, 16, 17, 1),
      ] {
        let source = randomArray(batch * channels * spatial, seed: 1)
        let original = randomArray(batch * total * spatial, seed: 2)
        var expected = original
        for n in 0..<batch {
          for c in 0..<count {
            for s in 0..<spatial {
              expected[(n * total + at + c) * spatial + s] =
                source[(n * channels + begin + c) * spatial + s]
            }
          }
        }
        let input = blocked(source, batch: batch, channels: channels, spatial: spatial, block: from)
        var result = blocked(original, batch: batch, channels: total, spatial: spatial, block: to)
        // Lanes without a channel start dirty if the copy is to clear them.
        if at + count == total, total % to != 0 {
          let blocks = (total + to - 1) / to
          for n in 0..<batch { result[(n + 1) * blocks * to * spatial - 1] = 7 }
        }
        ck_copy_channels(
          &result, ck_channel_layout(channels: Int64(total), block: Int32(to)), Int64(at), input,
          ck_channel_layout(channels: Int64(channels), block: Int32(from)), Int64(begin),
          Int64(count), Int64(batch), Int64(spatial))
        #expect(
          result == blocked(expected, batch: batch, channels: total, spatial: spatial, block: to))
      }
    }

    @Test("Filled channels", arguments: [1, 8, 16])
    func fill(block: Int) {
      let original = randomArray(2 * 21 * 5, seed: 1)
      var result = blocked(original, batch: 2, channels: 21, spatial: 5, block: block)
      ck_fill_channels(
        &result, ck_channel_layout(channels: 21, block: Int32(block)), 3, 15, 2, 5, 8)
      var expected = original
      for n in 0..<2 {
        for i in 3 * 5..<18 * 5 { expected[n * 105 + i] = 8 }
      }
      #expect(result == blocked(expected, batch: 2, channels: 21, spatial: 5, block: block))
      var flat = [Float](repeating: 0, count: 100_001)
      withThreads(3) { ck_fill(&flat, 100_000, 2) }
      #expect(flat.prefix(100_000).allSatisfy { $0 == 2 } && flat[100_000] == 0)
    }

    @Test(
      "Constant padding and cropping",
      arguments: [
        (0, 0, 0, 0), (1, 2, 3, 4), (-1, 0, 2, -3), (0, -2, -1, -1), (5, -6, 0, 0), (-2, -2, 0, 1),
      ])
    func constantPadding(top: Int, bottom: Int, left: Int, right: Int) {
      let (planes, height, width) = (3, 5, 7)
      let x = randomArray(planes * height * width)
      let (tall, wide) = (height + top + bottom, width + left + right)
      var expected: [Float] = []
      for p in 0..<planes {
        for i in 0..<tall {
          for j in 0..<wide {
            let (row, column) = (i - top, j - left)
            let inside = (0..<height).contains(row) && (0..<width).contains(column)
            expected.append(inside ? x[(p * height + row) * width + column] : 9)
          }
        }
      }
      var result = [Float](repeating: 0, count: planes * tall * wide)
      ck_pad_constant(
        &result, x, Int64(planes), Int64(height), Int64(width),
        ck_padding(
          top: Int64(top), bottom: Int64(bottom), left: Int64(left), right: Int64(right)), 9)
      #expect(result == expected)
    }

    @Test(
      "Reflection and its gradient",
      arguments: [
        (2, 5, 7, 4, 3, 6, 1), (1, 1, 1, 0, 0, 0, 0), (3, 2, 3, 1, 1, 2, 2),
        (2, 90, 120, 16, 8, 5, 9),
      ])
    func reflection(
      planes: Int, height: Int, width: Int, top: Int, bottom: Int, left: Int, right: Int
    ) {
      let (tall, wide) = (height + top + bottom, width + left + right)
      let x = randomArray(planes * height * width, seed: 1)
      let dy = randomArray(planes * tall * wide, seed: 2)
      func mirror(_ i: Int, _ size: Int) -> Int {
        i < 0 ? -i : (i < size ? i : 2 * (size - 1) - i)
      }
      var expected: [Float] = []
      var dx = [Double](repeating: 0, count: x.count)
      for p in 0..<planes {
        for i in 0..<tall {
          for j in 0..<wide {
            let at = (p * height + mirror(i - top, height)) * width + mirror(j - left, width)
            dx[at] += Double(dy[expected.count])
            expected.append(x[at])
          }
        }
      }
      let padding = ck_padding(
        top: Int64(top), bottom: Int64(bottom), left: Int64(left), right: Int64(right))
      let sizes = (Int64(planes), Int64(height), Int64(width))
      let forward: () -> [Float] = {
        var y = [Float](repeating: 0, count: dy.count)
        ck_pad_reflect(&y, x, sizes.0, sizes.1, sizes.2, padding)
        return y
      }
      let gradient: () -> [Float] = {
        var result = [Float](repeating: 0, count: x.count)
        ck_pad_reflect_gradient(&result, dy, sizes.0, sizes.1, sizes.2, padding)
        return result
      }
      #expect(forward() == expected)
      #expect(relativeDifference(gradient(), dx) < 1e-6)
      #expect(isIndependentOfThreads(forward))
      #expect(isIndependentOfThreads(gradient))
    }
  }
}
