import VisionModels

/// What a vision training trains, and on what.
public struct VisionTraining: Sendable, Hashable, Codable {
  /// A part of the training with pictures of one size.
  ///
  /// Small pictures first cost less and teach the coarse shapes; the last stage has the size that
  /// the network is for.
  public struct Stage: Sendable, Hashable, Codable {
    /// The side of the pictures in pixels.
    public var size: Int
    /// The part of all steps, the stages' parts together making 1.
    public var share: Double
  }

  /// How pictures are varied.
  public struct Augmentation: Sendable, Hashable, Codable {
    /// The smallest part of a picture's area that is shown; 1 shows the whole.
    public var smallestArea: Double
    /// The part of pictures of which a piece is shown at the picture's own scale, as sharp as it is;
    /// of the others a window is resampled.
    public var unscaled: Double
    /// The largest ratio of a window's sides, at least 1.
    public var largestAspect: Double
    /// Whether half of the pictures are mirrored.
    public var flips: Bool
    /// How much brightness, contrast and saturation change: each factor is within 1 ± this.
    public var color: Double
  }

  /// The folder of image shards within the data folder.
  public var data: String
  /// The network.
  public var network: InceptionTiny
  /// The sizes of pictures in the course of the training.
  public var stages: [Stage]
  /// How pictures are varied.
  public var augmentation: Augmentation
  /// The probability that is spread over all classes instead of given to the right one.
  public var labelSmoothing: Double

  /// The size of pictures at a step.
  func size(step: Int, of steps: Int) -> Int {
    var end = 0.0
    for stage in stages {
      end += stage.share
      if Double(step) < (end * Double(steps)).rounded() { return stage.size }
    }
    return stages[stages.count - 1].size
  }

  /// What is wrong with the values, as a part of a sentence; `nil` if nothing is.
  var problem: String? {
    do throws(InceptionTinyError) {
      try network.validate()
    } catch {
      return "\(error)"
    }
    let total = stages.reduce(0) { $0 + $1.share }
    if stages.isEmpty || abs(total - 1) > 1e-6 || stages.contains(where: { $0.share <= 0 }) {
      return "the shares of 'stages' must be positive and sum to 1, not \(total)"
    }
    if let stage = stages.first(where: { $0.size < 16 }) {
      return "a stage has pictures of \(stage.size) pixels; 16 is the least"
    }
    if !(0.01...1).contains(augmentation.smallestArea) {
      return "'smallestArea' is \(augmentation.smallestArea); it must be from 0.01 to 1"
    }
    if !(0...1).contains(augmentation.unscaled) {
      return "'unscaled' is \(augmentation.unscaled); it must be from 0 to 1"
    }
    if !(1...4).contains(augmentation.largestAspect) {
      return "'largestAspect' is \(augmentation.largestAspect); it must be from 1 to 4"
    }
    if !(0..<1).contains(augmentation.color) {
      return "'color' is \(augmentation.color); it must be 0 or more and less than 1"
    }
    if !(0..<1).contains(labelSmoothing) {
      return "'labelSmoothing' is \(labelSmoothing); it must be 0 or more and less than 1"
    }
    return nil
  }
}
