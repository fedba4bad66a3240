import PlumbGraph
import PlumbRuntime

/// One measured case.
public struct BenchmarkResult: Sendable, Codable {
  /// The case, such as `inceptionv1/logits`.
  public let name: String
  /// The precision of the arithmetic.
  public let precision: String
  /// How many threads computed.
  public let threads: Int
  /// The median time of a run.
  public let milliseconds: Double
  /// Floating-point operations per second, in units of 1e9; `nil` where none are counted.
  public let gflops: Double?
  /// Bytes read per second, in units of 1e9; `nil` where arithmetic is what counts.
  public let gigabytesPerSecond: Double?
  /// The rate as a share of what this machine reached in the same run; `nil` for the limits.
  public var shareOfLimit: Double?

  enum CodingKeys: String, CodingKey {
    case name, precision, threads, milliseconds, gflops
    case gigabytesPerSecond = "gigabytes_per_second"
    case shareOfLimit = "share_of_limit"
  }
}

/// The median of some times, after a few unmeasured runs.
///
/// - Parameters:
///   - seconds: How long to go on, at least three runs.
///   - body: What is measured.
/// - Returns: Milliseconds.
func medianMilliseconds(seconds: Double, _ body: () throws -> Void) rethrows -> Double {
  for _ in 0..<2 { try body() }
  var times: [Double] = []
  let start = ContinuousClock.now
  while times.count < 3 || (ContinuousClock.now - start < .seconds(seconds) && times.count < 200) {
    let begin = ContinuousClock.now
    try body()
    times.append((ContinuousClock.now - begin) / .milliseconds(1))
  }
  times.sort()
  return times[times.count / 2]
}
