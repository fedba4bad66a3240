import Foundation

extension TransformerConfiguration {
  /// The `config.json` of a model that was made here, in the spelling of transformers 5.
  ///
  /// - Throws: ``TransformerError/inexpressible(family:)`` if the family's files cannot say what the
  ///   model computes.
  func configurationFile() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    if family == .plumbline { return try encoder.encode(OwnFile(transformer: self)) }
    let data = try encoder.encode(familyFields)
    guard try TransformerConfiguration(configuration: data, path: "config.json") == self else {
      throw TransformerError.inexpressible(family: family.rawValue)
    }
    return data
  }

  private typealias Fields = [String: ConfigurationFile.Value]

  private var familyFields: Fields {
    var fields: Fields = [
      "model_type": .string(family.rawValue), "vocab_size": .count(vocabulary),
      "tie_word_embeddings": .bool(isTied), "dtype": .string("float32"),
    ]
    let specific: Fields
    switch family {
    case .gpt2: specific = gpt2Fields
    case .gptNeo: specific = gptNeoFields
    case .gptNeoX: specific = gptNeoXFields
    case .llama, .mistral, .qwen2: specific = llamaFields
    case .plumbline: specific = [:]
    }
    fields.merge(specific) { $1 }
    return fields
  }

  private var activationName: ConfigurationFile.Value {
    switch feedForward?.activation {
    case .geluTanh: .string("gelu_new")
    case .geluErf: .string("gelu")
    case .silu: .string("silu")
    case .relu, nil: .string("relu")
    }
  }

  /// The shortest decimal number that reads back as this float.
  private var epsilon: ConfigurationFile.Value {
    .number(Double("\(normalization.epsilon)") ?? Double(normalization.epsilon))
  }

  private var neurons: ConfigurationFile.Value { .count(feedForward?.width ?? 0) }

  private var gpt2Fields: Fields {
    [
      "architectures": .array([.string("GPT2LMHeadModel")]), "n_embd": .count(width),
      "n_layer": .count(layers), "n_head": .count(attention.heads),
      "n_positions": .count(contextLength), "n_inner": neurons,
      "layer_norm_epsilon": epsilon, "activation_function": activationName,
      "scale_attn_weights": .bool(attention.scale != 1),
      "scale_attn_by_inverse_layer_idx": .bool(attention.dividesByLayer),
    ]
  }

  private var gptNeoFields: Fields {
    let kinds = attention.windows.map {
      ConfigurationFile.Value.string($0 == nil ? "global" : "local")
    }
    return [
      "architectures": .array([.string("GPTNeoForCausalLM")]), "hidden_size": .count(width),
      "num_layers": .count(layers), "num_heads": .count(attention.heads),
      "max_position_embeddings": .count(contextLength), "intermediate_size": neurons,
      "layer_norm_epsilon": epsilon, "activation_function": activationName,
      "window_size": .count(attention.windows.compactMap { $0 }.first ?? 256),
      "attention_types": .array([.array([.array(kinds), .count(1)])]),
    ]
  }

  private var gptNeoXFields: Fields {
    var fields: Fields = [
      "architectures": .array([.string("GPTNeoXForCausalLM")]), "layer_norm_eps": epsilon,
      "attention_bias": .bool(attention.hasInputBias),
      "use_parallel_residual": .bool(isParallel),
    ]
    fields.merge(sharedFields) { $1 }
    return fields
  }

  private var llamaFields: Fields {
    let names: [Family: String] = [.llama: "Llama", .mistral: "Mistral", .qwen2: "Qwen2"]
    var fields: Fields = [
      "architectures": .array([.string("\(names[family, default: "Llama"])ForCausalLM")]),
      "rms_norm_eps": epsilon, "head_dim": .count(attention.headWidth),
      "num_key_value_heads": .count(attention.keyValueHeads),
    ]
    if family == .llama {
      fields["attention_bias"] = .bool(attention.hasInputBias)
      fields["mlp_bias"] = .bool(feedForward?.hasBias ?? false)
    }
    if let window = attention.windows.compactMap({ $0 }).first {
      fields["sliding_window"] = .count(window)
      fields["use_sliding_window"] = .bool(true)
      fields["layer_types"] = .array(
        attention.windows.map { .string($0 == nil ? "full_attention" : "sliding_attention") })
    } else {
      fields["sliding_window"] = .null
    }
    fields.merge(sharedFields) { $1 }
    return fields
  }

  /// What GPT-NeoX and Llama spell alike.
  private var sharedFields: Fields {
    [
      "hidden_size": .count(width), "num_hidden_layers": .count(layers),
      "num_attention_heads": .count(attention.heads), "intermediate_size": neurons,
      "max_position_embeddings": .count(contextLength), "hidden_act": activationName,
      "rope_parameters": .object(ropeFields),
    ]
  }

  private var ropeFields: Fields {
    guard case .rotary(let rotary) = positions else { return [:] }
    var fields: Fields = [
      "rope_theta": .number(rotary.theta), "rope_type": .string("default"),
      "partial_rotary_factor": .number(Double(rotary.width) / Double(attention.headWidth)),
    ]
    switch rotary.scaling {
    case .none: break
    case .linear(let factor):
      fields["rope_type"] = .string("linear")
      fields["factor"] = .number(factor)
    case .llama3(let factor, let low, let high, let length):
      fields["rope_type"] = .string("llama3")
      fields["factor"] = .number(factor)
      fields["low_freq_factor"] = .number(low)
      fields["high_freq_factor"] = .number(high)
      fields["original_max_position_embeddings"] = .count(length)
    }
    return fields
  }
}
