import Foundation
import LanguageModels
import PlumbFiles
import TemporaryFolders
import Testing
import VisionModels

@testable import PlumbModels

@Suite("Model library")
struct ModelLibraryTests {
  /// Puts a described vision model into `folder/name`; its weights are never read here.
  private func put(_ name: String, in folder: String, kind: ModelDescription.Kind = .vision) throws
  {
    let target = URL(fileURLWithPath: folder).appendingPathComponent(name)
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    try ModelDescription(
      name: (name as NSString).lastPathComponent, kind: kind, architecture: "inceptionv1",
      weights: ["model.safetensors"], input: .inceptionV1
    ).write(to: target)
  }

  private func library(
    _ folder: String? = nil, _ environment: [String: String], in root: String,
    executable: String? = nil
  ) -> ModelLibrary {
    ModelLibrary(
      folder: folder, environment: environment.merging(["HOME": "\(root)/home"]) { $1 },
      workingDirectory: URL(fileURLWithPath: root),
      executable: executable.map { URL(fileURLWithPath: $0) })
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test("The first place that has a name wins, in the order of the documentation")
  func order() throws {
    try withFolderPath { root in
      let places = [
        "\(root)/given", "\(root)/first", "\(root)/second", "\(root)/Models",
        "\(root)/prefix/share/plumb/models", "\(root)/home/.local/share/plumb/models",
      ]
      try FileManager.default.createDirectory(
        atPath: "\(root)/Sources/plumb", withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: "\(root)/Sources/plumb/Plumb.swift"))
      try FileManager.default.createDirectory(
        atPath: "\(root)/prefix/bin", withIntermediateDirectories: true)
      for place in places { try put("net", in: place) }
      for (index, place) in places.enumerated() {
        let library = library(
          "\(root)/given", ["PLUMB_MODELS": "\(root)/first:\(root)/second"], in: root,
          executable: "\(root)/prefix/bin/plumb")
        #expect(try library.find("net").url.path == "\(place)/net", "place \(index)")
        #expect(library.models().map(\.name) == ["net"])
        try FileManager.default.removeItem(atPath: "\(place)/net")
      }
    }
  }

  @Test("The repository is found above the working directory, but a stray folder Models is not it")
  func repository() throws {
    try withFolderPath { root in
      try put("net", in: "\(root)/Models")
      let deep = "\(root)/a/b"
      try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
      let stray = library(nil, [:], in: deep)
      #expect(!stray.places.contains { $0.reason == .repository })
      try FileManager.default.createDirectory(
        atPath: "\(root)/Sources/plumb", withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: "\(root)/Sources/plumb/Plumb.swift"))
      #expect(try library(nil, [:], in: deep).find("net").place?.reason == .repository)
      #expect(
        try library(nil, [:], in: "/", executable: "\(deep)/plumb").find("net").name == "net")
    }
  }

  @Test("Hugging Face's cache is read by owner and name, at the revision that main means")
  func cache() throws {
    try withFolderPath { root in
      let repository = "\(root)/home/.cache/huggingface/hub/models--owner--tiny"
      for revision in ["aaa", "bbb"] {
        let folder = "\(repository)/snapshots/\(revision)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(folder)/config.json"))
      }
      try FileManager.default.createDirectory(
        atPath: "\(repository)/refs", withIntermediateDirectories: true)
      try Data("bbb\n".utf8).write(to: URL(fileURLWithPath: "\(repository)/refs/main"))
      let library = library(nil, [:], in: root)
      let found = try library.find("owner/tiny")
      #expect(found.url.lastPathComponent == "bbb")
      #expect(found.kind == .language)
      #expect(library.models().map(\.name) == ["owner/tiny"])
    }
  }

  @Test("A path is used as it stands; a fine-tuning run means the model inside it")
  func paths() throws {
    try withFolderPath { root in
      try put("net", in: root)
      let library = library(nil, [:], in: root)
      #expect(try library.find("\(root)/net").form == .described)
      try FileManager.default.createDirectory(
        atPath: "\(root)/run/model", withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(root)/run/model/config.json"))
      let run = try library.find("\(root)/run")
      #expect(run.name == "run" && run.url.path == "\(root)/run/model" && run.kind == .language)
      try Data().write(to: URL(fileURLWithPath: "\(root)/some.onnx"))
      #expect(try library.find("\(root)/some.onnx").form == .onnx)
    }
  }

  @Test("An unknown name is answered with similar names and the places that were looked in")
  func unknown() throws {
    try withFolderPath { root in
      try put("inception-tiny", in: "\(root)/m")
      try put("tiny-stories", in: "\(root)/m", kind: .language)
      let library = library("\(root)/m", [:], in: root)
      #expect(
        message { _ = try library.find("inception-tyni") }
          == "No model is called 'inception-tyni'. Similar names: 'inception-tiny'. Looked in"
          + " \(root)/m; 'plumb models list' shows what is there, --models DIR adds a folder.")
      #expect(
        message { _ = try library.find("./nothing") } == "There is no file or folder ./nothing.")
      #expect(
        message { _ = try library.find("nothing.onnx") }
          == "There is no file or folder nothing.onnx.")
      #expect(
        message { _ = try library.find("\(root)/m") }.hasPrefix("\(root)/m is no model: a folder"))
      #expect(message { _ = try library.find("../m") } == "There is no file or folder ../m.")
    }
  }

  @Test("A model of another kind is refused")
  func wrongKind() throws {
    try withFolderPath { root in
      try put("tiny-stories", in: "\(root)/m", kind: .language)
      try put("net", in: "\(root)/m")
      let library = library("\(root)/m", [:], in: root)
      #expect(
        throws: ModelError.wrongKind(name: "tiny-stories", kind: .language, needed: .vision)
      ) { try VisionModel.load("tiny-stories", from: library) }
      #expect(throws: ModelError.wrongKind(name: "net", kind: .vision, needed: .language)) {
        try LanguageModel.load("net", from: library)
      }
      #expect(
        message { _ = try LanguageModel.load("net", from: library) }
          == "'net' is a vision model, but this needs a language model.")
    }
  }
}
