import Foundation
import PlumbFiles

/// What a picture was made from: with it, the model and the files it names, the same bytes can be made
/// again.
public struct PictureRecipe: Sendable, Hashable {
  /// The model.
  public struct Model: Sendable, Hashable, Codable {
    /// Its name or path, as it was found.
    public var name: String
    /// The digest of its weights.
    public var digest: String
    /// The architecture that was named for a file of weights alone.
    public var architecture: String?
    /// The variant that was named.
    public var variant: String?

    /// Creates a reference to a model.
    public init(
      name: String, digest: String, architecture: String? = nil, variant: String? = nil
    ) {
      self.name = name
      self.digest = digest
      self.architecture = architecture
      self.variant = variant
    }
  }

  /// A file that takes part.
  public struct Reference: Sendable, Hashable, Codable {
    /// Its path.
    public let path: String
    /// The SHA-256 of its bytes, in hexadecimal.
    public let sha256: String

    /// Refers to a file as it is now.
    ///
    /// - Throws: `SafetensorsError` if it cannot be read.
    public init(path: String) throws {
      self.path = path
      sha256 = try FileDigest.sha256(ofFile: path)
    }

    /// Throws unless the file is still the same.
    func check() throws {
      guard try FileDigest.sha256(ofFile: path) == sha256 else {
        throw PictureError.changedFile(path: path)
      }
    }
  }

  /// The format of recipes that this version writes.
  public static let format = 1

  /// The model.
  public var model: Model
  /// The number of threads, on which the last bits depend.
  public var threads: Int
  /// What was done.
  public var visualization: VisualizationRecipe
  /// The image or saved state that was started from.
  public var start: Reference?
  /// The pictures that the objective names.
  public var pictures: [Reference]

  /// Creates a recipe.
  public init(
    model: Model, threads: Int, visualization: VisualizationRecipe, start: Reference? = nil,
    pictures: [Reference] = []
  ) {
    self.model = model
    self.threads = threads
    self.visualization = visualization
    self.start = start
    self.pictures = pictures
  }

  /// The number of images that are optimized together.
  public var batch: Int { visualization.parameterization.batch }

  /// The recipe as JSON: the same recipe gives the same text.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // All its numbers are finite, so that it can always be written.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Reads the recipe inside a picture.
  ///
  /// - Parameter path: A PNG that `plumb visualize` made.
  /// - Returns: The recipe, and which image of its batch the picture is.
  /// - Throws: ``PictureError`` if the picture holds none; an `ImageError` if it is damaged.
  public static func read(fromPicture path: String) throws -> (recipe: PictureRecipe, index: Int) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw ImageError.unreadable(file: path, reason: error.localizedDescription)
    }
    let texts = try ImageFile.texts(in: data, name: path)
    guard let text = texts.first(where: { $0.keyword == PNGText.recipeKeyword })?.text else {
      throw PictureError.noRecipe(path: path)
    }
    let decoder = JSONDecoder()
    guard let header = try? decoder.decode(Header.self, from: Data(text.utf8)) else {
      throw PictureError.damagedRecipe(path: path)
    }
    guard header.command == commandName, header.plumb <= format else {
      throw PictureError.foreignRecipe(
        path: path, command: header.command, format: header.plumb)
    }
    do {
      let content = try decoder.decode(Content.self, from: Data(text.utf8))
      return (content.recipe, content.index)
    } catch {
      throw PictureError.damagedRecipe(path: path)
    }
  }

  /// The recipe with the number of an image, as it is written into its picture.
  func text(ofImage index: Int) -> PNGText {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(Content(recipe: self, index: index))) ?? Data()
    return PNGText(
      keyword: PNGText.recipeKeyword, text: String(decoding: data, as: UTF8.self))
  }

  private static let commandName = "visualize"

  private struct Header: Codable {
    let plumb: Int
    let command: String
  }

  /// A recipe with the number of an image beside its own fields.
  private struct Content: Codable {
    let recipe: PictureRecipe
    let index: Int

    enum Key: String, CodingKey { case image }

    init(recipe: PictureRecipe, index: Int) {
      self.recipe = recipe
      self.index = index
    }

    init(from decoder: any Decoder) throws {
      recipe = try PictureRecipe(from: decoder)
      index = try decoder.container(keyedBy: Key.self).decode(Int.self, forKey: .image)
    }

    func encode(to encoder: any Encoder) throws {
      try recipe.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(index, forKey: .image)
    }
  }
}

extension PictureRecipe: Codable {
  private enum Key: String, CodingKey { case plumb, command, model, threads, start, pictures }

  /// Reads a recipe; the fields of the visualization lie beside the others.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    visualization = try VisualizationRecipe(from: decoder)
    model = try container.decode(Model.self, forKey: .model)
    threads = try container.decode(Int.self, forKey: .threads)
    start = try container.decodeIfPresent(Reference.self, forKey: .start)
    pictures = try container.decodeIfPresent([Reference].self, forKey: .pictures) ?? []
  }

  /// Writes what ``init(from:)`` reads.
  public func encode(to encoder: any Encoder) throws {
    try visualization.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.format, forKey: .plumb)
    try container.encode(Self.commandName, forKey: .command)
    try container.encode(model, forKey: .model)
    try container.encode(threads, forKey: .threads)
    try container.encodeIfPresent(start, forKey: .start)
    if !pictures.isEmpty { try container.encode(pictures, forKey: .pictures) }
  }
}
