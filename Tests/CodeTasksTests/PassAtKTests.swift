import Testing

@testable import CodeTasks

@Suite("pass@k")
struct PassAtKTests {
  @Test("Is 1 - C(n - c, k) / C(n, k)")
  func estimator() {
    // n = 5, c = 2, k = 2: 1 - C(3, 2) / C(5, 2) = 1 - 3 / 10.
    #expect(abs(PassAtK.estimate(passed: 2, of: 5, k: 2) - 0.7) < 1e-12)
    #expect(abs(PassAtK.estimate(passed: 3, of: 10, k: 1) - 0.3) < 1e-12)
    #expect(PassAtK.estimate(passed: 0, of: 10, k: 3) == 0)
    #expect(PassAtK.estimate(passed: 8, of: 10, k: 3) == 1)
    #expect(PassAtK.estimate(passed: 1, of: 1, k: 1) == 1)
  }

  @Test("Has Wilson's interval for k = 1")
  func wilson() {
    // 3 of 10: statsmodels' proportion_confint(3, 10, method="wilson") gives 0.10779, 0.60322.
    let rate = PassAtK(passed: 3, of: 10, k: 1)
    #expect(abs(rate.low - 0.10779) < 1e-5)
    #expect(abs(rate.high - 0.60322) < 1e-5)
  }

  @Test(
    "Has an interval with width that holds the estimate",
    arguments: [(0, 10, 1), (10, 10, 1), (1, 10, 10), (5, 10, 3), (0, 1, 1), (1, 1, 1)])
  func interval(passed: Int, count: Int, k: Int) {
    let rate = PassAtK(passed: passed, of: count, k: k)
    #expect(rate.low <= rate.estimate && rate.estimate <= rate.high)
    #expect(rate.high - rate.low > 0.01)
    #expect(rate.low >= 0 && rate.high <= 1)
  }

  @Test("Over problems is their mean, with an interval that a seed repeats")
  func overProblems() {
    let problems = [(passed: 1, count: 4), (passed: 4, count: 4), (passed: 0, count: 4)]
    let rate = PassAtK(problems: problems, k: 2, seed: 7)
    #expect(abs(rate.estimate - (0.5 + 1 + 0) / 3) < 1e-12)
    #expect(rate.low < rate.estimate && rate.estimate < rate.high)
    #expect(rate == PassAtK(problems: problems, k: 2, seed: 7))
  }
}
