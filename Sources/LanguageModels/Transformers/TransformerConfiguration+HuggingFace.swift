import Foundation

extension TransformerConfiguration {
  /// Reads a `config.json` as transformers writes it, in the spelling of version 4 or 5.
  ///
  /// - Parameters:
  ///   - data: The bytes of the file.
  ///   - path: Its path, for messages.
  /// - Throws: ``TransformerError`` if the model is of an unknown kind, a field is missing or
  ///   malformed, or a setting asks for something that is not computed.
  public init(configuration data: Data, path: String) throws(TransformerError) {
    let file = try ConfigurationFile(data, path: path)
    guard let type = try file.string("model_type") else {
      throw .missingField(file: path, field: "model_type")
    }
    guard let family = Family(rawValue: type) else {
      throw .unknownArchitecture(file: path, name: type)
    }
    switch family {
    case .gpt2: try self.init(gpt2: file)
    case .gptNeo: try self.init(gptNeo: file)
    case .gptNeoX: try self.init(gptNeoX: file)
    case .llama, .mistral, .qwen2: try self.init(llama: file, family: family)
    case .plumbline:
      do {
        self = try JSONDecoder().decode(OwnFile.self, from: data).transformer
      } catch {
        throw .malformedConfiguration(file: path, problem: "the field 'transformer' is incomplete")
      }
    }
    try check(path)
  }

  /// What Plumbline writes for shapes that no family of Hugging Face has.
  struct OwnFile: Codable {
    var model_type = Family.plumbline.rawValue  // The name in the file. swift-format-ignore
    var transformer: TransformerConfiguration
  }

  private func check(_ path: String) throws(TransformerError) {
    let (heads, groups) = (attention.heads, attention.keyValueHeads)
    guard heads % groups == 0 else {
      throw .inconsistent(
        file: path, problem: "\(heads) heads cannot share \(groups) key and value heads")
    }
    guard attention.windows.count == layers else {
      throw .inconsistent(
        file: path,
        problem: "\(attention.windows.count) layers have attention types, but there are \(layers)")
    }
    if case .rotary(let rotary) = positions {
      guard rotary.width >= 2, rotary.width % 2 == 0, rotary.width <= attention.headWidth else {
        throw .inconsistent(
          file: path,
          problem: "\(rotary.width) of a head's \(attention.headWidth) dimensions cannot turn")
      }
    }
  }

  // MARK: Families

  private init(gpt2 file: ConfigurationFile) throws(TransformerError) {
    let width = try file.requiredCount("n_embd")
    let layers = try file.requiredCount("n_layer")
    let heads = try file.requiredCount("n_head")
    try file.refuse("add_cross_attention", ifTrue: true)
    self.init(
      family: .gpt2, vocabulary: try file.requiredCount("vocab_size"), width: width,
      layers: layers, contextLength: try file.requiredCount("n_positions", "n_ctx"),
      normalization: .init(.layer, epsilon: try file.epsilon("layer_norm_epsilon")),
      positions: .learned,
      attention: Attention(
        layers: layers, heads: heads, headWidth: try file.headWidth(of: width, heads: heads),
        scale: try file.bool("scale_attn_weights", default: true) ? nil : 1,
        dividesByLayer: try file.bool("scale_attn_by_inverse_layer_idx", default: false),
        hasInputBias: true, hasOutputBias: true),
      feedForward: FeedForward(
        width: try file.count("n_inner") ?? 4 * width,
        activation: try file.activation("activation_function", default: "gelu_new"),
        isGated: false, hasBias: true),
      isTied: try file.bool("tie_word_embeddings", default: true))
  }

  private init(gptNeo file: ConfigurationFile) throws(TransformerError) {
    let width = try file.requiredCount("hidden_size")
    let layers = try file.requiredCount("num_layers")
    let heads = try file.requiredCount("num_heads")
    let window = try file.count("window_size") ?? 256
    self.init(
      family: .gptNeo, vocabulary: try file.requiredCount("vocab_size"), width: width,
      layers: layers, contextLength: try file.requiredCount("max_position_embeddings"),
      normalization: .init(.layer, epsilon: try file.epsilon("layer_norm_epsilon")),
      positions: .learned,
      attention: Attention(
        layers: layers, heads: heads, headWidth: try file.headWidth(of: width, heads: heads),
        scale: 1, hasInputBias: false, hasOutputBias: true,
        windows: try file.neoLayers().map { $0 == "local" ? window : nil }),
      feedForward: FeedForward(
        width: try file.count("intermediate_size") ?? 4 * width,
        activation: try file.activation("activation_function", default: "gelu_new"),
        isGated: false, hasBias: true),
      isTied: try file.bool("tie_word_embeddings", default: true))
  }

  private init(gptNeoX file: ConfigurationFile) throws(TransformerError) {
    let width = try file.requiredCount("hidden_size")
    let layers = try file.requiredCount("num_hidden_layers")
    let heads = try file.requiredCount("num_attention_heads")
    let headWidth = try file.headWidth(of: width, heads: heads)
    let hasBias = try file.bool("attention_bias", default: true)
    self.init(
      family: .gptNeoX, vocabulary: try file.requiredCount("vocab_size"), width: width,
      layers: layers, contextLength: try file.requiredCount("max_position_embeddings"),
      normalization: .init(.layer, epsilon: try file.epsilon("layer_norm_eps")),
      positions: .rotary(
        try file.rotary(
          headWidth: headWidth, theta: "rotary_emb_base", fraction: "rotary_pct",
          defaultFraction: 0.25)),
      attention: Attention(
        layers: layers, heads: heads, headWidth: headWidth, hasInputBias: hasBias,
        hasOutputBias: hasBias),
      feedForward: FeedForward(
        width: try file.requiredCount("intermediate_size"),
        activation: try file.activation("hidden_act", default: "gelu"), isGated: false,
        hasBias: true),
      isParallel: try file.bool("use_parallel_residual", default: true),
      isTied: try file.bool("tie_word_embeddings", default: false))
  }

  private init(llama file: ConfigurationFile, family: Family) throws(TransformerError) {
    let width = try file.requiredCount("hidden_size")
    let layers = try file.requiredCount("num_hidden_layers")
    let heads = try file.requiredCount("num_attention_heads")
    let headWidth = try file.headWidth(of: width, heads: heads, field: "head_dim")
    let hasBias = family == .llama ? try file.bool("attention_bias", default: false) : false
    let hasFeedForwardBias = family == .llama ? try file.bool("mlp_bias", default: false) : false
    self.init(
      family: family, vocabulary: try file.requiredCount("vocab_size"), width: width,
      layers: layers, contextLength: try file.requiredCount("max_position_embeddings"),
      normalization: .init(.rms, epsilon: try file.epsilon("rms_norm_eps", default: 1e-6)),
      positions: .rotary(
        try file.rotary(
          headWidth: headWidth, theta: "rope_theta", fraction: "partial_rotary_factor",
          defaultFraction: 1)),
      attention: Attention(
        layers: layers, heads: heads,
        keyValueHeads: try file.count("num_key_value_heads") ?? heads, headWidth: headWidth,
        hasInputBias: family == .qwen2 || hasBias, hasOutputBias: hasBias,
        windows: try file.slidingWindows(layers: layers, family: family)),
      feedForward: FeedForward(
        width: try file.requiredCount("intermediate_size"),
        activation: try file.activation("hidden_act", default: "silu"), isGated: true,
        hasBias: hasFeedForwardBias),
      isTied: try file.bool("tie_word_embeddings", default: false))
  }
}

extension ConfigurationFile {
  fileprivate func epsilon(
    _ field: String, default value: Double = 1e-5
  ) throws(TransformerError) -> Float { Float(try number(field) ?? value) }

  /// What the field says, if there is one, or else an equal share of the width.
  fileprivate func headWidth(
    of width: Int, heads: Int, field: String? = nil
  ) throws(TransformerError) -> Int {
    if let field, let given = try count(field) { return given }
    guard width % heads == 0 else {
      throw .inconsistent(file: path, problem: "\(heads) heads cannot divide a width of \(width)")
    }
    return width / heads
  }

  fileprivate func refuse(_ field: String, ifTrue value: Bool) throws(TransformerError) {
    if try bool(field, default: !value) == value {
      throw .unsupportedSetting(file: path, setting: field, value: "\(value)")
    }
  }

  fileprivate func activation(
    _ field: String, default name: String
  ) throws(TransformerError) -> TransformerConfiguration.FeedForward.Activation {
    let name = try string(field) ?? name
    switch name {
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .geluTanh
    case "gelu": return .geluErf
    case "silu", "swish": return .silu
    case "relu": return .relu
    default: throw .unsupportedSetting(file: path, setting: field, value: "'\(name)'")
    }
  }

  /// "global" or "local" for each layer of GPT-Neo: `[[["global", "local"], 6]]` is six of each.
  fileprivate func neoLayers() throws(TransformerError) -> [String] {
    let field = "attention_types"
    let problem = TransformerError.wrongField(
      file: path, field: field, needs: "a list of kinds of layers and how often they repeat")
    guard let groups = try array(field) else { throw .missingField(file: path, field: field) }
    var layers: [String] = []
    for group in groups {
      guard case .array(let parts) = group, parts.count == 2, case .array(let kinds) = parts[0],
        case .number(let number) = parts[1], let count = Int(exactly: number), count >= 0
      else { throw problem }
      for _ in 0..<count {
        for kind in kinds {
          guard case .string(let name) = kind, name == "global" || name == "local" else {
            throw problem
          }
          layers.append(name)
        }
      }
    }
    return layers
  }

  /// Per layer how many positions a query sees, in Mistral and Qwen2.
  fileprivate func slidingWindows(
    layers: Int, family: TransformerConfiguration.Family
  ) throws(TransformerError) -> [Int?]? {
    guard family != .llama, let window = try count("sliding_window") else { return nil }
    if family == .mistral { return Array(repeating: window, count: layers) }
    guard try bool("use_sliding_window", default: false) else { return nil }
    if let types = try array("layer_types") {
      return types.map { $0 == .string("sliding_attention") ? window : nil }
    }
    let first = Int(try number("max_window_layers") ?? 28)
    return (0..<layers).map { $0 >= first ? window : nil }
  }

  /// The turns, from `rope_parameters` of version 5 or from the fields of version 4.
  fileprivate func rotary(
    headWidth: Int, theta: String, fraction: String, defaultFraction: Double
  ) throws(TransformerError) -> RotaryPositions {
    let parameters = try object("rope_parameters")
    let source = parameters ?? self
    let part = try source.number(fraction, "partial_rotary_factor") ?? defaultFraction
    let scaling = parameters == nil ? try object("rope_scaling") : parameters
    return RotaryPositions(
      width: Int(Double(headWidth) * part),
      theta: try source.number(theta, "rope_theta") ?? 10_000,
      scaling: try scaling?.ropeScaling() ?? .none)
  }

  private func ropeScaling() throws(TransformerError) -> RotaryPositions.Scaling {
    // The older spelling says "type".
    let type = try string("rope_type", "type") ?? "default"
    switch type {
    case "default": return .none
    case "linear": return .linear(factor: try required("factor"))
    case "llama3":
      return .llama3(
        factor: try required("factor"), lowFrequencyFactor: try required("low_freq_factor"),
        highFrequencyFactor: try required("high_freq_factor"),
        originalLength: try requiredCount("original_max_position_embeddings"))
    default: throw .unsupportedSetting(file: path, setting: "rope_type", value: "'\(type)'")
    }
  }

  private func required(_ field: String) throws(TransformerError) -> Double {
    guard let value = try number(field) else { throw .missingField(file: path, field: field) }
    return value
  }
}
