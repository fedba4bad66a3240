import PlumbGraph
import PlumbRuntime

/// Everything that decides a visualization besides the network: the same recipe on the same network
/// and thread count gives the same image, to the byte.
public struct VisualizationRecipe: Sendable, Hashable, Codable {
  /// How gradients pass ReLUs, so that units that are silent at first can be reached.
  public enum RedirectedReLU: String, Sendable, Hashable, Codable, CaseIterable {
    /// The true gradient throughout.
    case off
    /// Lucid's rule, during the first 17 steps.
    case lucid
    /// Lucent's leak of a tenth, throughout.
    case lucent

    /// The rule of a step, counted from 0.
    public func rule(at step: Int) -> ReLUGradientRule {
      switch self {
      case .off: .plain
      // Lucid redirects while its step, which begins at 0, is at most 16.
      case .lucid: step <= 16 ? .lucid : .plain
      case .lucent: .lucent
      }
    }
  }

  /// What is maximized.
  public var objective: Objective
  /// How images are written as numbers.
  public var parameterization: Parameterization
  /// What happens to the images before the network sees them.
  public var transforms: [Transform]
  /// The number of optimization steps.
  public var steps: Int
  /// Adam's learning rate; 0.05 is Lucid's for all parameterizations but pattern networks.
  public var learningRate: Double
  /// How gradients pass ReLUs.
  public var redirectedReLU: RedirectedReLU
  /// The precision of the steps; the image's own numbers are always fp32.
  public var precision: Precision
  /// Decides the initial image and the transforms.
  public var seed: UInt64

  /// Creates a recipe; the defaults are Lucid's.
  ///
  /// - Parameters:
  ///   - objective: What is maximized.
  ///   - parameterization: How images are written as numbers.
  ///   - transforms: What happens to the images before the network sees them.
  ///   - steps: The number of optimization steps.
  ///   - learningRate: Adam's; the parameterization's usual one if `nil`.
  ///   - redirectedReLU: How gradients pass ReLUs.
  ///   - precision: The precision of the steps.
  ///   - seed: Decides the initial image and the transforms.
  public init(
    _ objective: Objective, parameterization: Parameterization = Parameterization(),
    transforms: [Transform] = .lucid, steps: Int = 512, learningRate: Double? = nil,
    redirectedReLU: RedirectedReLU = .lucid, precision: Precision = .fp32, seed: UInt64 = 0
  ) {
    self.objective = objective
    self.parameterization = parameterization
    self.transforms = transforms
    self.steps = steps
    self.learningRate = learningRate ?? parameterization.basis.usualLearningRate
    self.redirectedReLU = redirectedReLU
    self.precision = precision
    self.seed = seed
  }

  /// Throws unless the numbers make sense.
  func validate() throws(VisualizationError) {
    guard steps >= 0 else {
      throw .invalidRecipe(field: "steps", value: "\(steps)", requirement: "0 or more")
    }
    guard learningRate > 0, learningRate.isFinite else {
      throw .invalidRecipe(
        field: "learning rate", value: "\(learningRate)", requirement: "greater than 0")
    }
  }

  /// Returns the transforms, followed by a crop to the size at which a network gives class scores
  /// if the objective needs them.
  func transforms(for network: VisualizedNetwork) -> [Transform] {
    guard objective.needsClassScores, let size = network.classSize, size.count == 2 else {
      return transforms
    }
    return transforms + [.cropOrPad(height: size[0], width: size[1])]
  }
}
