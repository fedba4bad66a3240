import Foundation
import PlumbFiles
import PlumbText

/// The places where models are looked for by name.
///
/// Nothing is opened but what is asked for; a place that does not exist is passed over.
public struct ModelLibrary: Sendable {
  /// A folder of models.
  public struct Place: Sendable, Hashable {
    /// Why a folder is looked in.
    public enum Reason: String, Sendable, Hashable, Codable {
      /// Named on the command line.
      case commandLine = "--models"
      /// Named by `$PLUMB_MODELS`.
      case environment = "$PLUMB_MODELS"
      /// `Models` of the repository.
      case repository
      /// Installed with the program.
      case installed
      /// The user's own.
      case userData = "user"
      /// What Hugging Face's tools have downloaded.
      case huggingFaceCache = "Hugging Face cache"
    }

    /// The folder.
    public let folder: URL
    /// Why it is looked in.
    public let reason: Reason
  }

  /// The places in the order in which they are looked in.
  public let places: [Place]

  /// Creates a library of these places.
  public init(places: [Place]) { self.places = places }

  /// The places that `plumb` looks in: the folder given, `$PLUMB_MODELS` (several with `:` between),
  /// `Models` of the repository (above the working directory or the program), what is installed
  /// with the program, the user's data folder, and Hugging Face's cache.
  ///
  /// - Parameters:
  ///   - folder: What `--models` says.
  ///   - environment: The environment variables.
  ///   - workingDirectory: Where relative paths start.
  ///   - executable: Where the program lies; symbolic links are followed.
  public init(
    folder: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    workingDirectory: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
    executable: URL? = Bundle.main.executableURL
  ) {
    var places: [Place] = []
    func add(_ folder: URL, _ reason: Place.Reason) {
      let folder = folder.standardizedFileURL
      if places.contains(where: { $0.folder == folder }) { return }
      places.append(Place(folder: folder, reason: reason))
    }
    if let folder { add(URL(fileURLWithPath: folder, relativeTo: workingDirectory), .commandLine) }
    for path in (environment["PLUMB_MODELS"] ?? "").split(separator: ":") {
      add(URL(fileURLWithPath: String(path), relativeTo: workingDirectory), .environment)
    }
    let program = executable?.resolvingSymlinksInPath().deletingLastPathComponent()
    for start in [workingDirectory, program].compactMap(\.self) {
      if let models = Self.repositoryModels(above: start) { add(models, .repository) }
    }
    if let program {
      let shared = program.deletingLastPathComponent().appendingPathComponent("share/plumb/models")
      if FileManager.default.isFolder(atPath: shared.path) { add(shared, .installed) }
    }
    add(Self.userFolder(environment), .userData)
    add(Self.huggingFaceCache(environment), .huggingFaceCache)
    self.places = places
  }

  /// Where downloads go: `$XDG_DATA_HOME/plumb/models`, on macOS Application Support.
  ///
  /// - Parameter environment: The environment variables.
  /// - Returns: The folder, whether it exists or not.
  public static func userFolder(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      return URL(fileURLWithPath: data).appendingPathComponent("plumb/models")
    }
    let home = home(environment)
    #if os(macOS)
      return home.appendingPathComponent("Library/Application Support/plumb/models")
    #else
      return home.appendingPathComponent(".local/share/plumb/models")
    #endif
  }

  private static func home(_ environment: [String: String]) -> URL {
    environment["HOME"].map { URL(fileURLWithPath: $0) }
      ?? FileManager.default.homeDirectoryForCurrentUser
  }

  private static func huggingFaceCache(_ environment: [String: String]) -> URL {
    if let cache = environment["HF_HUB_CACHE"] { return URL(fileURLWithPath: cache) }
    if let home = environment["HF_HOME"] {
      return URL(fileURLWithPath: home).appendingPathComponent("hub")
    }
    let cache =
      environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
      ?? home(environment).appendingPathComponent(".cache")
    return cache.appendingPathComponent("huggingface/hub")
  }

  /// `Models` of the repository that holds a folder, if there is one.
  private static func repositoryModels(above start: URL) -> URL? {
    var folder = start.standardizedFileURL
    while true {
      let models = folder.appendingPathComponent("Models")
      // A folder of that name anywhere else means something else.
      if FileManager.default.isFolder(atPath: models.path),
        FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("Sources/plumb/Plumb.swift").path)
      {
        return models
      }
      let parent = folder.deletingLastPathComponent().standardizedFileURL
      if parent.path == folder.path || folder.path == "/" { return nil }
      folder = parent
    }
  }
}

extension ModelLibrary {
  /// Finds the model that an argument means: a path, or a name in one of the places.
  ///
  /// - Parameter argument: A path of a model's folder or file, or a name such as `inception-tiny`
  ///   or `openai-community/gpt2`.
  /// - Returns: Where the model is; nothing of it has been read but its description.
  /// - Throws: ``ModelError/unknownModel(name:nearest:searched:)`` and others.
  public func find(_ argument: String) throws(ModelError) -> ModelLocation {
    let path = (argument as NSString).expandingTildeInPath
    let isPath = ["/", "./", "../", "~"].contains { argument.hasPrefix($0) } || argument == "."
    if FileManager.default.fileExists(atPath: path) {
      let url = URL(fileURLWithPath: path).standardizedFileURL
      if let location = try ModelLocation(at: url, place: nil) { return location }
      if isPath { throw .notAModel(path: path) }
    } else if isPath {
      throw .noSuchPath(path: path)
    }
    for place in places {
      for candidate in candidates(argument, in: place) {
        if let location = try ModelLocation(at: candidate, place: place) { return location }
      }
    }
    // Something with an ending was meant as a file.
    if ModelLocation.endings.contains((argument as NSString).pathExtension) {
      throw .noSuchPath(path: path)
    }
    throw .unknownModel(
      name: argument, nearest: nearestNames(to: argument),
      searched: places.map(\.folder.path).filter { FileManager.default.isFolder(atPath: $0) })
  }

  /// Where a place would hold the model of a name.
  private func candidates(_ name: String, in place: Place) -> [URL] {
    guard !name.isEmpty, !name.split(separator: "/").contains("..") else { return [] }
    if place.reason == .huggingFaceCache {
      return snapshot(of: name, in: place.folder).map { [$0] } ?? []
    }
    let base = place.folder.appendingPathComponent(name)
    return [base] + ModelLocation.endings.map { base.appendingPathExtension($0) }
  }

  /// The files of a repository in Hugging Face's cache: the revision that `main` means there, or
  /// else the only one.
  private func snapshot(of name: String, in cache: URL) -> URL? {
    let parts = name.split(separator: "/")
    guard parts.count <= 2 else { return nil }
    let repository = cache.appendingPathComponent(
      (["models"] + parts.map(String.init)).joined(separator: "--"))
    let snapshots = repository.appendingPathComponent("snapshots")
    if let main = FileManager.default.contents(
      atPath: repository.appendingPathComponent("refs/main").path)
    {
      let revision = String(decoding: main, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let folder = snapshots.appendingPathComponent(revision)
      if !revision.isEmpty, FileManager.default.isFolder(atPath: folder.path) { return folder }
    }
    let all = FileManager.default.visibleContents(of: snapshots)
    return all.count == 1 ? all[0] : nil
  }

  /// Every model that can be found by name, in the order of the places.
  ///
  /// What cannot be read is left out; ``find(_:)`` says why.
  public func models() -> [ModelLocation] {
    var found: [ModelLocation] = []
    for place in places {
      for entry in FileManager.default.visibleContents(of: place.folder) {
        if place.reason == .huggingFaceCache {
          guard entry.lastPathComponent.hasPrefix("models--") else { continue }
          let name = String(entry.lastPathComponent.dropFirst("models--".count))
            .replacing("--", with: "/")
          guard let folder = snapshot(of: name, in: place.folder) else { continue }
          append(ModelLocation.ifReadable(at: folder, place: place, name: name), to: &found)
        } else if let location = ModelLocation.ifReadable(at: entry, place: place) {
          append(location, to: &found)
        } else if FileManager.default.isFolder(atPath: entry.path) {
          // Downloads are kept as owner/name.
          for inner in FileManager.default.visibleContents(of: entry) {
            let name = "\(entry.lastPathComponent)/\(inner.lastPathComponent)"
            append(ModelLocation.ifReadable(at: inner, place: place, name: name), to: &found)
          }
        }
      }
    }
    return found
  }

  private func append(_ location: ModelLocation?, to found: inout [ModelLocation]) {
    guard let location, !found.contains(where: { $0.name == location.name }) else { return }
    found.append(location)
  }

  private func nearestNames(to name: String) -> [String] {
    var names = models().map(\.name)
    var nearest: [String] = []
    while nearest.count < 3, let next = names.nearest(to: name) {
      nearest.append(next)
      names.removeAll { $0 == next }
    }
    return nearest
  }
}
