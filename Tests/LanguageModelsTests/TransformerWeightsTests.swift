import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import LanguageModels

@Suite("Transformer weights", .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"))
struct TransformerWeightsTests {
  /// The tensors of a golden model, to be changed before they are written.
  private func tensors(_ model: String) throws -> [String: StoredTensor] {
    let file = try LanguageGolden.file("hf_lm/\(model)/model.safetensors")
    return Dictionary(
      uniqueKeysWithValues: try file.names.map { ($0, try file.tensor($0)) })
  }

  private func write(
    _ tensors: [String: StoredTensor], of model: String, to folder: String
  ) throws {
    try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
    try copyConfiguration(of: model, to: folder)
  }

  private func copyConfiguration(of model: String, to folder: String) throws {
    try FileManager.default.copyItem(
      atPath: LanguageGolden.folder("hf_lm/\(model)/config.json"), toPath: "\(folder)/config.json")
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test("A saved model has the tensors it was read from", arguments: LanguageGolden.models)
  func roundTrip(model: String) throws {
    try withFolderPath { folder in
      try LanguageGolden.model(model).save(to: "\(folder)/copy")
      let copy = try SafetensorsFile(path: "\(folder)/copy/model.safetensors")
      let original = try tensors(model)
      #expect(Set(copy.names) == Set(original.keys))
      for (name, tensor) in original { #expect(try copy.tensor(name) == tensor, "\(name)") }
      #expect(copy.metadata == ["format": "pt"])
    }
  }

  @Test(
    "Names without the prefix and 16-bit elements are kept",
    arguments: [
      ("gpt2_tiny", "transformer.", StoredType.bfloat16), ("llama_tiny", "model.", .float16),
    ])
  func spellings(model: String, prefix: String, type: StoredType) throws {
    try withFolderPath { folder in
      var bare: [String: StoredTensor] = [:]
      for (name, tensor) in try tensors(model) {
        let name = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        bare[name] = StoredTensor(tensor.floats(), shape: tensor.shape, as: type)
      }
      bare["h.0.attn.masked_bias"] = StoredTensor([-1e4], shape: [])
      bare["score.weight"] = StoredTensor([1], shape: [1])
      try write(bare, of: model, to: folder)
      let loaded = try TransformerModel.load(from: folder)
      #expect(loaded.unusedTensors == ["score.weight"])
      try loaded.save(to: "\(folder)/copy")
      let copy = try SafetensorsFile(path: "\(folder)/copy/model.safetensors")
      #expect(copy.names.count == bare.count - 2)
      for name in copy.names { #expect(try copy.tensor(name) == bare[name], "\(name)") }
    }
  }

  @Test("A fresh model is drawn as GPT-2 is, saved in 16 bits, and read back rounded")
  func fresh() throws {
    let layers = 8
    let configuration = TransformerConfiguration(
      family: .gpt2, vocabulary: 200, width: 48, layers: layers, contextLength: 20,
      normalization: .init(.layer), positions: .learned,
      attention: .init(
        layers: layers, heads: 4, headWidth: 12, hasInputBias: true, hasOutputBias: true),
      feedForward: .init(width: 192, activation: .geluTanh, isGated: false, hasBias: true),
      isTied: true)
    let model = try TransformerModel.initialized(configuration, seed: 3)
    func deviation(_ name: String) throws -> Float {
      let values = try model.parameters.value(name).elements
      return (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    }
    // 7,000 numbers or more determine a deviation to about 1 %.
    #expect(abs(try deviation("embed.W_E") / 0.02 - 1) < 0.04)
    #expect(abs(try deviation("blocks.3.mlp.W_in") / 0.02 - 1) < 0.04)
    #expect(abs(try deviation("blocks.3.mlp.W_out") / 0.005 - 1) < 0.04)
    #expect(try deviation("blocks.0.attn.b_Q") == 0)
    #expect(try model.parameters.value("ln_final.w").elements.allSatisfy { $0 == 1 })
    let again = try TransformerModel.initialized(configuration, seed: 3)
    #expect(
      try again.parameters.value("embed.W_E") == model.parameters.value("embed.W_E"))
    try withFolderPath { folder in
      for type in [StoredType.float16, .bfloat16, .float32] {
        try model.save(to: folder, as: type)
        let file = try SafetensorsFile(path: "\(folder)/model.safetensors")
        #expect(file.names.allSatisfy { file.type(of: $0) == type })
        let loaded = try TransformerModel.load(from: folder)
        #expect(loaded.configuration == configuration)
        for name in model.parameters.names {
          let expected = try model.parameters.value(name).elements
          let rounded = StoredTensor(expected, shape: [expected.count], as: type).floats()
          #expect(try loaded.parameters.value(name).elements == rounded, "\(name)")
        }
        let text = try String(contentsOfFile: "\(folder)/config.json", encoding: .utf8)
        let name = [StoredType.float16: "float16", .bfloat16: "bfloat16"][type] ?? "float32"
        #expect(text.contains("\"dtype\" : \"\(name)\""))
      }
    }
  }

  @Test("Shards are read through their index, and a missing one is named")
  func shards() throws {
    try withFolderPath { folder in
      let all = try tensors("qwen2_tiny").sorted { $0.key < $1.key }
      let files = ["a.safetensors", "b.safetensors"]
      var map: [String: String] = [:]
      for (number, file) in files.enumerated() {
        let part = all.enumerated().filter { $0.offset % 2 == number }.map(\.element)
        for (name, _) in part { map[name] = file }
        try SafetensorsWriter.write(
          Dictionary(uniqueKeysWithValues: part.map { ($0.key, $0.value) }),
          to: "\(folder)/\(file)")
      }
      try JSONEncoder().encode(["weight_map": map]).write(
        to: URL(fileURLWithPath: "\(folder)/model.safetensors.index.json"))
      try copyConfiguration(of: "qwen2_tiny", to: folder)
      let sharded = try TransformerModel.load(from: folder)
      let whole = try LanguageGolden.model("qwen2_tiny")
      for name in whole.parameters.names {
        #expect(try sharded.parameters.value(name) == whole.parameters.value(name))
      }
      try FileManager.default.removeItem(atPath: "\(folder)/b.safetensors")
      #expect(
        message { _ = try TransformerModel.load(from: folder) }
          == "\(folder)/model.safetensors.index.json needs the file 'b.safetensors' beside it,"
          + " which is not there; download the missing file.")
    }
  }

  @Test("A missing tensor is named with the nearest, a wrong shape with both")
  func damaged() throws {
    try withFolderPath { folder in
      var tensors = try tensors("gpt2_tiny")
      let name = "transformer.h.1.ln_1.weight"
      tensors[name] = nil
      try write(tensors, of: "gpt2_tiny", to: folder)
      #expect(
        message { _ = try TransformerModel.load(from: folder) }
          == "\(folder)/model.safetensors has no tensor named '\(name)'."
          + " The nearest name is 'transformer.h.0.ln_1.weight'.")
      tensors[name] = StoredTensor([1, 2], shape: [2])
      try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
      #expect(
        message { _ = try TransformerModel.load(from: folder) }
          == "Tensor '\(name)' of \(folder)/model.safetensors has the shape [2], but the"
          + " configuration says [64]; weights and config.json belong to different models.")
      try FileManager.default.removeItem(atPath: "\(folder)/model.safetensors")
      #expect(
        message { _ = try TransformerModel.load(from: folder) }
          == "\(folder) has neither 'model.safetensors' nor 'model.safetensors.index.json';"
          + " download the weights as safetensors.")
    }
  }

  @Test("A model needs all of its parameters")
  func missingParameter() throws {
    let configuration = try LanguageGolden.model("gpt2_tiny").configuration
    #expect(throws: RuntimeError.missingParameter(name: "embed.W_E", nearest: nil)) {
      try TransformerModel(configuration, parameters: ParameterStore())
    }
  }
}

@Suite("Stored weights")
struct StoredWeightTests {
  @Test(
    "Joining is the inverse of parting",
    arguments: [
      StoredWeight(name: "", shape: [3, 5], parameters: ["a"], layout: .same),
      StoredWeight(name: "", shape: [33, 70], parameters: ["a"], layout: .transposed),
      StoredWeight(name: "", shape: [1, 5], parameters: ["a"], layout: .transposed),
      StoredWeight(name: "", shape: [5, 12], parameters: ["a", "b", "c"], layout: .columns),
      StoredWeight(name: "", shape: [12], parameters: ["a", "b", "c"], layout: .columns),
      StoredWeight(
        name: "", shape: [12, 5], parameters: ["a", "b", "c"], layout: .headRows(heads: 2)),
      StoredWeight(
        name: "", shape: [12], parameters: ["a", "b", "c"], layout: .headRows(heads: 2)),
    ])
  func inverse(weight: StoredWeight) throws {
    let values = (0..<weight.shape.reduce(1, *)).map { Float($0) }
    let parts = try weight.parts(of: values)
    #expect(parts.map(\.name) == weight.parameters)
    #expect(weight.joined(parts.map(\.tensor)) == values)
  }

  @Test("Rows by head, part and number become columns by head and number")
  func headRows() throws {
    let weight = StoredWeight(
      name: "", shape: [12, 1], parameters: ["q", "k", "v"], layout: .headRows(heads: 2))
    let parts = try weight.parts(of: (0..<12).map { Float($0) })
    #expect(parts[0].tensor == (try Tensor([1, 4], [0, 1, 6, 7])))
    #expect(parts[2].tensor == (try Tensor([1, 4], [4, 5, 10, 11])))
  }
}
