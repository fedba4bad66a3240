import Foundation

/// How often values of each size came by, in bins of equal width that grow with the values.
///
/// The width is a power of two; when a value lies outside, neighboring bins are merged, so that
/// counts stay exact and memory stays the same.
public struct ValueHistogram: Sendable, Hashable {
  /// The number of bins.
  public static let binCount = 64

  /// The lower end of the first bin.
  public private(set) var start: Double
  /// The width of a bin; 0 before the first value.
  public private(set) var width: Double
  /// The values in each bin.
  public private(set) var counts: [Int]

  /// Creates an empty histogram.
  public init() { self.init(start: 0, width: 0, counts: Array(repeating: 0, count: Self.binCount)) }

  /// Creates a histogram from its parts.
  init(start: Double, width: Double, counts: [Int]) {
    self.start = start
    self.width = width
    self.counts = counts
  }

  /// The number of values.
  public var total: Int { counts.reduce(0, +) }

  /// Counts a value; one that is not finite is passed over.
  public mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    if width == 0 { begin(with: value) }
    while value < start { mergeDownwards() }
    while value >= start + width * Double(Self.binCount) { mergeUpwards() }
    let bin = Int((value - start) / width)
    counts[min(max(bin, 0), Self.binCount - 1)] += 1
  }

  /// Returns the share of values below one, from 0 to 1, as if they lay evenly within their bins.
  public func share(below value: Double) -> Double {
    let total = total
    guard total > 0 else { return 0 }
    let place = (value - start) / width
    if place <= 0 { return 0 }
    if place >= Double(Self.binCount) { return 1 }
    let bin = Int(place)
    let below = Double(counts[..<bin].reduce(0, +)) + Double(counts[bin]) * (place - Double(bin))
    return below / Double(total)
  }

  private mutating func begin(with value: Double) {
    // A quarter of the range up to the first value; zeros begin with a small range that grows.
    width = value == 0 ? 0x1p-20 : pow(2, (log2(abs(value)) - 4).rounded(.down))
    start = value < 0 ? (value / width).rounded(.down) * width : 0
  }

  /// Bins of twice the width from the same start.
  private mutating func mergeUpwards() {
    let half = Self.binCount / 2
    counts = (0..<Self.binCount).map { $0 < half ? counts[2 * $0] + counts[2 * $0 + 1] : 0 }
    width *= 2
  }

  /// Bins of twice the width to the same end.
  private mutating func mergeDownwards() {
    let half = Self.binCount / 2
    counts = (0..<Self.binCount).map {
      $0 < half ? 0 : counts[2 * ($0 - half)] + counts[2 * ($0 - half) + 1]
    }
    start -= width * Double(Self.binCount)
    width *= 2
  }
}
