import CKernels
import Testing

extension KernelTests {
  @Suite("Image sampling")
  struct ImageTests {
    static let maps: [(Int, Int, Double, Double)] = [
      // source, destination, scale, offset
      (1, 1, 1, 0), (5, 9, 0.5, 0), (9, 5, 2, 0), (7, 16, 7.0 / 16, (7.0 / 16 - 1) / 2),
      (16, 7, 16.0 / 7, (16.0 / 7 - 1) / 2), (1, 4, 0, 0), (90, 70, 1.1, 3.25), (6, 6, -1, 5),
      (8, 3, 1, 20),
    ]

    func axis(_ map: (Int, Int, Double, Double)) -> ck_axis_map {
      ck_axis_map(
        source_size: Int64(map.0), destination_size: Int64(map.1), scale: map.2, offset: map.3)
    }

    /// The dense matrix of an axis, rows for destinations.
    func matrix(_ map: (Int, Int, Double, Double), nearest: Bool) -> [[Double]] {
      (0..<map.1).map { i in
        var row = [Double](repeating: 0, count: map.0)
        var position = Double(i) * map.2 + map.3
        if nearest { position.round(.down) }
        position = min(max(position, 0), Double(map.0 - 1))
        let low = Int(position)
        row[low] += 1 - (position - Double(low))
        if low + 1 < map.0 { row[low + 1] += position - Double(low) }
        return row
      }
    }

    @Test(
      "Resampling and its gradient are products with the axes' matrices", arguments: [false, true])
    func resample(nearest: Bool) {
      for (index, vertical) in Self.maps.enumerated() {
        let horizontal = Self.maps[(index + 3) % Self.maps.count]
        let planes = 3
        let (rows, columns) = (
          matrix(vertical, nearest: nearest), matrix(horizontal, nearest: nearest)
        )
        let x = randomArray(planes * vertical.0 * horizontal.0, seed: 1)
        let dy = randomArray(planes * vertical.1 * horizontal.1, seed: 2)
        var y = [Double](repeating: 0, count: dy.count)
        var dx = [Double](repeating: 0, count: x.count)
        for p in 0..<planes {
          for (v, row) in rows.enumerated() {
            for (u, column) in columns.enumerated() {
              let to = (p * vertical.1 + v) * horizontal.1 + u
              for (i, a) in row.enumerated() where a != 0 {
                for (j, b) in column.enumerated() where b != 0 {
                  let from = (p * vertical.0 + i) * horizontal.0 + j
                  y[to] += a * b * Double(x[from])
                  dx[from] += a * b * Double(dy[to])
                }
              }
            }
          }
        }
        var (ky, kdx) = (
          [Float](repeating: 7, count: y.count), [Float](repeating: 7, count: dx.count)
        )
        let (a, b) = (axis(vertical), axis(horizontal))
        func compute() -> [Float] {
          if nearest {
            ck_resample_nearest(&ky, x, Int64(planes), a, b)
            ck_resample_nearest_gradient(&kdx, dy, Int64(planes), a, b)
          } else {
            ck_resample_bilinear(&ky, x, Int64(planes), a, b)
            ck_resample_bilinear_gradient(&kdx, dy, Int64(planes), a, b)
          }
          return ky + kdx
        }
        #expect(isIndependentOfThreads(compute))
        #expect(relativeDifference(ky, y) < 1e-6, "\(vertical) \(horizontal)")
        #expect(relativeDifference(kdx, dx) < 1e-6, "\(vertical) \(horizontal)")
      }
    }

    static let matrices: [[Double]] = [
      [1, 0, 0, 0, 1, 0], [0.9, 0.3, -2, -0.3, 0.9, 3.5], [-1.2, 0.1, 30, 0.05, 0.7, -4],
      [0, 1, 0, 1, 0, 0], [1e9, 0, 0, 0, 1, 0.5], [0.5, 0, 0.25, 0, 0.5, 0.25],
    ]

    @Test("Affine sampling and its gradient", arguments: [false, true], [1, 3, 4])
    func affine(nearest: Bool, channels: Int) {
      for (height, width, tall, wide) in [(1, 1, 1, 1), (9, 13, 11, 7), (40, 50, 45, 60)] {
        let batch = 2
        for (index, first) in Self.matrices.enumerated() {
          let matrices = [first, Self.matrices[(index + 1) % Self.matrices.count]]
          let x = randomArray(batch * channels * height * width, seed: 1)
          let dy = randomArray(batch * channels * tall * wide, seed: 2)
          var y = [Double](repeating: 0, count: dy.count)
          var dx = [Double](repeating: 0, count: x.count)
          for n in 0..<batch {
            let m = matrices[n]
            for v in 0..<tall {
              for u in 0..<wide {
                var column = m[0] * Double(u) + (m[1] * Double(v) + m[2])
                var row = m[3] * Double(u) + (m[4] * Double(v) + m[5])
                guard abs(column) < 1e6, abs(row) < 1e6 else { continue }
                if nearest {
                  (column, row) = (column.rounded(.toNearestOrEven), row.rounded(.toNearestOrEven))
                }
                let (j, i) = (column.rounded(.down), row.rounded(.down))
                for (r, c, weight) in [
                  (i, j, (i + 1 - row) * (j + 1 - column)),
                  (i, j + 1, (i + 1 - row) * (column - j)),
                  (i + 1, j, (row - i) * (j + 1 - column)),
                  (i + 1, j + 1, (row - i) * (column - j)),
                ] {
                  guard r >= 0, r < Double(height), c >= 0, c < Double(width) else { continue }
                  for channel in 0..<channels {
                    let plane = n * channels + channel
                    let from = (plane * height + Int(r)) * width + Int(c)
                    let to = (plane * tall + v) * wide + u
                    y[to] += weight * Double(x[from])
                    dx[from] += weight * Double(dy[to])
                  }
                }
              }
            }
          }
          var shape = ck_affine(
            batch: Int64(batch), channels: Int64(channels), source_height: Int64(height),
            source_width: Int64(width), destination_height: Int64(tall),
            destination_width: Int64(wide), nearest: nearest)
          let flat = matrices.flatMap(\.self)
          var (ky, kdx) = (
            [Float](repeating: 7, count: y.count), [Float](repeating: 7, count: dx.count)
          )
          func compute() -> [Float] {
            ck_affine_sample(&shape, &ky, x, flat)
            ck_affine_sample_gradient(&shape, &kdx, dy, flat)
            return ky + kdx
          }
          #expect(isIndependentOfThreads(compute))
          #expect(relativeDifference(ky, y) < 2e-6)
          #expect(relativeDifference(kdx, dx) < 2e-6)
        }
      }
    }

    @Test("An identity shows its source, infinities and all")
    func identity() {
      let x: [Float] = [1, .infinity, 3, 4, -.infinity, 6]
      var y = [Float](repeating: 0, count: 6)
      var shape = ck_affine(
        batch: 1, channels: 1, source_height: 2, source_width: 3, destination_height: 2,
        destination_width: 3, nearest: false)
      ck_affine_sample(&shape, &y, x, [1, 0, 0, 0, 1, 0])
      #expect(y == x)
    }
  }
}
