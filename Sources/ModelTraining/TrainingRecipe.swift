import Foundation
import PlumbFiles
import PlumbRuntime

/// Everything that decides a training: the same recipe on the same data, machine and thread count
/// gives the same weights, to the bit.
public struct TrainingRecipe: Sendable, Hashable, Codable {
  /// What is trained, and on what.
  public enum Subject: Sendable, Hashable {
    /// A decoder transformer.
    case language(LanguageTraining)
    /// An image classifier.
    case vision(VisionTraining)
  }

  /// The name of the model, and of the folder into which it is exported.
  public var name: String
  /// What is trained, and on what.
  public var subject: Subject
  /// The folder of a finished training or of a model of the same network, relative to that of this
  /// one, whose weights are the first ones here; new ones are drawn if `nil`.
  public var start: String?
  /// The number of steps of gradient descent.
  public var steps: Int
  /// Examples per step: images, or windows of text.
  public var batch: Int
  /// How gradients become steps.
  public var optimizer: Optimizer
  /// How the learning rate depends on the step.
  public var schedule: LearningRateSchedule
  /// The L2 norm to which longer gradients are shortened; `nil` leaves them.
  public var clippingNorm: Double?
  /// The precision of the arithmetic.
  public var precision: Precision
  /// Decides the initial weights, the order of the data and augmentation.
  public var seed: UInt64
  /// Steps between two evaluations on held-out data.
  public var evaluationInterval: Int

  /// Creates a recipe.
  public init(
    name: String, subject: Subject, steps: Int, batch: Int, optimizer: Optimizer,
    schedule: LearningRateSchedule, clippingNorm: Double? = nil, precision: Precision = .fp32,
    seed: UInt64 = 0, evaluationInterval: Int, start: String? = nil
  ) {
    (self.name, self.subject, self.start) = (name, subject, start)
    (self.steps, self.batch, self.evaluationInterval) = (steps, batch, evaluationInterval)
    (self.optimizer, self.schedule) = (optimizer, schedule)
    (self.clippingNorm, self.precision, self.seed) = (clippingNorm, precision, seed)
  }

  /// Reads a recipe from a JSON file.
  ///
  /// - Throws: ``ModelTrainingError/unreadableRecipe(path:reason:)``.
  public init(contentsOf path: String) throws(ModelTrainingError) {
    do {
      self = try JSONDecoder().decode(
        TrainingRecipe.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw .unreadableRecipe(path: path, reason: readableReason(of: error))
    }
    try validate(path)
  }

  private func validate(_ path: String) throws(ModelTrainingError) {
    func require(_ holds: Bool, _ sentence: String) throws(ModelTrainingError) {
      guard holds else { throw .unreadableRecipe(path: path, reason: sentence) }
    }
    try require(steps > 0, "'steps' is \(steps); it must be 1 or more")
    try require(batch > 0, "'batch' is \(batch); it must be 1 or more")
    try require(
      evaluationInterval > 0, "'evaluationInterval' is \(evaluationInterval); it must be 1 or more")
  }

  /// The recipe as a JSON file.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}

// Written as `{"language": {...}}`.
extension TrainingRecipe.Subject: Codable {
  private enum Key: String, CodingKey { case language, vision }

  /// Reads the one subject that is there.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    if container.contains(.vision) {
      self = .vision(try container.decode(VisionTraining.self, forKey: .vision))
    } else {
      self = .language(try container.decode(LanguageTraining.self, forKey: .language))
    }
  }

  /// Writes the subject under its kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .language(let training): try container.encode(training, forKey: .language)
    case .vision(let training): try container.encode(training, forKey: .vision)
    }
  }
}
