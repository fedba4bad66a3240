import Foundation
import PlumbFiles
import PlumbModels

/// Photographs with what is on them, to test a classifier with.
public struct LabelledImages: Sendable {
  /// One photograph.
  public struct Item: Sendable, Hashable {
    /// The path of its file.
    public let path: String
    /// What is on it: a WordNet id or a name.
    public let label: String
  }

  /// The photographs in the order of their paths.
  public let items: [Item]

  /// Finds the photographs in a folder and what is on them.
  ///
  /// A file `index.tsv` with the columns `file` and `wnid` or `label` says it; otherwise the WordNet
  /// id in a file's name, or else the folder that the file is in, by id or name.
  ///
  /// - Parameter folder: The folder.
  /// - Throws: ``LabelledImagesError`` if there are none.
  public init(folder: String) throws(LabelledImagesError) {
    let base = URL(fileURLWithPath: folder)
    guard FileManager.default.isFolder(atPath: base.path) else { throw .noFolder(folder) }
    let index = base.appendingPathComponent("index.tsv")
    if let data = FileManager.default.contents(atPath: index.path) {
      items = try Self.items(of: String(decoding: data, as: UTF8.self), index, in: base)
    } else {
      items = Self.items(in: base)
    }
    if items.isEmpty { throw .noImages(folder) }
  }

  private static func items(
    of table: String, _ file: URL, in folder: URL
  ) throws(LabelledImagesError) -> [Item] {
    let lines = table.split(whereSeparator: \.isNewline)
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    guard let columns = lines.first, let path = columns.firstIndex(of: "file"),
      let label = columns.firstIndex(of: "wnid") ?? columns.firstIndex(of: "label")
    else { throw .noColumns(file.path) }
    return lines.dropFirst().compactMap { fields in
      guard fields.count > max(path, label) else { return nil }
      return Item(path: folder.appendingPathComponent(fields[path]).path, label: fields[label])
    }
  }

  private static func items(in folder: URL) -> [Item] {
    let endings: Set = ["jpg", "jpeg", "png"]
    var items: [Item] = []
    func look(in folder: URL, depth: Int) {
      for entry in FileManager.default.visibleContents(of: folder) {
        if endings.contains(entry.pathExtension.lowercased()) {
          let label =
            wordNetID(in: entry.lastPathComponent)
            ?? wordNetID(in: folder.lastPathComponent) ?? folder.lastPathComponent
          items.append(Item(path: entry.path, label: label))
        } else if depth < 4, FileManager.default.isFolder(atPath: entry.path) {
          look(in: entry, depth: depth + 1)
        }
      }
    }
    look(in: folder, depth: 0)
    return items
  }

  /// The WordNet id, `n` and eight digits, in a name.
  static func wordNetID(in name: String) -> String? {
    name.firstMatch(of: /n[0-9]{8}/).map { String($0.output) }
  }
}

/// Why labelled photographs could not be found.
public enum LabelledImagesError: Error, Equatable, Sendable {
  /// There is no such folder.
  case noFolder(String)
  /// The folder holds no pictures.
  case noImages(String)
  /// The index lacks its columns.
  case noColumns(String)
  /// The labels are not among the model's.
  case foreignLabels(folder: String, example: String, model: String)
  /// The model's outputs have no names.
  case noLabels(model: String)
}

extension LabelledImagesError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .noFolder(let folder): return "There is no folder \(folder)."
    case .noImages(let folder):
      return "\(folder) holds no pictures; it needs .jpg or .png files in folders named after their"
        + " classes, or an index.tsv."
    case .noColumns(let file):
      return
        "\(file) needs a first line with the columns 'file' and 'wnid' or 'label', tabs between."
    case .foreignLabels(let folder, let example, let model):
      return "No picture of \(folder) is of a class of '\(model)'; the first one is labelled"
        + " '\(example)'."
    case .noLabels(let model):
      return "'\(model)' does not say what its outputs are called; give it a table of labels in"
        + " plumb.json."
    }
  }
}
