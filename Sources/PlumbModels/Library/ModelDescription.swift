import Foundation
import PlumbFiles

/// What a model needs besides its weights to be used rightly: the contents of `plumb.json`.
public struct ModelDescription: Sendable, Hashable, Codable {
  /// What a model works on.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Pictures in, class scores out.
    case vision
    /// Tokens in, scores of the next token out.
    case language
  }

  /// The version of the file format, which is 1.
  public var format = 1
  /// The model's name.
  public var name: String
  /// What the model works on.
  public var kind: Kind
  /// The built-in architecture that the weights belong to; `nil` if the weights' file has a graph,
  /// or for a language model, whose `config.json` says it.
  public var architecture: String?
  /// Which form of the architecture; the weights alone cannot tell.
  public var variant: String?
  /// The files that hold the weights, relative to the folder.
  public var weights: [String]
  /// What a vision model's input is; `nil` for a language model.
  public var input: InputDescription?
  /// What the outputs are called: a table in the folder, or the name of a built-in one
  /// (`LabelTable.builtIn(_:)`).
  public var labels: String?
  /// A text about the model in the folder.
  public var card: String?
  /// The language model to whose weights those in the folder are added (`ModelChanges`).
  public var base: Base?

  /// Another model, whose weights a model needs beside its own.
  public struct Base: Sendable, Hashable, Codable {
    /// The name by which it is found, or its path.
    public var name: String
    /// The digest of its weights, as ``WeightsDigest`` has it.
    public var digest: String

    /// Creates a reference.
    public init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  /// Creates a description.
  public init(
    name: String, kind: Kind, architecture: String? = nil, variant: String? = nil,
    weights: [String], input: InputDescription? = nil, labels: String? = nil, card: String? = nil,
    base: Base? = nil
  ) {
    self.name = name
    self.kind = kind
    self.architecture = architecture
    self.variant = variant
    self.weights = weights
    self.input = input
    self.labels = labels
    self.card = card
    self.base = base
  }

  /// The name of the file in a model's folder.
  public static let fileName = "plumb.json"

  /// Reads the description in a folder.
  ///
  /// - Parameter folder: The folder of the model.
  /// - Throws: ``ModelError/unreadable(file:reason:)`` or
  ///   ``ModelError/malformedDescription(file:problem:)``.
  public init(folder: URL) throws(ModelError) {
    let file = folder.appendingPathComponent(Self.fileName)
    guard let data = FileManager.default.contents(atPath: file.path) else {
      throw .unreadable(file: file.path, reason: "no such file, or no permission")
    }
    try self.init(data, path: file.path)
  }

  /// Reads a description that is already in memory; `path` is for messages.
  public init(_ data: Data, path: String) throws(ModelError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw .malformedDescription(file: path, problem: readableReason(of: error))
    }
    if let problem { throw .malformedDescription(file: path, problem: problem) }
  }

  /// The first thing that is wrong with the values, in words that fit after a colon.
  private var problem: String? {
    if format != 1 { return "'format' is \(format), but this version reads format 1" }
    if name.isEmpty { return "'name' is empty" }
    // A description may come from anywhere and must not reach files outside its folder.
    for file in weights + [card].compactMap(\.self) where !Self.isPlain(file) {
      return "'\(file)' is not the name of a file in the model's folder"
    }
    if let labels, !Self.isPlain(labels) {
      return "'\(labels)' is not the name of a file in the model's folder"
    }
    switch kind {
    case .language: return nil
    case .vision:
      if weights.isEmpty { return "'weights' names no file" }
      return input.flatMap(\.problem)
    }
  }

  private static func isPlain(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return !path.isEmpty && !parts.contains { $0.isEmpty || $0 == ".." }
  }

  /// Writes the description into a folder, as a whole or not at all.
  ///
  /// - Throws: ``ModelError/unwritable(file:reason:)``.
  public func write(to folder: URL) throws(ModelError) {
    let file = folder.appendingPathComponent(Self.fileName)
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try (encoder.encode(self) + Data("\n".utf8)).write(to: file, options: .atomic)
    } catch {
      throw .unwritable(file: file.path, reason: error.localizedDescription)
    }
  }
}
