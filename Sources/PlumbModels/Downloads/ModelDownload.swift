import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A model that is fetched into a folder of models: all of its files, or none.
public struct ModelDownload: Sendable {
  /// Where a model comes from.
  public enum Source: Sendable, Hashable {
    /// A repository of Hugging Face, `owner/name`, and one of its revisions.
    case repository(String, revision: String)
    /// A file on any server.
    case file(URL)

    /// Reads what a person wrote.
    ///
    /// - Parameters:
    ///   - text: `owner/name` or an address.
    ///   - revision: The revision of a repository.
    /// - Throws: ``DownloadError/unknownSource(_:)``.
    public init(_ text: String, revision: String = "main") throws(DownloadError) {
      if let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased() ?? "") {
        guard ModelLocation.endings.contains(url.pathExtension.lowercased()) else {
          throw .unknownSource(text)
        }
        self = .file(url)
        return
      }
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      let isPlain = { (part: Substring) in
        !part.isEmpty && !part.hasPrefix(".")
          && part.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
      }
      guard parts.count <= 2, parts.allSatisfy(isPlain), !text.isEmpty else {
        throw .unknownSource(text)
      }
      self = .repository(text, revision: revision)
    }

    /// The name that the model gets.
    public var name: String {
      switch self {
      case .repository(let name, _): name
      case .file(let url): url.deletingPathExtension().lastPathComponent
      }
    }
  }

  /// How far a download has come.
  public struct Progress: Sendable, Hashable {
    /// The file that is being fetched.
    public let file: String
    /// How many bytes are there, over all files.
    public let done: Int
    /// How many there will be, if that is known.
    public let total: Int?
  }

  /// Where the model comes from.
  public let source: Source
  /// The folder of models that it goes to.
  public let folder: URL
  /// The server of repositories.
  private let server: URL

  /// Creates a download.
  ///
  /// - Parameters:
  ///   - source: Where the model comes from.
  ///   - folder: The folder of models that it goes to.
  ///   - server: The server of repositories; `$HF_ENDPOINT` or Hugging Face if not given.
  public init(
    _ source: Source, to folder: URL = ModelLibrary.userFolder(), server: URL? = nil
  ) {
    self.source = source
    self.folder = folder
    let usual =
      ProcessInfo.processInfo.environment["HF_ENDPOINT"].flatMap { URL(string: $0) }
      ?? URL(string: "https://huggingface.co")
    self.server = server ?? usual ?? folder
  }

  /// Fetches the model.
  ///
  /// A download that was interrupted goes on where it ended.
  ///
  /// - Parameters:
  ///   - description: What to write into `plumb.json` beside a file of weights alone.
  ///   - progress: Is told how far it has come.
  /// - Returns: Where the model is.
  /// - Throws: ``DownloadError``; `CancellationError` if the task is cancelled.
  public func run(
    describing description: ModelDescription? = nil,
    _ progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> URL {
    let target = folder.appendingPathComponent(source.name)
    guard !FileManager.default.fileExists(atPath: target.path) else {
      throw DownloadError.exists(path: target.path)
    }
    let files: [Entry]
    switch source {
    case .repository(let name, let revision):
      files = try await entries(of: name, revision: revision)
    case .file(let url): files = [Entry(path: url.lastPathComponent, address: url)]
    }
    // Beside the target, so that it becomes the target in one step.
    let partial = target.deletingLastPathComponent()
      .appendingPathComponent(".\(target.lastPathComponent).partial")
    do {
      try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
    } catch {
      throw DownloadError.unwritable(path: partial.path, reason: error.localizedDescription)
    }
    let sizes = files.map(\.size)
    let total = sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }
    var finished = 0
    for file in files {
      let (before, name) = (finished, file.path)
      let path = partial.appendingPathComponent(name)
      try? FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      let download = FileDownload(
        address: file.address, target: path, size: file.size, sha256: file.sha256)
      try await download.run { done, fileTotal in
        let known = total ?? (files.count == 1 ? fileTotal : nil)
        progress(Progress(file: name, done: before + done, total: known))
      }
      finished += file.size ?? 0
    }
    do {
      if let description { try description.write(to: partial) }
      try FileManager.default.moveItem(at: partial, to: target)
    } catch let error as ModelError {
      throw error
    } catch {
      throw DownloadError.unwritable(path: target.path, reason: error.localizedDescription)
    }
    return target
  }

  /// A file to fetch.
  private struct Entry {
    let path: String
    let address: URL
    var size: Int?
    var sha256: String?
  }

  /// The files of a repository that are needed: its configuration, tokenizer and safetensors.
  private func entries(of name: String, revision: String) async throws -> [Entry] {
    struct Answer: Decodable {
      struct File: Decodable {
        struct Large: Decodable {
          let sha256: String?
          let size: Int?
        }
        let rfilename: String
        let size: Int?
        let lfs: Large?
      }
      let siblings: [File]
    }
    var list = URLComponents(
      url: server.appendingPathComponent("api/models/\(name)/revision/\(revision)"),
      resolvingAgainstBaseURL: false)
    list?.queryItems = [URLQueryItem(name: "blobs", value: "true")]
    guard let address = list?.url else { throw DownloadError.unknownSource(name) }
    let data: Data
    let response: URLResponse
    do {
      (data, response) = try await URLSession(configuration: .ephemeral).data(from: address)
    } catch {
      try Task.checkCancellation()
      throw DownloadError.unreachable(
        address: server.absoluteString, reason: error.localizedDescription)
    }
    if let status = (response as? HTTPURLResponse)?.statusCode, status != 200 {
      throw DownloadError.refused(
        address: server.appendingPathComponent(name).absoluteString, status: status)
    }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: data) else {
      throw DownloadError.malformedAnswer(address: address.absoluteString)
    }
    // Other formats of the same weights are left where they are.
    let wanted = answer.siblings.filter { file in
      let path = file.rfilename
      guard !path.contains("/"), !path.hasPrefix(".") else { return false }
      let endings = [".safetensors", ".json", ".txt", ".onnx", ".tsv", ".md"]
      return endings.contains { path.hasSuffix($0) }
    }
    guard
      wanted.contains(where: {
        $0.rfilename.hasSuffix(".safetensors") || $0.rfilename.hasSuffix(".onnx")
      })
    else { throw DownloadError.nothingUsable(repository: name) }
    return wanted.map { file in
      Entry(
        path: file.rfilename,
        address: server.appendingPathComponent("\(name)/resolve/\(revision)/\(file.rfilename)"),
        size: file.lfs?.size ?? file.size, sha256: file.lfs?.sha256)
    }
  }
}
