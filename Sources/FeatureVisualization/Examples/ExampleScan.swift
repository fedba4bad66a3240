import PlumbFiles

/// Which images excite the units of some layers most, of all images in a collection.
public struct ExampleScan: Sendable {
  /// What a unit answered to all images.
  public struct Unit: Sendable {
    /// The images in which it was strongest, by its largest value over positions.
    public internal(set) var top: [Example]
    /// The images in which it was weakest, by its smallest value over positions.
    public internal(set) var bottom: [Example]
    /// Its largest values over positions, one per image.
    public internal(set) var maxima: ValueHistogram
  }

  /// An image with the position at which a unit was strongest or weakest.
  public struct Example: Sendable, Hashable {
    /// The unit's value there.
    public let value: Float
    /// The number of the image in the collection.
    public let image: Int
    /// The row on the layer.
    public let row: Int
    /// The column on the layer.
    public let column: Int
  }

  /// A layer with all its units.
  public struct Layer: Sendable {
    /// The layer's name.
    public let name: String
    /// Its height in positions.
    public let height: Int
    /// Its width in positions.
    public let width: Int
    /// Its units in the order of channels.
    public internal(set) var units: [Unit]
  }

  /// A picture that could not be read.
  public struct Damage: Sendable, Hashable, Codable {
    /// Its name.
    public let name: String
    /// What is wrong with it, a sentence.
    public let reason: String
  }

  /// What was scanned, with which model.
  public struct Origin: Sendable, Hashable, Codable {
    /// The model's name.
    public var model: String
    /// The digest of its weights.
    public var digest: String
    /// The folder or archive.
    public var images: String
    /// Height in pixels of the images that the network got.
    public var height: Int
    /// Width of them.
    public var width: Int
    /// How many examples are kept per unit.
    public var topCount: Int

    /// Creates an origin.
    public init(
      model: String, digest: String, images: String, height: Int, width: Int, topCount: Int
    ) {
      self.model = model
      self.digest = digest
      self.images = images
      self.height = height
      self.width = width
      self.topCount = topCount
    }
  }

  /// What was scanned.
  public let origin: Origin
  /// The layers.
  public internal(set) var layers: [Layer]
  /// How many pictures were passed, damaged ones among them.
  public internal(set) var passed = 0
  /// Whether all pictures were passed.
  public internal(set) var isComplete = false
  /// The pictures that could not be read.
  public internal(set) var damaged: [Damage] = []
  /// The names of the pictures in the lists of examples, by number.
  public internal(set) var names: [Int: String] = [:]
  /// What the pictures have in common, measured on the first ones.
  public internal(set) var statistics: PhotographStatistics?

  /// The number of pictures that were looked at.
  public var imageCount: Int { passed - damaged.count }

  /// The layer with a name, if it was scanned.
  public func layer(_ name: String) -> Layer? { layers.first { $0.name == name } }

  /// Returns the name of the picture of an example.
  public func name(of example: Example) -> String { names[example.image] ?? "\(example.image)" }
}
