import Foundation

/// Why a file could not be opened, in words that fit inside a sentence.
struct UnreadableFile: Error {
  var reason: String
}

/// Returns the bytes of a file, mapped into memory and so read only where they are used.
func mappedFile(at path: String) throws(UnreadableFile) -> Data {
  do {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let type = try FileManager.default.attributesOfItem(atPath: url.path)[.type]
    switch type as? FileAttributeType {
    case .typeRegular: return try Data(contentsOf: url, options: .alwaysMapped)
    case .typeDirectory: throw UnreadableFile(reason: "it is a folder")
    default: throw UnreadableFile(reason: "it is not a regular file")
    }
  } catch let error as UnreadableFile {
    throw error
  } catch {
    throw UnreadableFile(reason: readableReason(of: error))
  }
}
