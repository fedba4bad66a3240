import CKernels
import Testing

extension KernelTests {
  @Suite("Extremes of positions")
  struct PositionExtremesTests {
    private static let shapes: [(batch: Int, channels: Int, positions: Int)] = [
      (2, 20, 63), (1, 16, 40), (3, 3, 1), (1, 96, 196),
    ]

    private func extremes(_ shape: ck_activation, _ x: [Float]) -> [Float] {
      var shape = shape
      var result = [Float](repeating: -1, count: x.count / Int(shape.spatial) * 4)
      ck_position_extremes(&shape, &result, x)
      return result
    }

    @Test("Are the first largest and the first smallest", arguments: [1, 8, 16], shapes)
    func agree(block: Int, shape: (batch: Int, channels: Int, positions: Int)) {
      let blocks = shape.batch * ((shape.channels + block - 1) / block)
      let positions = shape.positions
      // Few different numbers, so that many are attained several times.
      let x = randomArray(blocks * positions * block, seed: 3).map { ($0 * 4).rounded() }
      let c = ck_activation(
        batch: Int64(shape.batch), channels: Int64(shape.channels), spatial: Int64(positions),
        block: Int32(block))
      let result = extremes(c, x)
      for plane in 0..<blocks {
        for lane in 0..<block {
          let elements = (0..<positions).map { x[(plane * positions + $0) * block + lane] }
          let found = (0..<4).map { result[(plane * 4 + $0) * block + lane] }
          let (largest, smallest) = (elements.max()!, elements.min()!)
          #expect(found[0] == largest && found[2] == smallest)
          #expect(Int(found[1]) == elements.firstIndex(of: largest))
          #expect(Int(found[3]) == elements.firstIndex(of: smallest))
        }
      }
      #expect(isIndependentOfThreads { extremes(c, x) })
    }

    @Test("The first NaN is both", arguments: [1, 8, 16], [0, 4, 8])
    func notANumber(block: Int, place: Int) {
      let shape = ck_activation(
        batch: 1, channels: Int64(block), spatial: 9, block: Int32(block))
      var x = randomArray(9 * block, seed: 4)
      x[place * block] = .nan
      x[8 * block] = .nan
      let result = extremes(shape, x)
      for row in [0, 2] {
        #expect(result[row * block].isNaN)
        #expect(result[(row + 1) * block] == Float(place))
        let others = result[row * block + 1..<(row + 1) * block]
        #expect(others.allSatisfy { !$0.isNaN })
      }
    }
  }
}
