/// Why an image could not be transformed.
public enum TransformError: Error, Equatable, Sendable {
  /// The transform does not fit an image of this size in pixels.
  case doesNotFit(transform: Transform, height: Int, width: Int)
}

extension TransformError: CustomStringConvertible {
  /// What went wrong, with which values; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .doesNotFit(let transform, let height, let width):
      return "The transform \(transform.summary) does not fit an image of \(height) x \(width); "
        + "use a larger image or a smaller transform."
    }
  }
}

extension Transform {
  /// The transform in a few words, as messages show it.
  public var summary: String {
    switch self {
    case .pad(let pixels, _): "pad by \(pixels)"
    case .jitter(let pixels, _): "jitter by \(pixels)"
    case .scale(let factors, _): "scale by \(Self.range(factors))"
    case .rotate(let degrees, _): "rotate by \(Self.range(degrees))"
    case .part(let smallest, let largest): "part \(Self.range([smallest, largest]))"
    case .cropOrPad(let height, let width): "crop or pad to \(height) x \(width)"
    case .enlarge(let height, let width): "enlarge to \(height) x \(width)"
    }
  }

  private static func range(_ values: [Double]) -> String {
    guard let low = values.min(), let high = values.max() else { return "nothing" }
    return low == high ? "\(low)" : "\(low) to \(high)"
  }
}
