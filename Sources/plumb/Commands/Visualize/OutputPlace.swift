import Foundation

/// Where the files of pictures go.
struct OutputPlace: Sendable {
  private let folder: String
  /// The file of the only picture, if it was named.
  private let file: String?

  /// Makes the folder and checks that it can be written to.
  ///
  /// - Parameters:
  ///   - path: A folder, or the PNG file of the only picture.
  ///   - isSingle: Whether there is just one picture.
  /// - Throws: ``CommandFailure`` if nothing can be written there.
  init(_ path: String, isSingle: Bool) throws {
    if isSingle, path.lowercased().hasSuffix(".png") {
      file = path
      folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try OutputPath.prepare(file: path)
    } else {
      if path.lowercased().hasSuffix(".png") {
        throw CommandFailure(
          "There are several pictures, so --output must be a folder, not '\(path)'.")
      }
      file = nil
      folder = path
      try OutputPath.prepare(folder: path)
    }
  }

  /// The file of a picture.
  func path(_ name: String, ending: String = "png") -> String {
    if let file {
      return ending == "png" ? file : stem(file) + ".\(ending)"
    }
    return "\(folder)/\(name).\(ending)"
  }

  /// Where an interrupted optimization is kept.
  func state(_ name: String) -> String { base(name) + ".partial.safetensors" }

  /// Where the picture is shown while it is being made.
  func preview(_ name: String) -> String { base(name) + ".preview.png" }

  private func base(_ name: String) -> String { file.map(stem) ?? "\(folder)/\(name)" }

  private func stem(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().path
  }
}
