import PlumbGraph
import PlumbKernels

extension Program {
  /// One compiled step, as `--explain` prints it.
  public struct StepReport: Sendable {
    /// The operation with its settings and result type.
    public let node: String
    /// The implementations that run, such as `jit:avx2` or `plumb:lrn`.
    public let implementations: [String]
    /// Bytes written.
    public let byteCount: Int
    /// The fastest of the measured runs, in milliseconds; `nil` if none was asked for.
    public let milliseconds: Double?
  }

  /// What the program does, step by step.
  ///
  /// - Parameter runs: How often each step is run to time it; 0 for no timing. Inputs must be set.
  /// - Returns: One report per step, in order.
  /// - Throws: An error of oneDNN if a step fails.
  public func report(measuring runs: Int = 0) throws -> [StepReport] {
    try ComputeThread.shared().run {
      memory?.use(by: self)
      return try steps.map { step in
        var best: Double?
        for _ in 0..<runs {
          let start = ContinuousClock.now
          for call in step.calls { try call.run() }
          let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
          best = min(best ?? milliseconds, milliseconds)
        }
        return StepReport(
          node: step.node.description, implementations: step.calls.map(\.implementation),
          byteCount: step.writes.reduce(0) { $0 + $1.byteCount }, milliseconds: best)
      }
    }
  }

  /// A table of all steps: number, milliseconds, bytes, implementation, operation.
  public func explanation(measuring runs: Int = 0) throws -> String {
    var lines = [
      "\(steps.count) steps, \(workingBytes) bytes of working memory, precision \(precision.rawValue)"
    ]
    for (index, step) in try report(measuring: runs).enumerated() {
      let time = step.milliseconds.map { Self.padded("\(($0 * 1000).rounded() / 1000)", 9) } ?? ""
      let name = step.implementations.joined(separator: " + ")
      lines.append(
        "\(Self.padded("\(index)", 4))\(time)\(Self.padded("\(step.byteCount)", 11))  "
          + "\(name.padding(to: 24))  \(step.node)")
    }
    return lines.joined(separator: "\n")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}

extension String {
  /// This text with spaces after it, at least `width` characters.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 0))
  }
}

extension Graph {
  /// The graph after each pass of the compiler, by the pass's name.
  public func compilationStages(
    precision: Precision = .fp32
  ) throws -> [(pass: String, graph: Graph)] {
    var stages: [(pass: String, graph: Graph)] = [("as built", self)]
    for pass in Self.passes(for: precision) {
      stages.append((pass.name, try pass.apply(stages[stages.count - 1].graph)))
    }
    return stages
  }
}
