import Foundation
import Goldens
import Testing

@testable import LanguageModels

@Suite("Transformer configurations")
struct TransformerConfigurationTests {
  private func read(_ json: String) throws -> TransformerConfiguration {
    try TransformerConfiguration(configuration: Data(json.utf8), path: "config.json")
  }

  private static let llama = """
    "model_type": "llama", "hidden_size": 64, "intermediate_size": 176, "num_hidden_layers": 2,
    "num_attention_heads": 4, "vocab_size": 512, "max_position_embeddings": 128
    """

  @Test(
    "Both spellings of transformers say the same",
    .enabled(if: LanguageGolden.isPresent, "\(SharedFiles.reason)"),
    arguments: LanguageGolden.models)
  func spellings(model: String) throws {
    let configurations = try ["config.json", "config.v4style.json"].map { name in
      let path = LanguageGolden.folder("hf_lm/\(model)/\(name)")
      return try TransformerConfiguration(
        configuration: Data(contentsOf: URL(fileURLWithPath: path)), path: path)
    }
    #expect(configurations[0] == configurations[1])
    let written = try configurations[0].configurationFile()
    #expect(try TransformerConfiguration(configuration: written, path: "") == configurations[0])
  }

  @Test("GPT-2 is read with its defaults")
  func gpt2() throws {
    let gpt2 = try read(
      #"{"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_ctx": 1024, "vocab_size": 50257}"#
    )
    #expect(gpt2.isTied && !gpt2.isParallel && gpt2.positions == .learned)
    #expect(gpt2.feedForward?.width == 3072 && gpt2.feedForward?.activation == .geluTanh)
    #expect(gpt2.attention.headWidth == 64 && gpt2.attention.scale == 0.125)
    #expect(gpt2.contextLength == 1024)
  }

  @Test("GPT-Neo does not scale its scores and looks back 256 positions in every second layer")
  func gptNeo() throws {
    let neo = try read(
      #"""
      {"model_type": "gpt_neo", "hidden_size": 64, "num_layers": 4, "num_heads": 4,
       "vocab_size": 512, "max_position_embeddings": 2048,
       "attention_types": [[["global", "local"], 2]]}
      """#)
    #expect(neo.attention.scale == 1 && !neo.attention.hasInputBias)
    #expect(neo.attention.windows == [nil, 256, nil, 256])
    #expect(neo.feedForward?.width == 256)
  }

  @Test("Mistral sees a window in every layer, Qwen2 from a layer on")
  func windows() throws {
    let mistral = try read(
      "{\(Self.llama.replacing("llama", with: "mistral")), \"sliding_window\": 32}")
    #expect(mistral.attention.windows == [32, 32])
    let qwen2 = try read(
      "{\(Self.llama.replacing("llama", with: "qwen2")), \"sliding_window\": 32,"
        + "\"use_sliding_window\": true, \"max_window_layers\": 1}")
    #expect(qwen2.attention.windows == [nil, 32])
    #expect(qwen2.attention.hasInputBias && !qwen2.attention.hasOutputBias)
  }

  @Test("Llama 3.1 slows long wavelengths down and keeps short ones")
  func llama3() throws {
    let scaled = try read(
      """
      {\(Self.llama), "head_dim": 128, "rope_theta": 500000,
       "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1,
       "high_freq_factor": 4, "original_max_position_embeddings": 8192}}
      """)
    guard case .rotary(let rotary) = scaled.positions else {
      Issue.record("no rotary positions")
      return
    }
    var plain = rotary
    plain.scaling = .none
    let ratios = zip(rotary.frequencies, plain.frequencies).map { $0 / $1 }
    #expect(ratios[0] == 1 && abs(ratios[63] - 0.125) < 1e-6)
    #expect(zip(ratios, ratios.dropFirst()).allSatisfy { $0 >= $1 - 1e-6 })
    #expect(try read(String(decoding: scaled.configurationFile(), as: UTF8.self)) == scaled)
  }

  @Test("Attention-only toys are written and read in Plumbline's own words")
  func toy() throws {
    let toy = TransformerConfiguration(
      vocabulary: 7, width: 8, layers: 1, contextLength: 5, normalization: .init(.none),
      positions: .learned,
      attention: .init(layers: 1, heads: 2, headWidth: 3, hasInputBias: false, hasOutputBias: true),
      feedForward: nil)
    let data = try toy.configurationFile()
    #expect(try TransformerConfiguration(configuration: data, path: "") == toy)
  }

  @Test("Errors say what to do")
  func errors() throws {
    func message(_ json: String) -> String {
      do {
        _ = try read(json)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message(#"{"model_type": "bert"}"#)
        == "config.json describes a model of the type 'bert'; Plumbline has gpt2, gpt_neo, gpt_neox,"
        + " llama, mistral, qwen2, plumbline.")
    #expect(
      message(#"{"model_type": "gpt2"}"#)
        == "config.json has no field 'n_embd', without which the model is not determined.")
    #expect(
      message("{\(Self.llama), \"hidden_act\": \"mish\"}")
        == "config.json sets 'hidden_act' to 'mish', which Plumbline does not compute.")
    #expect(
      message("{\(Self.llama), \"rope_scaling\": {\"rope_type\": \"yarn\"}}")
        == "config.json sets 'rope_type' to 'yarn', which Plumbline does not compute.")
    #expect(
      message("{\(Self.llama), \"num_key_value_heads\": 3}")
        == "config.json contradicts itself: 4 heads cannot share 3 key and value heads.")
    #expect(
      message("{\(Self.llama), \"rms_norm_eps\": \"small\"}")
        == "The field 'rms_norm_eps' of config.json must be a number.")
    #expect(
      message("[]")
        == "config.json is not a model configuration: it is not a JSON object;"
        + " copy or download it again.")
  }
}
