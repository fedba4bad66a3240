import PlumbRuntime
import Testing

@Suite("Wilson interval")
struct WilsonIntervalTests {
  @Test(
    "Has the ends that the formula gives",
    arguments: [
      // Worked out from the formula of the paper in double precision, outside of Swift.
      (4230, 10000, 0.41335, 0.43271), (1, 10, 0.01788, 0.40415), (0, 5, 0.0, 0.43448),
      (5, 5, 0.56552, 1.0),
    ])
  func ends(successes: Int, trials: Int, low: Double, high: Double) {
    let interval = WilsonInterval(successes: successes, of: trials)
    #expect(abs(interval.low - low) < 2e-5)
    #expect(abs(interval.high - high) < 2e-5)
    #expect(interval.share == Double(successes) / Double(trials))
  }

  @Test("Says nothing without trials")
  func empty() {
    let interval = WilsonInterval(successes: 0, of: 0)
    #expect((interval.low, interval.high) == (0, 1))
  }
}
