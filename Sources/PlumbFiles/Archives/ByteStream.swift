import Foundation

/// An open file that is read from front to back; gzip, xz and bzip2 are decompressed on the way.
///
/// The first bytes tell the compression, not the name. Memory stays below a few hundred KiB plus
/// what the compressor asked for, however large the file is.
public final class ByteStream {
  /// What messages call the file.
  public let name: String
  /// How many bytes of content have been handed out.
  public private(set) var bytesRead = 0

  private static let pieceByteCount = 1 << 18

  private let source: () throws -> Data
  private let decoder: StreamDecoder?
  // Compressed bytes that the decoder has not taken yet.
  private var input = Data()
  private var inputEnded = false
  // Content that nobody has asked for yet.
  private var buffer: ArraySlice<UInt8> = []
  private var contentEnded = false
  // Thrown when the content in front of it has been handed out, and again at each later call.
  private var failure: ArchiveError?

  /// Opens a file.
  ///
  /// - Parameter path: The path of the file, compressed or not.
  /// - Throws: ``ArchiveError/unreadable(file:reason:)``.
  public convenience init(path: String) throws(ArchiveError) {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      try self.init(name: path) {
        try file.read(upToCount: ByteStream.pieceByteCount) ?? Data()
      }
    } catch {
      throw .unreadable(file: path, reason: readableReason(of: error))
    }
  }

  /// Reads bytes that are already in memory; `name` is for messages only.
  public convenience init(_ data: Data, name: String) throws(ArchiveError) {
    var rest = data
    do {
      try self.init(name: name) {
        defer { rest = rest.dropFirst(ByteStream.pieceByteCount) }
        return rest.prefix(ByteStream.pieceByteCount)
      }
    } catch {
      throw .unreadable(file: name, reason: readableReason(of: error))
    }
  }

  // `source` gives the next bytes of the file, and none at its end.
  private init(name: String, source: @escaping () throws -> Data) throws {
    self.name = name
    self.source = source
    input = try source()
    inputEnded = input.isEmpty
    decoder = CompressionFormat(firstBytes: input).map(StreamDecoder.init)
  }

  /// Returns the next bytes of content: as many as asked for, fewer only at the end.
  ///
  /// - Parameter count: How many bytes to read.
  /// - Returns: The bytes; none at the end.
  /// - Throws: ``ArchiveError`` if the file is damaged before the first of them.
  public func read(upTo count: Int) throws(ArchiveError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      if buffer.isEmpty {
        do throws(ArchiveError) {
          if !(try refill()) { break }
        } catch {
          if bytes.isEmpty { throw error }
          break
        }
      }
      bytes += take(count - bytes.count)
    }
    return bytes
  }

  /// Returns the next line of text, without its line feed, or `nil` at the end.
  ///
  /// A carriage return before the line feed is dropped; what is not UTF-8 becomes U+FFFD.
  ///
  /// - Parameter limit: The most bytes that a line may have.
  /// - Returns: The line.
  /// - Throws: ``ArchiveError`` if the file is damaged or the line too long.
  public func readLine(limit: Int = 1 << 26) throws(ArchiveError) -> String? {
    var line: [UInt8] = []
    var found = false
    while !found {
      if buffer.isEmpty, !(try refill()) { break }
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        line += take(end + 1 - buffer.startIndex).dropLast()
        found = true
      } else {
        line += take(buffer.count)
      }
      if line.count > limit { throw .lineTooLong(file: name, limit: limit) }
    }
    if !found && line.isEmpty { return nil }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }

  /// Hands out at most `count` bytes of those that are ready.
  private func take(_ count: Int) -> ArraySlice<UInt8> {
    let piece = buffer.prefix(count)
    buffer = buffer.dropFirst(piece.count)
    bytesRead += piece.count
    return piece
  }

  /// Gets the next piece of content; returns false at the end.
  private func refill() throws(ArchiveError) -> Bool {
    while buffer.isEmpty {
      if let failure { throw failure }
      if contentEnded { return false }
      if input.isEmpty && !inputEnded {
        do {
          input = try source()
        } catch {
          throw .unreadable(file: name, reason: readableReason(of: error))
        }
        inputEnded = input.isEmpty
      }
      decode()
    }
    return true
  }

  private func decode() {
    guard let decoder else {
      buffer = ArraySlice(input)
      contentEnded = inputEnded
      input = Data()
      return
    }
    let step = decoder.step(input, last: inputEnded, capacity: Self.pieceByteCount)
    input = Data(input.dropFirst(step.consumed))
    buffer = ArraySlice(step.output)
    switch step.status {
    case .more: break
    case .done: contentEnded = true
    case .failed(let reason):
      let good = bytesRead + step.output.count
      switch reason {
      case .truncated: failure = .truncated(file: name, bytesRead: good)
      case .memory: failure = .tooMuchMemory(file: name)
      case .damaged, .tooLong: failure = .damaged(file: name, bytesRead: good)
      }
    }
  }
}
