/// The completions of several problems, judged.
public struct CodeSuiteReport: Sendable, Encodable {
  /// One report for each problem.
  public let problems: [CodeReport]
  /// pass@k over the problems, by k; for one problem that problem's own.
  public let passAtK: [String: PassAtK]

  /// Sums up reports on at least one problem.
  ///
  /// pass@k is left out where a problem has fewer than k completions.
  public init(problems: [CodeReport], k: [Int], seed: UInt64 = 0) {
    self.problems = problems
    guard problems.count > 1 else {
      passAtK = problems.first?.passAtK ?? [:]
      return
    }
    let counts = problems.map { problem in
      (passed: problem.completions.count { $0.verdict == .pass }, count: problem.completions.count)
    }
    var rates: [String: PassAtK] = [:]
    for k in k where counts.allSatisfy({ k >= 1 && $0.count >= k }) {
      rates[String(k)] = PassAtK(problems: counts, k: k, seed: seed)
    }
    passAtK = rates
  }
}
