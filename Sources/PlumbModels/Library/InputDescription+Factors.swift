extension InputDescription {
  /// Whether pixels become the same numbers with another description.
  public func isSame(as other: InputDescription) -> Bool {
    guard channels == other.channels else { return false }
    return (0..<3).allSatisfy { channel in
      let (a, b) = (factors(channel), other.factors(channel))
      return abs(a.scale - b.scale) <= 1e-4 * abs(b.scale)
        && abs(a.offset - b.offset) <= 1e-4 * max(abs(b.offset), abs(b.scale))
    }
  }

  /// What a pixel between 0 and 1 is multiplied by, and what is added.
  ///
  /// - Parameter channel: The channel in the model's order, 0 to 2.
  /// - Returns: The two numbers, in double precision.
  public func factors(_ channel: Int) -> (scale: Double, offset: Double) {
    let mean = Double(mean[mean.count == 1 ? 0 : channel])
    let deviation = Double(standardDeviation[standardDeviation.count == 1 ? 0 : channel])
    return (
      (Double(range[1]) - Double(range[0])) / deviation, (Double(range[0]) - mean) / deviation
    )
  }
}
