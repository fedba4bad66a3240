import Foundation
import PlumbRuntime
import Testing

@testable import Drift

@Suite("Statistics")
struct StatisticsTests {
  @Test(
    "Wilson's intervals are those of the book",
    arguments: [
      (10, 100, 0.0552, 0.1744), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0),
      (1, 10, 0.0179, 0.4042),
    ])
  func wilson(count: Int, total: Int, low: Double, high: Double) {
    let estimate = Proportion(count, of: total).estimate
    #expect(abs(estimate.low - low) < 5e-5)
    #expect(abs(estimate.high - high) < 5e-5)
  }

  @Test("A share of nothing may be anything")
  func wilsonOfNothing() {
    let estimate = Proportion(0, of: 0).estimate
    #expect(estimate.value.isNaN && estimate.low == 0 && estimate.high == 1)
  }

  @Test("Benjamini and Hochberg's q-values are those computed by hand")
  func benjaminiHochberg() {
    let q = MultipleTests.benjaminiHochberg([0.01, 0.04, 0.03, 0.5])
    let expected = [0.04, 0.16 / 3, 0.16 / 3, 0.5]
    for (got, want) in zip(q, expected) { #expect(abs(got - want) < 1e-12) }
    #expect(MultipleTests.benjaminiHochberg([]).isEmpty)
  }

  @Test(
    "Student's quantiles are those of the tables",
    arguments: [
      (1, 12.706), (4, 2.776), (9, 2.262), (30, 2.042), (999, 1.962),
    ])
  func studentQuantiles(degrees: Int, quantile: Double) {
    #expect(abs(StudentT.quantile(0.975, degreesOfFreedom: degrees) - quantile) < 1e-3)
  }

  @Test("A bootstrap interval of a mean is as wide as the normal one")
  func bootstrapWidth() {
    var stream = RandomStream(seed: 1, name: "test")
    let values = stream.normal(400).map(Double.init)
    let estimate = Bootstrap(completions: 400, replicates: 2000, seed: 0).mean([values])
    let mean = values.reduce(0, +) / 400
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
    #expect(abs(estimate.value - mean) < 1e-12)
    let width = estimate.high - estimate.low
    #expect(abs(width / (2 * 1.96 * deviation / 20) - 1) < 0.1)
  }

  @Test("The interval holds the truth 95 times of 100, with five seeds that differ")
  func coverage() {
    var held = 0
    let rounds = 300
    for round in 0..<rounds {
      var stream = RandomStream(seed: 7, name: "coverage").substream(round)
      let values = (0..<5).map { _ in
        let shift = Double(stream.normal(1)[0])
        return stream.normal(50).map { Double($0) + shift }
      }
      let estimate = Bootstrap(
        completions: 50, seeds: 5, replicates: 400, seed: UInt64(round)
      ).mean(values)
      if !estimate.excludes(0) { held += 1 }
    }
    // Without the expansion it would be near 80 of 100.
    #expect(Double(held) / Double(rounds) > 0.9)
  }

  @Test("Fewer than five seeds are not resampled")
  func fewSeeds() {
    let values = [[0.0, 0], [1, 1]]
    let few = Bootstrap(completions: 2, seeds: 2, seed: 0)
    #expect(!few.isOverSeeds)
    #expect(few.mean(values) == Estimate(0.5, low: 0.5, high: 0.5))
  }

  @Test("The same seed gives the same interval, another seed another")
  func isSeeded() {
    let values = [(0..<50).map { Double($0 * $0 % 17) }]
    func interval(_ seed: UInt64) -> Estimate {
      Bootstrap(completions: 50, replicates: 200, seed: seed).mean(values)
    }
    #expect(interval(3) == interval(3))
    #expect(interval(3) != interval(4))
  }

  @Test("Sign flips find a shift, and none where there is none")
  func signFlips() {
    let shifted = (0..<100).map { Double($0 % 7) - 2 }
    let balanced = (0..<100).map { $0.isMultiple(of: 2) ? 1.0 : -1 }
    #expect(PermutationTest.signFlips(shifted, seed: 0) < 0.01)
    #expect(PermutationTest.signFlips(balanced, seed: 0) > 0.9)
    #expect(PermutationTest.signFlips([0, 0, 0], seed: 0) == 1)
  }

  @Test("Shuffles find different groups, and none where there are none")
  func twoGroups() {
    let low = (0..<40).map { Double($0 % 5) }
    #expect(PermutationTest.twoGroups(low, low.map { $0 + 2 }, seed: 0) < 0.01)
    #expect(PermutationTest.twoGroups(low, low.reversed(), seed: 0) > 0.9)
  }
}
