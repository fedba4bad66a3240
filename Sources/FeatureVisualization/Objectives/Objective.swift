/// What an image is optimized for: a number that the network and the image give, bigger is better.
///
/// Objectives are values and combine by arithmetic:
/// `.channel("mixed4a", 476) + 0.3 * .channel("mixed4b", 452) - 0.25 * .totalVariation`. The same in
/// text, for the command line and recipes, is `mixed4a:476 + 0.3*mixed4b:452 - 0.25*tv`; see
/// ``init(parsing:in:)``.
public indirect enum Objective: Sendable, Hashable {
  /// A number that does not depend on the image.
  case constant(Double)
  /// The mean of each channel of a range over batch and positions, summed over the range.
  case channels(layer: String, ClosedRange<Int>)
  /// One channel at one position, as mean over the batch; at the center if no position is given.
  case neuron(layer: String, channel: Int, position: Position?)
  /// The mean over batch and positions of the dot product with a vector over channels, times
  /// `max(0.1, cosine)` to a power.
  ///
  /// The power 0 leaves the dot product alone; with more, an image must resemble the direction
  /// rather than merely be strong along it.
  case direction(layer: String, [Component], cosinePower: Double)
  /// The mean of the squares of a whole layer.
  case deepDream(layer: String)
  /// The score of a class before softmax, as mean over the batch.
  case classScore(ClassName)
  /// The mean of one channel over batch and the positions of a rectangle.
  case region(layer: String, channel: Int, Region)
  /// How alike the images of the batch are in a layer: the sum of the products of their normalized
  /// Gram matrices over all pairs, divided by the size of the batch. To subtract.
  case diversity(layer: String)
  /// The mean of one channel in the first image, of another in the last, and of mixtures of both in
  /// the images between.
  case interpolation(Unit, Unit)
  /// Minus the squared differences in a layer between each image and the next four, those at
  /// distance d divided by `ratio` to the power d.
  case alignment(layer: String, ratio: Double)
  /// Minus the squared distance from a picture in a layer, as share of the picture's squared length.
  case inversion(layer: String, picture: String)
  /// The dot product with a picture in a layer, times `max(0.1, dot / length of the picture)` to a
  /// power: what is strong in the picture becomes stronger.
  case caricature(layer: String, picture: String, cosinePower: Double)
  /// The sum of absolute differences between neighboring pixels of the untransformed images.
  case totalVariation
  /// The sum of absolute distances of the untransformed images' values from `center`.
  case l1(center: Double)
  /// The root of 1e-6 and the sum of squared distances of the untransformed images' values from
  /// `center`.
  case l2(center: Double)
  /// Half the sum of squared differences of the untransformed images from their blurred selves.
  case blur
  /// The restlessness of a margin of so many pixels of the untransformed images: squared differences
  /// from the blurred margin, and 0.8 of those from gray, summed.
  case boundary(width: Int)
  /// The mean opacity of images with an alpha channel.
  case alpha
  /// The sum of two objectives.
  case sum(Objective, Objective)
  /// The first objective minus the second.
  case difference(Objective, Objective)
  /// The product of two objectives.
  case product(Objective, Objective)
  /// The first objective divided by the second.
  case quotient(Objective, Objective)
  /// Minus an objective.
  case negation(Objective)

  /// A place on a layer, counted from 0 at the top left.
  public struct Position: Sendable, Hashable {
    /// The column.
    public let x: Int
    /// The row.
    public let y: Int

    /// Creates a position.
    public init(x: Int, y: Int) {
      self.x = x
      self.y = y
    }
  }

  /// A rectangle of positions on a layer.
  public struct Region: Sendable, Hashable {
    /// The first column.
    public let x: Int
    /// The first row.
    public let y: Int
    /// The number of columns.
    public let width: Int
    /// The number of rows.
    public let height: Int

    /// Creates a rectangle.
    public init(x: Int, y: Int, width: Int, height: Int) {
      (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
  }

  /// A channel of a layer.
  public struct Unit: Sendable, Hashable {
    /// The layer.
    public let layer: String
    /// The channel.
    public let channel: Int

    /// Creates a unit.
    public init(_ layer: String, _ channel: Int) {
      self.layer = layer
      self.channel = channel
    }
  }

  /// The entry of a vector at one channel.
  public struct Component: Sendable, Hashable {
    /// The channel.
    public let channel: Int
    /// The entry.
    public let weight: Double

    /// Creates an entry.
    public init(channel: Int, weight: Double) {
      self.channel = channel
      self.weight = weight
    }
  }

  /// How a class is called.
  public enum ClassName: Sendable, Hashable {
    /// By its place among the network's outputs, from 0.
    case index(Int)
    /// By its label.
    case label(String)
  }
}

extension Objective {
  /// The mean of one channel over batch and positions.
  public static func channel(_ layer: String, _ channel: Int) -> Objective {
    .channels(layer: layer, channel...channel)
  }

  /// One channel at the center of a layer, or at a position.
  public static func neuron(_ layer: String, _ channel: Int, at position: Position? = nil)
    -> Objective
  {
    .neuron(layer: layer, channel: channel, position: position)
  }

  /// The dot product with a vector over all channels of a layer, of which entries of 0 are left out.
  ///
  /// See ``direction(layer:_:cosinePower:)``.
  public static func direction(
    _ layer: String, _ vector: [Float], cosinePower: Double = 0
  ) -> Objective {
    let components = vector.enumerated().filter { $0.element != 0 }.map {
      // The shortest decimal of the single-precision number, so that text stays short.
      Component(channel: $0.offset, weight: Double("\($0.element)") ?? Double($0.element))
    }
    return .direction(layer: layer, components, cosinePower: cosinePower)
  }

  /// The mean of the squares of a whole layer, as in DeepDream.
  public static func deepDream(_ layer: String) -> Objective { .deepDream(layer: layer) }

  /// The score of the class with a label.
  public static func classScore(_ label: String) -> Objective { .classScore(.label(label)) }

  /// The score of a class by its place among the outputs.
  public static func classScore(_ index: Int) -> Objective { .classScore(.index(index)) }

  /// The sum of absolute distances from 0.
  public static let l1 = Objective.l1(center: 0)

  /// The length of the images as a vector.
  public static let l2 = Objective.l2(center: 0)
}

extension Objective: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A number that does not depend on the image.
  public init(floatLiteral value: Double) { self = .constant(value) }

  /// A number that does not depend on the image.
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}

extension Objective {
  /// The sum of two objectives.
  public static func + (left: Objective, right: Objective) -> Objective { .sum(left, right) }

  /// The difference of two objectives.
  public static func - (left: Objective, right: Objective) -> Objective {
    .difference(left, right)
  }

  /// The product of two objectives.
  public static func * (left: Objective, right: Objective) -> Objective { .product(left, right) }

  /// The quotient of two objectives.
  public static func / (left: Objective, right: Objective) -> Objective { .quotient(left, right) }

  /// Minus an objective.
  public static prefix func - (objective: Objective) -> Objective { .negation(objective) }

  /// An objective with a weight.
  public static func * (weight: Double, objective: Objective) -> Objective {
    .product(.constant(weight), objective)
  }
}

extension Objective {
  /// The objectives of single units that a range of channels stands for, or this one alone.
  ///
  /// `mixed4a:0-2` is three, one image each. Several ranges count in step; where one is longer,
  /// the shorter ones stay at their last channel.
  public var units: [Objective] {
    let count = widestRange
    return count == 1 ? [self] : (0..<count).map { choosing($0) }
  }

  /// The operands of arithmetic; none otherwise.
  var operands: [Objective] {
    switch self {
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b),
      .quotient(let a, let b):
      [a, b]
    case .negation(let a): [a]
    default: []
    }
  }

  /// Whether class scores are needed.
  public var needsClassScores: Bool {
    if case .classScore = self { return true }
    return operands.contains { $0.needsClassScores }
  }

  /// What a picture of this objective is a picture of: the first channel or class that it names.
  public var target: Target? {
    switch self {
    case .channels(let layer, let range): .unit(Unit(layer, range.lowerBound))
    case .neuron(let layer, let channel, _), .region(let layer, let channel, _):
      .unit(Unit(layer, channel))
    case .interpolation(let first, _): .unit(first)
    case .direction(let layer, let components, _) where components.count == 1:
      .unit(Unit(layer, components[0].channel))
    case .classScore(let name): .classScore(name)
    default: operands.lazy.compactMap(\.target).first
    }
  }

  /// A channel or a class.
  public enum Target: Sendable, Hashable {
    /// A channel of a layer.
    case unit(Unit)
    /// A class.
    case classScore(ClassName)
  }

  /// The names of the pictures that are needed, such as a caricature's.
  public var pictures: Set<String> {
    switch self {
    case .inversion(_, let picture), .caricature(_, let picture, _): [picture]
    default: operands.reduce(into: []) { $0.formUnion($1.pictures) }
    }
  }

  private var widestRange: Int {
    if case .channels(_, let range) = self { return range.count }
    return operands.reduce(1) { max($0, $1.widestRange) }
  }

  /// This objective with each range replaced by its channel number `index`.
  private func choosing(_ index: Int) -> Objective {
    switch self {
    case .channels(let layer, let range):
      .channel(layer, min(range.lowerBound + index, range.upperBound))
    case .sum(let a, let b): .sum(a.choosing(index), b.choosing(index))
    case .difference(let a, let b): .difference(a.choosing(index), b.choosing(index))
    case .product(let a, let b): .product(a.choosing(index), b.choosing(index))
    case .quotient(let a, let b): .quotient(a.choosing(index), b.choosing(index))
    case .negation(let a): .negation(a.choosing(index))
    default: self
    }
  }
}
