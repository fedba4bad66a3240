import Foundation
import PlumbFiles

/// A model that was found: where it is and what it is, its weights not yet read.
public struct ModelLocation: Sendable {
  /// What a model's file or folder holds.
  public enum Form: String, Sendable, Hashable, Codable {
    /// A folder with `plumb.json`.
    case described = "folder"
    /// A folder as Hugging Face stores language models.
    case huggingFace = "Hugging Face folder"
    /// An ONNX file.
    case onnx = "ONNX"
    /// A TensorFlow GraphDef.
    case graphDef = "GraphDef"
    /// A file of weights alone.
    case weights
  }

  /// The name by which it was found, or the file's name.
  public let name: String
  /// The folder or file.
  public let url: URL
  /// What it holds.
  public let form: Form
  /// Its `plumb.json`, if it has one.
  public let description: ModelDescription?
  /// Where it was found; `nil` for a path.
  public let place: ModelLibrary.Place?

  /// What the model works on.
  public var kind: ModelDescription.Kind {
    if let description { return description.kind }
    return form == .huggingFace ? .language : .vision
  }

  /// The endings of files that are models by themselves.
  static let endings = ["onnx", "pb", "safetensors", "pth", "pt"]

  /// Looks at a folder or file; `nil` if there is none, or it is no model.
  ///
  /// - Throws: ``ModelError`` if there is a `plumb.json` that is wrong.
  init?(
    at url: URL, place: ModelLibrary.Place?, name: String? = nil
  ) throws(ModelError) {
    func exists(_ file: String, _ folder: URL) -> Bool {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path)
    }
    self.place = place
    guard FileManager.default.isFolder(atPath: url.path) else {
      guard FileManager.default.fileExists(atPath: url.path),
        let form = Self.form(ofEnding: url.pathExtension)
      else { return nil }
      self.name = name ?? url.deletingPathExtension().lastPathComponent
      self.url = url
      self.form = form
      description = nil
      return
    }
    // A folder that a fine-tuning run left keeps its model in a folder of its own.
    let inner = url.appendingPathComponent("model")
    let folder = [url, inner].first {
      exists(ModelDescription.fileName, $0) || exists("config.json", $0)
    }
    guard let folder else { return nil }
    self.url = folder
    if exists(ModelDescription.fileName, folder) {
      let description = try ModelDescription(folder: folder)
      self.description = description
      self.name = name ?? (place == nil ? description.name : url.lastPathComponent)
      form = .described
    } else {
      self.name = name ?? url.lastPathComponent
      description = nil
      form = .huggingFace
    }
  }

  private static func form(ofEnding ending: String) -> Form? {
    switch ending.lowercased() {
    case "onnx": .onnx
    case "pb": .graphDef
    case "safetensors", "pth", "pt": .weights
    default: nil
    }
  }

  /// The same, for lists: what cannot be read is passed over.
  static func ifReadable(
    at url: URL, place: ModelLibrary.Place, name: String? = nil
  ) -> ModelLocation? {
    try? ModelLocation(at: url, place: place, name: name)
  }

  /// The files that hold the weights, in order.
  public var weightFiles: [URL] {
    switch form {
    case .onnx, .graphDef, .weights: return [url]
    case .described:
      if let description, !description.weights.isEmpty {
        return description.weights.map { url.appendingPathComponent($0) }
      }
      return Self.safetensors(in: url)
    case .huggingFace: return Self.safetensors(in: url)
    }
  }

  private static func safetensors(in folder: URL) -> [URL] {
    FileManager.default.visibleContents(of: folder).filter { $0.pathExtension == "safetensors" }
  }
}
