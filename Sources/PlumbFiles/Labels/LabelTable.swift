import Foundation
import PlumbText

/// What a classifier's outputs are called.
public struct LabelTable: Sendable {
  /// One output and its names.
  public struct Label: Sendable, Hashable {
    /// Which output it is, from 0.
    public let index: Int
    /// Its WordNet id, such as "n02999410"; empty for outputs that mean nothing.
    public let wordNetID: String
    /// Its name, such as "chain".
    public let name: String
    /// Its index among the 1000 classes of ImageNet, if the table tells one.
    public let imageNetIndex: Int?
  }

  /// Where the table came from.
  public let path: String
  /// The labels in the order of the table.
  public let labels: [Label]

  private let byIndex: [Int: Label]

  /// Reads a table of tab-separated values.
  ///
  /// The first line names the columns: the index first, `wnid`, `label`, and if it is there
  /// `imagenet1000_index`.
  ///
  /// - Parameter path: The path of the table.
  /// - Throws: ``LabelError`` if the file cannot be read or is no such table.
  public init(path: String) throws(LabelError) {
    let data: Data
    do throws(UnreadableFile) {
      data = try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    try self.init(String(decoding: data, as: UTF8.self), path: path)
  }

  /// Reads a table that is already in memory; `path` is for messages only.
  public init(_ table: String, path: String) throws(LabelError) {
    // In Swift "\r\n" is one character and not "\n", but it is a new line as well.
    let lines = table.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let columns = lines.first?.split(separator: "\t").map(String.init) ?? []
    guard columns.first?.hasSuffix("index") == true, let wordNet = columns.firstIndex(of: "wnid"),
      let name = columns.firstIndex(of: "label")
    else { throw .missingColumns(file: path) }
    let imageNet = columns.dropFirst().firstIndex(of: "imagenet1000_index")
    var labels: [Label] = []
    var byIndex: [Int: Label] = [:]
    for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == columns.count, let index = Int(fields[0]), index >= 0 else {
        throw .malformedLine(file: path, line: number + 1)
      }
      let label = Label(
        index: index, wordNetID: fields[wordNet], name: fields[name],
        imageNetIndex: imageNet.flatMap { Int(fields[$0]) })
      if byIndex.updateValue(label, forKey: index) != nil {
        throw .duplicateIndex(file: path, index: index)
      }
      labels.append(label)
    }
    self.path = path
    self.labels = labels
    self.byIndex = byIndex
  }

  /// The label of an output, if the table has it.
  public subscript(index: Int) -> Label? { byIndex[index] }

  /// Returns the one label that a person means: an index, a WordNet id or a name.
  ///
  /// Case does not matter in names, and `_` is a space. A name that lists several, as "rocking
  /// chair, rocker", has each of them. A name of several outputs, such as "crane", is an error that
  /// tells their ids.
  ///
  /// - Parameter text: What the person wrote, such as "488", "n02999410" or "chain".
  /// - Returns: The label.
  /// - Throws: ``LabelError/unknown(file:text:nearest:)`` or
  ///   ``LabelError/ambiguous(file:text:candidates:)``.
  public func label(for text: String) throws(LabelError) -> Label {
    if let index = Int(text), let label = byIndex[index] { return label }
    if let label = labels.first(where: { !text.isEmpty && $0.wordNetID == text }) { return label }
    let matches = labels.filter { Self.isName(text, of: $0.name) }
    guard let match = matches.first else {
      throw .unknown(file: path, text: text, nearest: labels.map(\.name).nearest(to: text))
    }
    guard matches.count == 1 else {
      throw .ambiguous(
        file: path, text: text,
        candidates: matches.map { $0.wordNetID.isEmpty ? "\($0.index)" : $0.wordNetID })
    }
    return match
  }

  /// Whether a person who writes `text` means a label of this name: the whole name or one of those
  /// that it lists, whatever their case, `_` for a space.
  ///
  /// - Parameters:
  ///   - text: What the person wrote.
  ///   - name: The label's name.
  /// - Returns: Whether they are the same.
  public static func isName(_ text: String, of name: String) -> Bool {
    let (text, name) = (plain(text), plain(name))
    if text == name { return true }
    return name.contains(",") && name.split(separator: ",").contains { plain(String($0)) == text }
  }

  private static func plain(_ name: String) -> String {
    name.lowercased().replacing("_", with: " ").trimmingCharacters(in: .whitespaces)
  }
}
