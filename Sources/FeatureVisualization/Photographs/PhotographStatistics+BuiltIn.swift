import Foundation

extension PhotographStatistics {
  /// The statistics of 200 photographs of ImageNet at 224 x 224 pixels, which need no file.
  ///
  /// - Throws: A `DecodingError` if the program is damaged.
  public static func builtIn() throws -> PhotographStatistics {
    try JSONDecoder().decode(
      PhotographStatistics.self, from: Data(PackageResources.photographs_json))
  }

  /// Measures the photographs of a collection.
  ///
  /// - Parameters:
  ///   - collection: The photographs; damaged ones are passed over.
  ///   - side: The side in pixels to which the central square of each is brought.
  ///   - limit: How many are enough.
  /// - Throws: ``ParameterizationError/singularColors`` if there are none, or all are gray; an
  ///   `ArchiveError` if an archive is damaged.
  public init(of collection: ImageCollection, side: Int, limit: Int = 1000) throws {
    var measurement = try PhotographMeasurement(side: side)
    var reader = try collection.reader()
    while measurement.count < limit, let unread = try reader.next() {
      if let picture = try? unread.decoded().picture.get() { try measurement.add(picture) }
    }
    self = try measurement.statistics()
  }
}
