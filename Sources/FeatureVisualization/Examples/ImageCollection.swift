import Foundation
import PlumbFiles

/// Pictures in a folder or a tar archive, read one after the other.
public struct ImageCollection: Sendable {
  /// A picture, or why it could not be read.
  public struct Entry: Sendable {
    /// The path below the folder, or the name in the archive.
    public let name: String
    /// The picture, or what is wrong with it.
    public let picture: Result<PixelImage, ImageError>
  }

  /// The folder or archive.
  public let path: String
  /// The paths of the pictures in a folder, below it, in the order of their names; `nil` for an
  /// archive, whose contents are known when it has been read.
  public let names: [String]?

  private static let endings: Set<String> = ["jpg", "jpeg", "png"]

  /// Opens a folder or an archive.
  ///
  /// - Parameter path: A folder, whose folders are searched too, or a tar archive, compressed or not.
  /// - Throws: ``ImageCollectionError`` if it cannot be read, or the folder holds no pictures.
  public init(path: String) throws(ImageCollectionError) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    guard FileManager.default.isFolder(atPath: path) else {
      names = nil
      do throws(ArchiveError) {
        _ = try TarArchive(path: path)
      } catch {
        throw .unreadable(path: path, reason: "\(error)")
      }
      return
    }
    guard let files = FileManager.default.enumerator(atPath: path) else {
      throw .unreadable(path: path, reason: "The folder \(path) cannot be read.")
    }
    var names: [String] = []
    while let name = files.nextObject() as? String {
      if Self.isPicture(name) { names.append(name) }
    }
    guard !names.isEmpty else { throw .empty(path: path) }
    self.names = names.sorted()
  }

  private static func isPicture(_ name: String) -> Bool {
    let last = name.split(separator: "/").last ?? ""
    return !last.hasPrefix(".")
      && endings.contains((name as NSString).pathExtension.lowercased())
  }

  /// The number of pictures, if that is known before reading.
  public var count: Int? { names?.count }

  /// Starts at the first picture.
  public func reader() throws -> Reader { try Reader(self) }

  /// Goes through the pictures of a collection.
  public struct Reader {
    private let folder: URL?
    private var rest: ArraySlice<String>
    private let archive: TarArchive?
    private let path: String

    fileprivate init(_ collection: ImageCollection) throws {
      path = collection.path
      if let names = collection.names {
        (folder, rest, archive) = (URL(fileURLWithPath: collection.path), names[...], nil)
      } else {
        (folder, rest, archive) = (nil, [], try TarArchive(path: collection.path))
      }
    }

    /// Returns the next picture without decoding it, or `nil` behind the last.
    ///
    /// - Throws: An `ArchiveError` if the archive itself is damaged.
    public mutating func next() throws -> Unread? {
      if let folder {
        guard let name = rest.popFirst() else { return nil }
        return Unread(name: name, source: .file(folder.appendingPathComponent(name).path))
      }
      while let member = try archive?.next() {
        if ImageCollection.isPicture(member.name) {
          return Unread(name: member.name, source: .bytes(Data(member.bytes)))
        }
      }
      return nil
    }
  }

  /// A picture that is not decoded yet.
  public struct Unread: Sendable {
    fileprivate enum Source: Sendable {
      case file(String)
      case bytes(Data)
    }

    /// The path below the folder, or the name in the archive.
    public let name: String
    fileprivate let source: Source

    /// Decodes the picture.
    public func decoded() -> Entry {
      do throws(ImageError) {
        let picture =
          switch source {
          case .file(let path): try ImageFile.read(path)
          case .bytes(let data): try ImageFile.decode(data, name: name)
          }
        return Entry(name: name, picture: .success(picture))
      } catch {
        return Entry(name: name, picture: .failure(error))
      }
    }
  }

  /// Returns the pictures with some names.
  ///
  /// - Parameter wanted: The names.
  /// - Returns: The pictures by name; those that cannot be read any more are left out.
  /// - Throws: An `ArchiveError` if the archive itself is damaged.
  public func pictures(named wanted: Set<String>) throws -> [String: PixelImage] {
    var pictures: [String: PixelImage] = [:]
    var reader = try reader()
    while pictures.count < wanted.count, let unread = try reader.next() {
      guard wanted.contains(unread.name) else { continue }
      pictures[unread.name] = try? unread.decoded().picture.get()
    }
    return pictures
  }
}

/// Why a collection of pictures could not be opened.
public enum ImageCollectionError: Error, Equatable, Sendable {
  /// There is nothing at the path.
  case missing(path: String)
  /// It cannot be read; `reason` is a sentence.
  case unreadable(path: String, reason: String)
  /// It holds no pictures.
  case empty(path: String)
}

extension ImageCollectionError: CustomStringConvertible {
  /// What went wrong and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .missing(let path):
      return "There is no folder or archive at \(path); check the path."
    case .unreadable(_, let reason):
      return reason
    case .empty(let path):
      return "\(path) holds no pictures; name a folder or a tar archive of JPEG or PNG files."
    }
  }
}
