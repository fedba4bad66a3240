import CKernels
import Testing

extension KernelTests {
  @Suite("Sums per channel and batch normalization")
  struct ChannelTests {
    struct Case: Sendable {
      var batch: Int
      var channels: Int
      var spatial: Int
      var block: Int
    }

    static let cases = [1, 8, 16].flatMap { block in
      [
        Case(batch: 1, channels: 1, spatial: 1, block: block),
        Case(batch: 2, channels: 5, spatial: 7, block: block),
        Case(batch: 3, channels: 19, spatial: 300, block: block),
        Case(batch: 2, channels: 32, spatial: 49, block: block),
        Case(batch: 1, channels: 3, spatial: 9001, block: block),
      ]
    }

    /// Calls `body` with each element's index and channel, channel by channel.
    func forEach(_ test: Case, _ body: (Int, Int) -> Void) {
      for c in 0..<test.channels {
        for n in 0..<test.batch {
          for s in 0..<test.spatial { body((n * test.channels + c) * test.spatial + s, c) }
        }
      }
    }

    @Test("Moments, sums, normalization and gradients agree with double", arguments: cases)
    func agree(_ test: Case) {
      let count = test.batch * test.channels * test.spatial
      let m = Double(test.batch * test.spatial)
      // A large mean: naive sums of squares would lose the variance.
      let x = randomArray(count, seed: 1, in: 99...101)
      let dy = randomArray(count, seed: 2)
      let gate = randomArray(count, seed: 3)
      let (gamma, beta) = (randomArray(test.channels, seed: 4), randomArray(test.channels, seed: 5))
      let zeros = [Double](repeating: 0, count: test.channels)
      var (mean, variance, total) = (zeros, zeros, zeros)
      forEach(test) { total[$1] += Double(x[$0]) }
      mean = total.map { $0 / m }
      forEach(test) { variance[$1] += (Double(x[$0]) - mean[$1]) * (Double(x[$0]) - mean[$1]) / m }
      let rstd = variance.map { Float(1 / ($0 + 1e-3).squareRoot()) }
      let meanFloat = mean.map(Float.init)
      let normal = { (i: Int, c: Int) in
        (Double(x[i]) - Double(meanFloat[c])) * Double(rstd[c])
      }
      var shape = ck_activation(
        batch: Int64(test.batch), channels: Int64(test.channels), spatial: Int64(test.spatial),
        block: Int32(test.block))
      let layout = { (values: [Float]) in
        blocked(
          values, batch: test.batch, channels: test.channels, spatial: test.spatial,
          block: test.block)
      }
      let unlayout = { (values: [Float]) in
        plain(
          values, batch: test.batch, channels: test.channels, spatial: test.spatial,
          block: test.block)
      }
      let (bx, bdy, bgate) = (layout(x), layout(dy), layout(gate))
      let floats = [Float](repeating: 7, count: test.channels)
      for masked in [false, true] {
        let g = { (i: Int) in masked && gate[i] <= 0 ? 0 : Double(dy[i]) }
        var (s0, s1) = (zeros, zeros)
        forEach(test) {
          s0[$1] += g($0)
          s1[$1] += g($0) * normal($0, $1)
        }
        var y = [Double](repeating: 0, count: count)
        var dx = y
        forEach(test) { i, c in
          let value = normal(i, c) * Double(gamma[c]) + Double(beta[c])
          y[i] = masked ? max(value, 0) : value
          dx[i] = Double(gamma[c]) * Double(rstd[c]) * (g(i) - s0[c] / m - normal(i, c) * s1[c] / m)
        }
        var (kMean, kVariance, kTotal, k0, k1) = (floats, floats, floats, floats, floats)
        var (ky, kdx) = (bx, bx)
        func compute() -> [Float] {
          ck_channel_moments(&shape, &kMean, &kVariance, bx)
          ck_channel_sums(&shape, &kTotal, bx)
          ck_batchnorm_apply(&shape, &ky, bx, meanFloat, rstd, gamma, beta, masked)
          if masked {
            ck_channel_gradient_sums(&shape, &k0, &k1, bdy, bx, meanFloat, rstd, bgate)
            ck_batchnorm_gradient(&shape, &kdx, bdy, bx, meanFloat, rstd, gamma, k0, k1, bgate)
          } else {
            ck_channel_gradient_sums(&shape, &k0, &k1, bdy, bx, meanFloat, rstd, nil)
            ck_batchnorm_gradient(&shape, &kdx, bdy, bx, meanFloat, rstd, gamma, k0, k1, nil)
          }
          return kMean + kVariance + kTotal + k0 + k1 + ky + kdx
        }
        #expect(isIndependentOfThreads(compute))
        #expect(relativeDifference(kMean, mean) < 1e-6)
        #expect(zip(kVariance, variance).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        #expect(relativeDifference(kTotal, total) < 1e-6)
        #expect(zip(k0, s0).allSatisfy { abs(Double($0) - $1) < 1e-6 * m.squareRoot() + 1e-6 })
        #expect(zip(k1, s1).allSatisfy { abs(Double($0) - $1) < 1e-5 * m.squareRoot() + 1e-5 })
        #expect(relativeDifference(unlayout(ky), y) < 1e-5)
        #expect(zip(unlayout(kdx), dx).allSatisfy { abs(Double($0) - $1) < 1e-4 })
        // Lanes without a channel stay zero.
        #expect(layout(unlayout(ky)) == ky && layout(unlayout(kdx)) == kdx)
      }
    }

    @Test("Missing gamma is 1 and missing beta 0")
    func defaults() {
      var shape = ck_activation(batch: 1, channels: 2, spatial: 2, block: 1)
      var y: [Float] = [0, 0, 0, 0]
      ck_batchnorm_apply(&shape, &y, [1, 3, 5, 9], [2, 7], [1, 0.5], nil, nil, false)
      #expect(y == [-1, 1, -1, 1])
    }
  }
}
