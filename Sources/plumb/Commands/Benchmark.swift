import ArgumentParser
import Foundation
import PlumbBenchmarks
import PlumbKernels

/// Measures this machine's limits and how near our work comes to them.
struct Benchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this machine's limits, and how near Plumbline comes to them.",
    discussion: """
      Each case is the median of repeated runs. A share of the limit compares a case with one large \
      convolution, matrix product or memory read measured in the same run. Other work on the \
      machine makes every number worse. A convolution by minimal filtering counts the operations \
      of its definition, and may come out above the limit.
      """)

  @Option(help: "How long each case is measured, in seconds.")
  var seconds = 2.0

  @Option(
    help: """
      Run one case alone, such as 'inceptionv1/logits', or a family, such as 'inceptionv1'; limits \
      that are not among them are not measured then.
      """)
  var only: String?

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @Flag(
    help: """
      Print how the case named by --only is computed, step by step with times, and stop; for cases \
      of 'inceptionv1' and 'train'.
      """)
  var explain = false

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds must be above 0, not \(seconds).") }
    if let only, Self.names(of: only).isEmpty {
      throw ValidationError(
        "--only must be one of \(BenchmarkSuite.names.joined(separator: ", ")), not '\(only)'.")
    }
    if explain, json { throw ValidationError("--explain prints a table; leave out --json.") }
    let explained = BenchmarkSuite.explainedNames
    if explain, !explained.contains(only ?? "") {
      throw ValidationError(
        "--explain needs --only with one of \(explained.joined(separator: ", ")), not "
          + (only.map { "'\($0)'." } ?? "all cases."))
    }
  }

  func run() async throws {
    if explain, let only, let table = try BenchmarkSuite.explanation(of: only) {
      return print(table)
    }
    var cases: [BenchmarkResult] = []
    if !json { print(Self.header) }
    try BenchmarkSuite(seconds: seconds).run(only.map(Self.names)) { measurement in
      cases.append(measurement)
      if !json { print(Self.row(measurement)) }
    }
    guard json else { return }
    try CommandOutput("benchmark", Fields(machine: try .current(), cases: cases)).print()
  }

  /// The case of this name, or those of the family.
  private static func names(of only: String) -> [String] {
    BenchmarkSuite.names.filter { $0 == only || $0.hasPrefix("\(only)/") }
  }

  private struct Fields: Encodable {
    let machine: Machine
    let cases: [BenchmarkResult]
  }

  private struct Machine: Encodable {
    let cores: Int
    let threads: Int
    let instructionSet: String
    let oneDNN: String

    static func current() throws -> Machine {
      Machine(
        cores: Processor.coreCount, threads: try ComputeThread.shared().threadCount,
        instructionSet: try OneDNN.instructionSet, oneDNN: try OneDNN.version)
    }
  }

  private static let header =
    "case                   precision  threads  milliseconds  GFLOP/s    GB/s  share of limit"

  private static func row(_ measurement: BenchmarkResult) -> String {
    func field(_ value: Double?, _ format: String, _ width: Int) -> String {
      let text = value.map { String(format: format, $0) } ?? "-"
      return String(repeating: " ", count: max(width - text.count, 0)) + text
    }
    let name = measurement.name.padding(toLength: 22, withPad: " ", startingAt: 0)
    return name + " " + measurement.precision.padding(toLength: 9, withPad: " ", startingAt: 0)
      + field(Double(measurement.threads), "%.0f", 9)
      + field(measurement.milliseconds, "%.2f", 14) + field(measurement.gflops, "%.1f", 9)
      + field(measurement.gigabytesPerSecond, "%.1f", 8)
      + field(measurement.shareOfLimit.map { $0 * 100 }, "%.0f %%", 16)
  }
}
