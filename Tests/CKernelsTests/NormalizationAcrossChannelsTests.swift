import CKernels
import Foundation
import Testing

/// Plain activations in a blocked layout, zeros in the lanes that have no channel.
func blocked(_ x: [Float], batch: Int, channels: Int, spatial: Int, block: Int) -> [Float] {
  let blocks = (channels + block - 1) / block
  var result = [Float](repeating: 0, count: batch * blocks * block * spatial)
  for n in 0..<batch {
    for c in 0..<channels {
      for s in 0..<spatial {
        result[((n * blocks + c / block) * spatial + s) * block + c % block] =
          x[(n * channels + c) * spatial + s]
      }
    }
  }
  return result
}

/// The inverse of `blocked`.
func plain(_ x: [Float], batch: Int, channels: Int, spatial: Int, block: Int) -> [Float] {
  let blocks = (channels + block - 1) / block
  var result = [Float](repeating: 0, count: batch * channels * spatial)
  for n in 0..<batch {
    for c in 0..<channels {
      for s in 0..<spatial {
        result[(n * channels + c) * spatial + s] =
          x[((n * blocks + c / block) * spatial + s) * block + c % block]
      }
    }
  }
  return result
}

extension KernelTests {
  @Suite("Local response normalization")
  struct LocalResponseNormalizationTests {
    struct Case: Sendable {
      var batch = 1
      var channels: Int
      var spatial: Int
      var block: Int
      var radius = 5
      var beta: Float = 0.5
    }

    static let cases: [Case] = [
      Case(channels: 64, spatial: 49, block: 16), Case(channels: 64, spatial: 49, block: 8),
      Case(channels: 64, spatial: 49, block: 1),
      Case(batch: 2, channels: 16, spatial: 300, block: 16, radius: 2, beta: 0.75),
      Case(batch: 3, channels: 7, spatial: 33, block: 1, radius: 1, beta: 0.6),
      Case(batch: 2, channels: 8, spatial: 1, block: 8, radius: 0, beta: 0.75),
      Case(channels: 1, spatial: 1, block: 1),
      Case(batch: 2, channels: 32, spatial: 200, block: 16),
    ]

    @Test("Agrees with its formula and its derivative", arguments: cases)
    func agrees(_ test: Case) {
      let count = test.batch * test.channels * test.spatial
      let x = randomArray(count, seed: 1, in: -20...20)
      let dy = randomArray(count, seed: 2)
      let (k, alpha, beta) = (2.0, 1e-3, Double(test.beta))
      var y = [Double](repeating: 0, count: count)
      var dx = y
      for n in 0..<test.batch {
        for s in 0..<test.spatial {
          let at = { (c: Int) in (n * test.channels + c) * test.spatial + s }
          let window = { (c: Int) in
            max(0, c - test.radius)...min(test.channels - 1, c + test.radius)
          }
          let scale = (0..<test.channels).map { c in
            k + alpha * window(c).map { pow(Double(x[at($0)]), 2) }.reduce(0, +)
          }
          for c in 0..<test.channels {
            y[at(c)] = Double(x[at(c)]) * pow(scale[c], -beta)
            let sum = window(c).map {
              Double(dy[at($0)]) * Double(x[at($0)]) * pow(scale[$0], -beta - 1)
            }.reduce(0, +)
            dx[at(c)] =
              Double(dy[at(c)]) * pow(scale[c], -beta) - 2 * alpha * beta * Double(x[at(c)]) * sum
          }
        }
      }
      let layout = { (values: [Float]) in
        blocked(
          values, batch: test.batch, channels: test.channels, spatial: test.spatial,
          block: test.block)
      }
      let (blockedX, blockedDy) = (layout(x), layout(dy))
      let compute: () -> [Float] = {
        var lrn = ck_lrn()
        (lrn.batch, lrn.channels) = (Int64(test.batch), Int64(test.channels))
        (lrn.spatial, lrn.block) = (Int64(test.spatial), Int32(test.block))
        (lrn.radius, lrn.k, lrn.alpha) = (Int32(test.radius), Float(k), Float(alpha))
        lrn.beta = test.beta
        let empty = [Float](repeating: 0, count: count)
        var (y, root, recomputed, kept) = (empty, empty, empty, empty)
        ck_lrn_forward(&lrn, &y, nil, blockedX)
        ck_lrn_forward(&lrn, &y, &root, blockedX)
        ck_lrn_gradient(&lrn, &recomputed, blockedDy, blockedX, nil)
        ck_lrn_gradient(&lrn, &kept, blockedDy, blockedX, root)
        return y + recomputed + kept
      }
      let result = compute()
      let part = { (index: Int) in
        plain(
          Array(result[index * count..<(index + 1) * count]), batch: test.batch,
          channels: test.channels, spatial: test.spatial, block: test.block)
      }
      #expect(relativeDifference(part(0), y) < 1e-6)
      #expect(relativeDifference(part(1), dx) < 2e-6)
      #expect(part(1) == part(2))
      #expect(isIndependentOfThreads(compute))
    }
  }
}
