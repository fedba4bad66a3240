import Foundation
import PlumbFiles

/// Where the pictures of a vision training lie: a folder in the layout of Tiny ImageNet.
///
/// `train_*.tar.xz` and `val.tar.xz` hold pictures, `wnids.txt` the classes in order; the table
/// `../labels/tinyimagenet200.tsv`, if it is there, says what the classes are called.
public struct TinyImageNet: Sendable {
  /// The pictures' height and width in pixels.
  public static let imageSize = 64

  /// The folder.
  public let folder: String
  /// The WordNet ids of the classes, in order.
  public let classes: [String]

  /// Finds a data set.
  ///
  /// - Throws: ``ModelTrainingError/missingData(path:hint:)`` if the classes or all training shards
  ///   are missing.
  public init(folder: String) throws(ModelTrainingError) {
    let path = "\(folder)/wnids.txt"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .missingData(
        path: path, hint: "The folder needs wnids.txt, train_*.tar.xz and val.tar.xz.")
    }
    self.folder = folder
    self.classes = text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Reads the training pictures.
  ///
  /// - Throws: ``ModelTrainingError/missingData(path:hint:)`` if there is no shard, or no picture in
  ///   any.
  public func trainingImages() throws(ModelTrainingError) -> ImageSet {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let shards = names.filter { $0.hasPrefix("train_") && $0.contains(".tar") }.sorted()
    guard !shards.isEmpty else {
      throw .missingData(path: "\(folder)/train_*.tar.xz", hint: "At least one shard is needed.")
    }
    return try images(shards)
  }

  /// Reads the validation pictures.
  ///
  /// - Throws: ``ModelTrainingError/missingData(path:hint:)`` if there are none.
  public func validationImages() throws(ModelTrainingError) -> ImageSet {
    try images(["val.tar.xz"])
  }

  private func images(_ archives: [String]) throws(ModelTrainingError) -> ImageSet {
    let paths = archives.map { "\(folder)/\($0)" }
    let images = ImageSet(archives: paths, classes: classes, size: Self.imageSize)
    guard images.count > 0 else {
      throw .missingData(
        path: paths.joined(separator: ", "),
        hint: images.damages.first ?? "The archives are empty.")
    }
    return images
  }

  /// The table of labels: `class_index`, `wnid`, `label`.
  public func labelTable() -> String {
    let path = "\(folder)/../labels/tinyimagenet200.tsv"
    if let table = try? String(contentsOfFile: path, encoding: .utf8),
      let labels = try? LabelTable(table, path: path),
      labels.labels.map(\.wordNetID) == classes
    {
      return table
    }
    let lines = classes.enumerated().map { "\($0)\t\($1)\t\($1)\n" }
    return "class_index\twnid\tlabel\n" + lines.joined()
  }
}
