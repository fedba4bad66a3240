import CKernels
import Testing

/// The suites below share the emulated pool's number of threads, so they run one after another.
@Suite("C kernels", .serialized)
enum KernelTests {}

/// Runs a body as a pool of this many threads would, the last thread first, to bring out any
/// dependence on the order.
nonisolated(unsafe) private var emulatedThreads: Int32 = 1

private func emulatedPool(body: ck_body?, context: UnsafeMutableRawPointer?) {
  for thread in (0..<emulatedThreads).reversed() {
    body?(context, thread, emulatedThreads)
  }
}

/// Runs `body` with kernels that split their work over `threads`.
func withThreads<Result>(_ threads: Int32, _ body: () -> Result) -> Result {
  emulatedThreads = threads
  ck_configure { body, context in emulatedPool(body: body, context: context) }
  defer { ck_configure(nil) }
  return body()
}

/// Whether `compute` returns the same bits with 1, 2, 3 and 7 threads.
func isIndependentOfThreads(_ compute: () -> [Float]) -> Bool {
  let alone = compute().map(\.bitPattern)
  return [2, 3, 7].allSatisfy { threads in
    withThreads(threads, compute).map(\.bitPattern) == alone
  }
}

/// A small generator for test data (SplitMix64).
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64 = 1) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Uniform numbers for tests.
func randomArray(
  _ count: Int, seed: UInt64 = 1, in range: ClosedRange<Float> = -1...1
) -> [Float] {
  var generator = TestGenerator(seed: seed)
  return (0..<count).map { _ in Float.random(in: range, using: &generator) }
}

/// The distance of `value` from `truth` in units of the last place of a float near `truth`.
func ulps(_ value: Float, from truth: Double) -> Double {
  let nearest = Float(truth)
  if value == nearest || (value.isNaN && truth.isNaN) { return 0 }
  guard value.isFinite, truth.isFinite else { return .infinity }
  return abs(Double(value) - truth) / Double(min(nearest.ulp, Float.greatestFiniteMagnitude.ulp))
}

/// The largest difference of two arrays, relative to the largest magnitude of the second.
func relativeDifference(_ values: [Float], _ truth: [Double]) -> Double {
  guard values.count == truth.count else { return .infinity }
  let scale = max(truth.map(abs).max() ?? 0, 1e-30)
  let worst = zip(values, truth).map { value, truth in
    value.isFinite ? abs(Double(value) - truth) : .infinity
  }.max()
  return (worst ?? 0) / scale
}
