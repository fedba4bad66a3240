import Foundation
import PlumbFiles

/// A text corpus: documents, of which every fiftieth is held out.
public struct TextCorpus: Sendable {
  /// The file's name.
  public let name: String
  /// The documents in the order of the file, as UTF-8.
  public let documents: [[UInt8]]

  /// The line that separates documents, and the token that stands for it.
  public static let separator = "<|endoftext|>"

  /// Reads a file whose documents end with a line `<|endoftext|>`; it may be compressed.
  ///
  /// Carriage returns before line feeds are dropped, and so are empty documents.
  ///
  /// - Throws: ``ModelTrainingError`` if it cannot be read or holds no document.
  public init(path: String) throws(ModelTrainingError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missingData(path: path, hint: "Name the folder of the texts with --data.")
    }
    var documents: [[UInt8]] = []
    var current: [UInt8] = []
    func finish() {
      while current.last == UInt8(ascii: "\n") { current.removeLast() }
      if !current.isEmpty { documents.append(current) }
      current = []
    }
    do throws(ArchiveError) {
      let stream = try ByteStream(path: path)
      let separator = Array(Self.separator.utf8)
      while let line = try stream.readLine() {
        if line.utf8.elementsEqual(separator) {
          finish()
        } else {
          current += line.utf8
          current.append(UInt8(ascii: "\n"))
        }
      }
    } catch {
      throw .unusableData(path: path, reason: error.description)
    }
    finish()
    guard !documents.isEmpty else {
      throw .unusableData(path: path, reason: "it holds no text")
    }
    self.name = (path as NSString).lastPathComponent
    self.documents = documents
  }

  /// Whether document `index` is never trained on.
  public static func isHeldOut(_ index: Int) -> Bool { index % 50 == 7 }

  /// The documents to train on.
  public var training: [[UInt8]] {
    documents.indices.filter { !Self.isHeldOut($0) }.map { documents[$0] }
  }

  /// The documents to measure on.
  public var heldOut: [[UInt8]] {
    documents.indices.filter { Self.isHeldOut($0) }.map { documents[$0] }
  }
}
