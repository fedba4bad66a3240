import Foundation
import PlumbFiles
import Testing

@testable import PlumbModels

@Suite("Downloads")
struct ModelDownloadTests {
  private static let weights = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })

  /// A repository with a configuration, weights, and weights in a format that is not read.
  private static func repository(sha256: String? = nil) -> [String: Data] {
    let list = """
      {"id": "owner/tiny", "siblings": [
        {"rfilename": "config.json", "size": 2},
        {"rfilename": "pytorch_model.bin", "size": 5},
        {"rfilename": "model.safetensors", "size": 100000,
         "lfs": {"sha256": "\(sha256 ?? FileDigest.sha256(weights))", "size": 100000}}]}
      """
    return [
      "/api/models/owner/tiny/revision/main": Data(list.utf8),
      "/owner/tiny/resolve/main/config.json": Data("{}".utf8),
      "/owner/tiny/resolve/main/model.safetensors": weights,
      "/files/net.onnx": weights,
    ]
  }

  private func withServer(
    _ files: [String: Data], _ body: (LoopbackServer, URL) async throws -> Void
  ) async throws {
    let server = try LoopbackServer(files)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plumbline-\(UUID().uuidString)")
    defer {
      server.stop()
      try? FileManager.default.removeItem(at: folder)
    }
    try await body(server, folder)
  }

  @Test("A repository comes with its configuration and safetensors, and is then found by name")
  func wholeRepository() async throws {
    try await withServer(Self.repository()) { server, folder in
      let source = try ModelDownload.Source("owner/tiny")
      let target = try await ModelDownload(source, to: folder, server: server.address).run()
      #expect(target.path == folder.appendingPathComponent("owner/tiny").path)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
          == ["config.json", "model.safetensors"])
      #expect(
        try Data(contentsOf: target.appendingPathComponent("model.safetensors")) == Self.weights)
      let library = ModelLibrary(places: [.init(folder: folder, reason: .userData)])
      #expect(try library.find("owner/tiny").kind == .language)
      await #expect(throws: DownloadError.exists(path: target.path)) {
        try await ModelDownload(source, to: folder, server: server.address).run()
      }
    }
  }

  @Test("What was interrupted goes on where it ended, and is not there until it is whole")
  func resumes() async throws {
    try await withServer(Self.repository()) { server, folder in
      let source = try ModelDownload.Source("owner/tiny")
      let download = ModelDownload(source, to: folder, server: server.address)
      server.hangUp(after: 40_000)
      await #expect(throws: DownloadError.self) { try await download.run() }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/owner/tiny"))
      let library = ModelLibrary(places: [.init(folder: folder, reason: .userData)])
      #expect(library.models().isEmpty)
      let target = try await download.run()
      #expect(
        try Data(contentsOf: target.appendingPathComponent("model.safetensors")) == Self.weights)
      let parts = server.requests.filter { $0.path.hasSuffix("model.safetensors") }
      #expect(parts.count == 2 && parts[0].firstByte == 0)
      #expect(parts[1].firstByte > 0 && parts[1].firstByte <= 40_000)
      // The configuration was whole already.
      #expect(server.requests.filter { $0.path.hasSuffix("config.json") }.count == 1)
    }
  }

  @Test("Bytes that are not the announced ones are thrown away")
  func damaged() async throws {
    let wrong = String(repeating: "0", count: 64)
    try await withServer(Self.repository(sha256: wrong)) { server, folder in
      let source = try ModelDownload.Source("owner/tiny")
      await #expect(
        throws: DownloadError.damaged(
          file: "model.safetensors", problem: "another SHA-256 than announced")
      ) { try await ModelDownload(source, to: folder, server: server.address).run() }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/owner/tiny"))
    }
  }

  @Test("A file of any server comes with the description it is given")
  func oneFile() async throws {
    try await withServer(Self.repository()) { server, folder in
      let source = try ModelDownload.Source("\(server.address.absoluteString)/files/net.onnx")
      let description = ModelDescription(name: "net", kind: .vision, weights: ["net.onnx"])
      let target = try await ModelDownload(source, to: folder).run(describing: description)
      #expect(try ModelDescription(folder: target) == description)
      #expect(try Data(contentsOf: target.appendingPathComponent("net.onnx")) == Self.weights)
    }
  }

  @Test("What a server does not have is said with its status")
  func missing() async throws {
    try await withServer([:]) { server, folder in
      let source = try ModelDownload.Source("owner/none")
      let address = server.address.appendingPathComponent("owner/none").absoluteString
      let error = await #expect(throws: DownloadError.self) {
        try await ModelDownload(source, to: folder, server: server.address).run()
      }
      #expect(error?.description == "\(address) answers with status 404; check its spelling.")
    }
  }

  @Test(
    "What is no source is refused before anything is asked",
    arguments: ["", "a/b/c", "../x", "owner/../x", "https://host/readme.txt", "own er/x"])
  func sources(text: String) {
    #expect(throws: DownloadError.unknownSource(text)) { try ModelDownload.Source(text) }
  }
}
