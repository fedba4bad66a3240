import PlumbText

/// Why an objective could not be understood.
public typealias ObjectiveError = ExpressionError<ObjectiveProblem>

/// What is wrong with an objective.
public enum ObjectiveProblem: ExpressionProblem {
  /// The grammar wants something else here.
  case unexpected(found: String, expected: String)
  /// The network has no such layer; `nearest` is the most similar name, if any.
  case unknownLayer(name: String, nearest: String?)
  /// The layer has fewer channels.
  case noSuchChannel(layer: String, channel: Int, count: Int)
  /// The layer is smaller.
  case noSuchPosition(layer: String, x: Int, y: Int, width: Int, height: Int)
  /// A range whose end is before its beginning.
  case descendingRange(first: Int, last: Int)
  /// A direction without entries.
  case emptyDirection(layer: String)
  /// No class has this label; `nearest` is the most similar one, if any.
  case unknownLabel(label: String, nearest: String?)
  /// The objective is about no channel and no class.
  case noUnit(objective: String)
  /// Several classes have this label.
  case ambiguousLabel(label: String, classes: [Int])
  /// The network has fewer classes.
  case noSuchClass(index: Int, count: Int)
  /// The network gives no class scores for an input of this size.
  case noClassScores
  /// A rectangle without positions or not all on the layer.
  case noSuchRegion(layer: String, Objective.Region, width: Int, height: Int)
  /// An objective of several images for one.
  case needsBatch(objective: String)
  /// The picture of a caricature or inversion was not handed over.
  case missingPicture(name: String)
  /// The images have no opacity.
  case noAlpha
  /// A margin without pixels.
  case emptyBoundary
}

extension ObjectiveProblem {
  /// What went wrong, with which values.
  public var description: String {
    switch self {
    case .unexpected(let found, let expected):
      return "The objective needs \(expected) here, but has \(found)."
    case .unknownLayer(let name, let nearest):
      let hint = nearest.map { "; the nearest name is '\($0)'" } ?? ""
      return "The network has no layer named '\(name)'\(hint)."
    case .noSuchChannel(let layer, let channel, let count):
      return "\(layer) has the channels 0 to \(count - 1), not \(channel)."
    case .noSuchPosition(let layer, let x, let y, let width, let height):
      return "\(layer) has the columns 0 to \(width - 1) and the rows 0 to \(height - 1), but no "
        + "position \(x), \(y)."
    case .noSuchRegion(let layer, let region, let width, let height):
      return "The region of \(region.width) x \(region.height) from column \(region.x), row "
        + "\(region.y) is not on \(layer), which has \(width) columns and \(height) rows."
    case .needsBatch(let objective):
      return "\(objective) compares images of a batch; ask for 2 images or more."
    case .missingPicture(let name):
      return "The picture '\(name)' was not supplied."
    case .noAlpha:
      return "alpha is the opacity of images that have an alpha channel; ask for one."
    case .emptyBoundary:
      return "A boundary needs a width of 1 pixel or more."
    case .descendingRange(let first, let last):
      return "The range \(first)-\(last) ends before it begins; write spaces around a minus sign "
        + "to subtract."
    case .emptyDirection(let layer):
      return "A direction needs at least one channel of \(layer) with its weight."
    case .unknownLabel(let label, let nearest):
      let hint = nearest.map { "; the nearest label is '\($0)'" } ?? ""
      return "The network has no class labeled '\(label)'\(hint)."
    case .noUnit(let objective):
      return "'\(objective)' is about no single unit; name one such as mixed4a:476 or class:chain."
    case .ambiguousLabel(let label, let classes):
      return "'\(label)' is the label of the classes "
        + classes.map { "\($0)" }.joined(separator: " and ") + "; name one by its number."
    case .noSuchClass(let index, let count):
      return "The network has the classes 0 to \(count - 1), not \(index)."
    case .noClassScores:
      return "The network gives no class scores for an input of this size; crop or pad it to the "
        + "network's own."
    }
  }
}
