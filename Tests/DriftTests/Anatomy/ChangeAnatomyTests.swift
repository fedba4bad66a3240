import PlumbRuntime
import Testing

@testable import Drift

@Suite("Anatomy of a change")
struct ChangeAnatomyTests {
  private let states: [Float] = {
    var stream = RandomStream(seed: 2, name: "states")
    // A large common part and uneven directions, as final hidden states have.
    return (0..<300).flatMap { _ in
      let noise = stream.normal(Planted.width)
      return (0..<Planted.width).map { 3 + noise[$0] * Float($0 + 1) }
    }
  }()
  private let frequencies = Array(repeating: 1.0 / 40, count: Planted.vocabulary)

  private func anatomy(_ after: UnembeddingMatrix) -> ChangeAnatomy {
    ChangeAnatomy(
      before: Planted.base, after: after, frequencies: frequencies, states: states)
  }

  @Test("The directions together are the change without its gauge")
  func reconstruct() {
    let anatomy = anatomy(Planted.random(1))
    #expect(anatomy.directions.count == Planted.width)
    for token in 0..<Planted.vocabulary {
      for index in 0..<Planted.width {
        let sum = anatomy.directions.reduce(0) { $0 + $1.writer[token] * $1.reader[index] }
        #expect(abs(sum - anatomy.change[token, index]) < 1e-6)
      }
    }
  }

  @Test("Adding one vector to all rows is gauge and has no direction")
  func gauge() {
    var weights = Planted.base.weights
    for token in 0..<Planted.vocabulary {
      for index in 0..<Planted.width { weights[token * Planted.width + index] += Float(index) }
    }
    let shifted = UnembeddingMatrix(
      vocabulary: Planted.vocabulary, width: Planted.width, weights: weights)
    let result = anatomy(shifted)
    #expect(result.gaugeShare > 0.999)
    #expect(result.directions.allSatisfy { $0.singularValue < 1e-3 })
  }

  @Test("A planted direction is found with its tokens and its reader")
  func planted() throws {
    let reader: [Float] = [0.5, -0.2, 0.1, 0.3, 0, -0.4]
    let writer: [Int: Float] = [3: 1, 7: -2, 12: 0.5]
    let result = anatomy(Planted.changed([(writer, reader)]))
    // Rounding of the sum in 32 bits is all there is beside it.
    #expect(result.energyShare(0) > 0.999_999)
    let direction = try #require(result.directions.first)
    let order = direction.writer.indices.sorted {
      abs(direction.writer[$0]) > abs(direction.writer[$1])
    }
    #expect(order.prefix(3) == [7, 3, 12])
    let scale = direction.reader[0] / Double(reader[0])
    for index in reader.indices {
      #expect(abs(direction.reader[index] - scale * Double(reader[index])) < 1e-3 * abs(scale))
    }
  }

  @Test("All directions removed is the base, none is the tuned model, to the bit")
  func exactEnds() {
    let after = Planted.random(1)
    let anatomy = anatomy(after)
    let all = Set(anatomy.directions.indices)
    func made(_ removal: Removal) -> UnembeddingMatrix {
      anatomy.unembedding(removal) { $0 == Planted.fullStop }
    }
    #expect(made(.without(all)) == Planted.base)
    #expect(made(.only([])) == Planted.base)
    #expect(made(.scaled(0)) == Planted.base)
    #expect(made(.without([])) == after)
    #expect(made(.only(all)) == after)
    #expect(made(.scaled(1)) == after)
  }

  @Test("What is removed and what is kept add up")
  func complements() {
    let anatomy = anatomy(Planted.random(1))
    func change(_ removal: Removal) -> [Float] {
      let made = anatomy.unembedding(removal) { $0 == Planted.fullStop }
      return zip(made.weights, Planted.base.weights).map { $0 - $1 }
    }
    let whole = anatomy.change.elements
    for (first, second) in [
      (Removal.rewardedRows, Removal.otherRows), (.only([1]), .only([0, 2, 3, 4, 5])),
    ] {
      for (place, pair) in zip(change(first), change(second)).enumerated() {
        #expect(abs(Double(pair.0 + pair.1) - whole[place]) < 1e-5)
      }
    }
    // The rows of other tokens stay as they were.
    #expect(change(.rewardedRows).dropFirst(Planted.width).allSatisfy { $0 == 0 })
  }

  @Test("Noise stays near its floor and a strong direction rises above it")
  func noiseFloor() {
    let noise = Planted.random(0.1)
    func isRewarded(_ token: Int) -> Bool { token == Planted.fullStop }
    let quiet = anatomy(noise)
    let floor = quiet.noiseFloor(isRewarded: isRewarded, draws: 40, seed: 0)
    #expect(quiet.directions.allSatisfy { $0.singularValue < 1.3 * floor })
    var weights = noise.weights
    for token in 1...12 {
      for index in 0..<Planted.width {
        weights[token * Planted.width + index] += 0.5 * (index.isMultiple(of: 2) ? 1 : -1)
      }
    }
    let loud = anatomy(
      UnembeddingMatrix(
        vocabulary: Planted.vocabulary, width: Planted.width, weights: weights))
    let louderFloor = loud.noiseFloor(isRewarded: isRewarded, draws: 40, seed: 0)
    #expect(loud.directions[0].singularValue > louderFloor)
  }
}
