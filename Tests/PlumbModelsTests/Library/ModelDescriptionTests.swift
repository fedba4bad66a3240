import Foundation
import TemporaryFolders
import Testing

@testable import PlumbModels

@Suite("plumb.json")
struct ModelDescriptionTests {
  private static let example = """
    { "format": 1, "name": "inception-tiny", "kind": "vision",
      "architecture": "inception-tiny", "variant": null,
      "weights": ["model.safetensors"],
      "input": { "height": 64, "width": 64, "channels": "RGB", "range": [0, 1],
                 "mean": [0.48, 0.448, 0.398], "standardDeviation": [0.277, 0.269, 0.282] },
      "labels": "labels.tsv", "card": "README.md" }
    """

  private func read(_ text: String) throws -> ModelDescription {
    try ModelDescription(Data(text.utf8), path: "plumb.json")
  }

  private func problem(_ text: String) -> String {
    do {
      return "\(try read(text))"
    } catch { return "\(error)" }
  }

  @Test("The documented example is read, written and read again")
  func roundTrip() throws {
    let description = try read(Self.example)
    #expect(description.input?.mean == [0.48, 0.448, 0.398])
    #expect(description.variant == nil && description.labels == "labels.tsv")
    try withFolderPath { folder in
      try description.write(to: URL(fileURLWithPath: folder))
      #expect(try ModelDescription(folder: URL(fileURLWithPath: folder)) == description)
    }
  }

  @Test("One number stands for all channels")
  func oneNumber() throws {
    let text = """
      { "format": 1, "name": "a", "kind": "vision", "weights": ["w.pth"],
        "input": { "height": 224, "width": 224, "range": [0, 255], "mean": 117 } }
      """
    #expect(try read(text).input == .inceptionV1)
  }

  @Test(
    "What is wrong is said in one sentence",
    arguments: [
      ("\"format\": 1", "\"format\": 2", "'format' is 2, but this version reads format 1"),
      ("\"inception-tiny\", \"kind\"", "\"\", \"kind\"", "'name' is empty"),
      (
        "\"kind\": \"vision\"", "\"kind\": \"sound\"",
        "'kind' has a value that is not known"
      ),
      ("\"kind\": \"vision\",", "", "'kind' is missing"),
      ("\"height\": 64,", "", "'input.height' is missing"),
      ("\"height\": 64", "\"height\": 0", "'input' is 0 x 64 pixels, but both must be at least 1"),
      (
        "\"height\": 64", "\"height\": \"a\"",
        "'input.height' has a value of another kind"
      ),
      ("[0, 1]", "[1, 1]", "'input.range' must be two different numbers"),
      ("[0.277, 0.269, 0.282]", "[0.2, 0, 1]", "'input.standardDeviation' must be above 0"),
      ("[0.48, 0.448, 0.398]", "[0.48, 0.448]", "'input.mean' must be one number or three"),
      ("[\"model.safetensors\"]", "[]", "'weights' names no file"),
      (
        "model.safetensors", "../secret",
        "'../secret' is not the name of a file in the model's folder"
      ),
      (
        "labels.tsv", "/etc/passwd", "'/etc/passwd' is not the name of a file in the model's folder"
      ),
      ("{ \"format\"", "\"format\"", "it is not JSON"),
    ])
  func problems(part: String, replacement: String, expected: String) {
    let text = Self.example.replacing(part, with: replacement, maxReplacements: 1)
    #expect(problem(text) == "plumb.json does not describe a model: \(expected).")
  }
}
