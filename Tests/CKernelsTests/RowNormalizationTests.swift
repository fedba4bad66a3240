import CKernels
import Testing

/// What layer normalization or RMS normalization means, in double.
private struct RowNormalization {
  let centered: Bool
  let (x, dy, gamma, beta): ([Float], [Float], [Float]?, [Float]?)
  let (rows, columns): (Int, Int)
  let epsilon = 1e-5
  var (y, dx): ([Double], [Double]) = ([], [])
  var (dgamma, dbeta): ([Double], [Double])

  init(centered: Bool, rows: Int, columns: Int, affine: Bool) {
    self.centered = centered
    (self.rows, self.columns) = (rows, columns)
    x = randomArray(rows * columns, seed: 1, in: 4...6)
    dy = randomArray(rows * columns, seed: 2)
    gamma = affine ? randomArray(columns, seed: 3) : nil
    beta = affine ? randomArray(columns, seed: 4) : nil
    dgamma = [Double](repeating: 0, count: columns)
    dbeta = dgamma
    for r in 0..<rows { addRow(r) }
  }

  private mutating func addRow(_ r: Int) {
    let n = Double(columns)
    let row = (0..<columns).map { Double(x[r * columns + $0]) }
    let mean = centered ? row.reduce(0, +) / n : 0
    let variance = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / n
    let rstd = 1 / (variance + epsilon).squareRoot()
    let normal = row.map { ($0 - mean) * rstd }
    let upstream = (0..<columns).map { Double(dy[r * columns + $0]) }
    let g = (0..<columns).map { upstream[$0] * Double(gamma?[$0] ?? 1) }
    let average = centered ? g.reduce(0, +) / n : 0
    let slope = zip(g, normal).map { $0 * $1 }.reduce(0, +) / n
    for i in 0..<columns {
      y.append(normal[i] * Double(gamma?[i] ?? 1) + (centered ? Double(beta?[i] ?? 0) : 0))
      dx.append(rstd * (g[i] - average - normal[i] * slope))
      dgamma[i] += upstream[i] * normal[i]
      dbeta[i] += upstream[i]
    }
  }
}

extension KernelTests {
  @Suite("Normalization of rows")
  struct RowNormalizationTests {
    static let sizes = [(1, 1), (3, 5), (2, 16), (130, 33), (70, 768), (1, 3001)]

    @Test("Layer normalization and its gradients", arguments: sizes, [true, false])
    func layer(_ size: (Int, Int), affine: Bool) {
      let (rows, columns) = (Int64(size.0), Int64(size.1))
      let truth = RowNormalization(
        centered: true, rows: size.0, columns: size.1, affine: affine)
      let (x, dy, gamma, beta) = (truth.x, truth.dy, truth.gamma, truth.beta)
      var (y, dx) = (x, x)
      var (mean, rstd) = (
        [Float](repeating: 0, count: size.0), [Float](repeating: 0, count: size.0)
      )
      var (dgamma, dbeta) = (
        [Float](repeating: 0, count: size.1), [Float](repeating: 0, count: size.1)
      )
      func compute() -> [Float] {
        ck_layernorm_forward(&y, &mean, &rstd, x, gamma, beta, rows, columns, 1e-5)
        ck_layernorm_gradient(&dx, dy, x, mean, rstd, gamma, rows, columns)
        ck_layernorm_parameter_gradient(&dgamma, &dbeta, dy, x, mean, rstd, rows, columns)
        return y + dx + dgamma + dbeta
      }
      #expect(isIndependentOfThreads(compute))
      #expect(relativeDifference(y, truth.y) < 3e-6)
      // A single column is all mean: its gradient is 0 but for rounding.
      #expect(columns == 1 || relativeDifference(dx, truth.dx) < 5e-6)
      #expect(columns == 1 || relativeDifference(dgamma, truth.dgamma) < 5e-6)
      #expect(relativeDifference(dbeta, truth.dbeta) < 5e-6)
    }

    @Test("RMS normalization and its gradients", arguments: sizes, [true, false])
    func rootMeanSquare(_ size: (Int, Int), affine: Bool) {
      let (rows, columns) = (Int64(size.0), Int64(size.1))
      let truth = RowNormalization(
        centered: false, rows: size.0, columns: size.1, affine: affine)
      let (x, dy, gamma) = (truth.x, truth.dy, truth.gamma)
      var (y, dx) = (x, x)
      var rstd = [Float](repeating: 0, count: size.0)
      var dgamma = [Float](repeating: 0, count: size.1)
      func compute() -> [Float] {
        ck_rmsnorm_forward(&y, &rstd, x, gamma, rows, columns, 1e-5)
        ck_rmsnorm_gradient(&dx, dy, x, rstd, gamma, rows, columns)
        ck_rmsnorm_parameter_gradient(&dgamma, dy, x, rstd, rows, columns)
        return y + dx + dgamma
      }
      #expect(isIndependentOfThreads(compute))
      #expect(relativeDifference(y, truth.y) < 1e-6)
      #expect(columns == 1 || relativeDifference(dx, truth.dx) < 2e-6)
      #expect(relativeDifference(dgamma, truth.dgamma) < 2e-6)
    }

    @Test("Column sums", arguments: sizes)
    func columnSums(_ size: (Int, Int)) {
      let x = randomArray(size.0 * size.1)
      let truth = (0..<size.1).map { column in
        (0..<size.0).map { Double(x[$0 * size.1 + column]) }.reduce(0, +)
      }
      var sum = [Float](repeating: 0, count: size.1)
      ck_column_sums(&sum, x, Int64(size.0), Int64(size.1))
      #expect(relativeDifference(sum, truth) < 1e-6)
    }

    @Test(
      "Rotary embedding turns pairs, and back", arguments: [CK_ROTATE_HALF, CK_ROTATE_ADJACENT])
    func rotary(pairing: ck_rotary_pairing) {
      for (batch, positions, heads, width, rotated) in [
        (1, 1, 1, 2, 2), (2, 5, 3, 10, 6), (1, 40, 4, 64, 64), (3, 33, 3, 80, 32),
      ] {
        let half = rotated / 2
        let angles = randomArray(positions * half, seed: 1, in: -3...3)
        let cosine = angles.map { Float(Double($0).cosine) }
        let sine = angles.map { Float(Double($0).sine) }
        let x = randomArray(batch * positions * heads * width, seed: 2)
        var truth = x.map(Double.init)
        for token in 0..<batch * positions {
          for head in 0..<heads {
            for i in 0..<half {
              let start = (token * heads + head) * width
              let first = start + (pairing == CK_ROTATE_HALF ? i : 2 * i)
              let second = start + (pairing == CK_ROTATE_HALF ? i + half : 2 * i + 1)
              let (u, v) = (Double(x[first]), Double(x[second]))
              let angle = Double(angles[token % positions * half + i])
              truth[first] = u * angle.cosine - v * angle.sine
              truth[second] = v * angle.cosine + u * angle.sine
            }
          }
        }
        let turn = { (input: [Float], inverse: Bool) in
          var y = [Float](repeating: 0, count: x.count)
          ck_rotary(
            &y, input, cosine, sine, Int64(batch), Int64(positions), Int64(heads), Int64(width),
            Int64(rotated), pairing, inverse)
          return y
        }
        let y = turn(x, false)
        #expect(relativeDifference(y, truth) < 1e-6)
        #expect(relativeDifference(turn(y, true), x.map(Double.init)) < 1e-6)
        #expect(isIndependentOfThreads { turn(x, false) })
      }
    }
  }
}
