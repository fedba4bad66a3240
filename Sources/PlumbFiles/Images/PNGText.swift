import Foundation

/// A note inside a PNG file: an `iTXt` chunk, UTF-8 text under a keyword.
public struct PNGText: Sendable, Hashable {
  /// The keyword of the recipe that replays a picture.
  public static let recipeKeyword = "plumb-recipe"

  /// Longer texts are not read: a few bytes can claim to unpack to gigabytes.
  static let maximumByteCount = 16 << 20

  /// What the text is: 1 to 79 printable ASCII characters.
  public let keyword: String
  /// The text.
  public let text: String

  /// Creates a note; the keyword must be 1 to 79 printable ASCII characters.
  public init(keyword: String, text: String) {
    precondition(
      (1...79).contains(keyword.utf8.count)
        && keyword.utf8.allSatisfy { (0x20...0x7E).contains($0) },
      "'\(keyword)' cannot be the keyword of a PNG text")
    self.keyword = keyword
    self.text = text
  }

  /// The chunk that holds the note, not compressed, so that people can read it in the file.
  var chunk: PNGChunk {
    // keyword 0, compressed 0, method 0, language 0, translated keyword 0, text
    PNGChunk(
      name: "iTXt", body: Data(keyword.utf8) + Data([0, 0, 0, 0, 0]) + Data(text.utf8))
  }

  /// Reads an `iTXt` chunk, or returns `nil` if it is none, or not well-formed.
  init?(_ chunk: PNGChunk) {
    guard chunk.name == "iTXt" else { return nil }
    let parts = chunk.body.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count >= 2,
      let keyword = String(validating: parts[0], as: UTF8.self),
      (1...79).contains(keyword.utf8.count),
      keyword.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else { return nil }
    let compressed = parts[1].first == 1
    let rest = parts[1].dropFirst(2)
      .split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard rest.count == 3 else { return nil }
    var bytes = rest[2]
    if compressed {
      guard let unpacked = try? inflate(bytes, .zlib, limit: Self.maximumByteCount) else {
        return nil
      }
      bytes = unpacked
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    self.init(keyword: keyword, text: text)
  }
}

extension ImageFile {
  /// Returns the notes inside a PNG, in their order; other files have none.
  ///
  /// - Parameters:
  ///   - data: The bytes of the file.
  ///   - name: What messages call it.
  /// - Returns: Every well-formed `iTXt` chunk.
  /// - Throws: ``ImageError/damaged(file:format:problem:)`` if the chunks of a PNG are damaged.
  public static func texts(in data: Data, name: String) throws(ImageError) -> [PNGText] {
    guard format(of: data) == .png else { return [] }
    let (chunks, problem) = PNGChunk.chunks(of: data)
    if let problem { throw .damaged(file: name, format: .png, problem: problem) }
    return chunks.compactMap(PNGText.init)
  }
}
