import PlumbRuntime

/// What chance decided for each transform of a list at one step.
///
/// One draw is shared by the whole batch.
public struct TransformDraw: Sendable, Hashable {
  /// What chance decided for one transform.
  public enum Choice: Sendable, Hashable {
    /// Nothing is random.
    case none
    /// A shift in whole pixels: the content moves down and right. A crop loses the rest.
    case shift(down: Int, right: Int)
    /// A factor of the size.
    case factor(Double)
    /// An angle in degrees, counterclockwise.
    case angle(Double)
    /// A part of the image: the share of the sides, and how far down and to the right it lies, from 0
    /// to 1 of what is possible.
    case part(side: Double, down: Double, right: Double)
  }

  /// One choice per transform.
  public let choices: [Choice]
}

extension [Transform] {
  /// Returns the draw of one step.
  ///
  /// - Parameters:
  ///   - seed: The seed of the visualization.
  ///   - step: The step, counted from 0. The same seed and step draw the same.
  ///   - stream: Which sequence of draws; that of an optimization if not given.
  /// - Returns: One choice per transform.
  public func draw(seed: UInt64, step: Int, stream: String = "transforms") -> TransformDraw {
    let random = RandomStream(seed: seed, name: stream).substream(step)
    return TransformDraw(
      choices: enumerated().map { index, transform in
        // A stream each, so that one more transform leaves the others' draws alone.
        var random = random.substream(index)
        return transform.choice(&random)
      })
  }
}

extension Transform {
  fileprivate func choice(_ random: inout RandomStream) -> TransformDraw.Choice {
    switch self {
    case .pad, .cropOrPad, .enlarge:
      return .none
    case .part(let smallest, let largest):
      let side = smallest + (largest - smallest) * random.uniformDouble()
      let down = random.uniformDouble()
      return .part(side: side, down: down, right: random.uniformDouble())
    case .jitter(let pixels, let edge):
      // Both ends count for a crop, as in TensorFlow's random_crop; Lucent's shift ends before.
      let count = edge == .crop ? pixels + 1 : pixels
      guard count > 1 else { return .shift(down: 0, right: 0) }
      let down = random.integer(below: count)
      return .shift(down: down, right: random.integer(below: count))
    case .scale(let factors, _):
      return .factor(factors.isEmpty ? 1 : factors[random.integer(below: factors.count)])
    case .rotate(let degrees, _):
      return .angle(degrees.isEmpty ? 0 : degrees[random.integer(below: degrees.count)])
    }
  }
}
