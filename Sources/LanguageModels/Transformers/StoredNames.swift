import PlumbFiles

/// Where a family's checkpoints keep each parameter.
///
/// Source: the state dictionaries of transformers.
struct StoredNames {
  let configuration: TransformerConfiguration
  /// What all names but the unembedding's begin with, such as `transformer.`; it may be absent.
  let prefix: String
  /// The unembedding's name.
  let unembedding: String

  /// Finds out which of the usual spellings a checkpoint has.
  init(_ configuration: TransformerConfiguration, in names: Set<String>) {
    let (usual, embedding) = Self.usualPrefix(configuration.family)
    let isPlain = !names.contains(usual + embedding) && names.contains(embedding)
    let unembeddings =
      configuration.family == .gptNeoX
      ? ["embed_out.weight", "lm_head.weight"] : ["lm_head.weight"]
    self.init(
      configuration, prefix: isPlain ? "" : usual,
      unembedding: unembeddings.first(where: names.contains) ?? unembeddings[0])
  }

  init(_ configuration: TransformerConfiguration, prefix: String? = nil, unembedding: String) {
    self.configuration = configuration
    self.prefix = prefix ?? Self.usualPrefix(configuration.family).prefix
    self.unembedding = unembedding
  }

  private static func usualPrefix(
    _ family: TransformerConfiguration.Family
  ) -> (prefix: String, embedding: String) {
    switch family {
    case .gpt2, .gptNeo: ("transformer.", "wte.weight")
    case .gptNeoX: ("gpt_neox.", "embed_in.weight")
    case .llama, .mistral, .qwen2: ("model.", "embed_tokens.weight")
    case .plumbline: ("", "embed.W_E")
    }
  }

  /// Tensors that hold no weights: masks, frequencies and copies that old versions saved.
  func isIgnored(_ name: String) -> Bool {
    let buffers = [
      ".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias",
      ".rotary_emb.inv_freq",
    ]
    return buffers.contains(where: name.hasSuffix)
      || (configuration.isTied && (name == "lm_head.weight" || name == "embed_out.weight"))
  }

  /// Every tensor of a checkpoint of this model.
  var weights: [StoredWeight] {
    switch configuration.family {
    case .gpt2: gpt2
    case .gptNeo: gptNeo
    case .gptNeoX: gptNeoX
    case .llama, .mistral, .qwen2: llama
    case .plumbline:
      configuration.parameterShapes.map {
        StoredWeight(name: $0.name, shape: $0.shape.sizes, parameters: [$0.name], layout: .same)
      }
    }
  }

  // MARK: Families

  private var inner: Int { configuration.attention.heads * configuration.attention.headWidth }
  private var shared: Int {
    configuration.attention.keyValueHeads * configuration.attention.headWidth
  }

  private func vector(_ name: String, _ parameter: String, _ count: Int) -> StoredWeight {
    StoredWeight(name: prefix + name, shape: [count], parameters: [parameter], layout: .same)
  }

  private func table(_ name: String, _ parameter: String, _ rows: Int) -> StoredWeight {
    StoredWeight(
      name: prefix + name, shape: [rows, configuration.width], parameters: [parameter],
      layout: .same)
  }

  private func norm(_ name: String, _ parameter: String) -> [StoredWeight] {
    let weight = vector("\(name).weight", "\(parameter).w", configuration.width)
    guard configuration.normalization.kind == .layer else { return [weight] }
    return [weight, vector("\(name).bias", "\(parameter).b", configuration.width)]
  }

  /// An `nn.Linear` or, if not transposed, a `Conv1D`; `suffix` is what follows `W_`.
  private func linear(
    _ name: String, _ parameter: String, _ suffix: String, _ input: Int, _ output: Int,
    bias: Bool, isTransposed: Bool = true
  ) -> [StoredWeight] {
    let weight = StoredWeight(
      name: prefix + "\(name).weight", shape: isTransposed ? [output, input] : [input, output],
      parameters: ["\(parameter).W_\(suffix)"], layout: isTransposed ? .transposed : .same)
    return bias ? [weight, vector("\(name).bias", "\(parameter).b_\(suffix)", output)] : [weight]
  }

  private var unembeddings: [StoredWeight] {
    if configuration.isTied { return [] }
    return [
      StoredWeight(
        name: unembedding, shape: [configuration.vocabulary, configuration.width],
        parameters: ["unembed.W_U"], layout: .transposed)
    ]
  }

  private func fused(
    _ name: String, _ parameter: String, layout: StoredWeight.Layout, bias: Bool
  ) -> [StoredWeight] {
    let width = configuration.width
    let kinds = bias ? ["W", "b"] : ["W"]
    return kinds.map { kind in
      let shape =
        kind == "b" ? [3 * inner] : layout == .columns ? [width, 3 * inner] : [3 * inner, width]
      return StoredWeight(
        name: prefix + name + (kind == "W" ? ".weight" : ".bias"), shape: shape,
        parameters: ["Q", "K", "V"].map { "\(parameter).\(kind)_\($0)" }, layout: layout)
    }
  }

  private var gpt2: [StoredWeight] {
    let (width, neurons) = (configuration.width, configuration.feedForward?.width ?? 0)
    var weights = [
      table("wte.weight", "embed.W_E", configuration.vocabulary),
      table("wpe.weight", "pos_embed.W_pos", configuration.contextLength),
    ]
    for layer in 0..<configuration.layers {
      let (name, block) = ("h.\(layer)", "blocks.\(layer)")
      weights += norm("\(name).ln_1", "\(block).ln1")
      weights += fused("\(name).attn.c_attn", "\(block).attn", layout: .columns, bias: true)
      weights += linear(
        "\(name).attn.c_proj", "\(block).attn", "O", inner, width, bias: true, isTransposed: false)
      weights += norm("\(name).ln_2", "\(block).ln2")
      weights += linear(
        "\(name).mlp.c_fc", "\(block).mlp", "in", width, neurons, bias: true, isTransposed: false)
      weights += linear(
        "\(name).mlp.c_proj", "\(block).mlp", "out", neurons, width, bias: true,
        isTransposed: false)
    }
    return weights + norm("ln_f", "ln_final") + unembeddings
  }

  private var gptNeo: [StoredWeight] {
    let (width, neurons) = (configuration.width, configuration.feedForward?.width ?? 0)
    var weights = [
      table("wte.weight", "embed.W_E", configuration.vocabulary),
      table("wpe.weight", "pos_embed.W_pos", configuration.contextLength),
    ]
    for layer in 0..<configuration.layers {
      let (name, block) = ("h.\(layer)", "blocks.\(layer)")
      let attention = "\(name).attn.attention"
      weights += norm("\(name).ln_1", "\(block).ln1")
      for part in ["q", "k", "v"] {
        weights += linear(
          "\(attention).\(part)_proj", "\(block).attn", part.uppercased(), width, inner,
          bias: false)
      }
      weights += linear("\(attention).out_proj", "\(block).attn", "O", inner, width, bias: true)
      weights += norm("\(name).ln_2", "\(block).ln2")
      weights += linear("\(name).mlp.c_fc", "\(block).mlp", "in", width, neurons, bias: true)
      weights += linear("\(name).mlp.c_proj", "\(block).mlp", "out", neurons, width, bias: true)
    }
    return weights + norm("ln_f", "ln_final") + unembeddings
  }

  private var gptNeoX: [StoredWeight] {
    let (width, neurons) = (configuration.width, configuration.feedForward?.width ?? 0)
    let attention = configuration.attention
    var weights = [table("embed_in.weight", "embed.W_E", configuration.vocabulary)]
    for layer in 0..<configuration.layers {
      let (name, block) = ("layers.\(layer)", "blocks.\(layer)")
      weights += norm("\(name).input_layernorm", "\(block).ln1")
      weights += fused(
        "\(name).attention.query_key_value", "\(block).attn",
        layout: .headRows(heads: attention.heads), bias: attention.hasInputBias)
      weights += linear(
        "\(name).attention.dense", "\(block).attn", "O", inner, width,
        bias: attention.hasOutputBias)
      weights += norm("\(name).post_attention_layernorm", "\(block).ln2")
      weights += linear(
        "\(name).mlp.dense_h_to_4h", "\(block).mlp", "in", width, neurons, bias: true)
      weights += linear(
        "\(name).mlp.dense_4h_to_h", "\(block).mlp", "out", neurons, width, bias: true)
    }
    return weights + norm("final_layer_norm", "ln_final") + unembeddings
  }

  private var llama: [StoredWeight] {
    let (width, neurons) = (configuration.width, configuration.feedForward?.width ?? 0)
    let attention = configuration.attention
    let hasBias = configuration.feedForward?.hasBias ?? false
    var weights = [table("embed_tokens.weight", "embed.W_E", configuration.vocabulary)]
    for layer in 0..<configuration.layers {
      let (name, block) = ("layers.\(layer)", "blocks.\(layer)")
      weights += norm("\(name).input_layernorm", "\(block).ln1")
      for (part, size) in [("q", inner), ("k", shared), ("v", shared)] {
        weights += linear(
          "\(name).self_attn.\(part)_proj", "\(block).attn", part.uppercased(), width, size,
          bias: attention.hasInputBias)
      }
      weights += linear(
        "\(name).self_attn.o_proj", "\(block).attn", "O", inner, width,
        bias: attention.hasOutputBias)
      weights += norm("\(name).post_attention_layernorm", "\(block).ln2")
      weights += linear(
        "\(name).mlp.gate_proj", "\(block).mlp", "gate", width, neurons, bias: hasBias)
      weights += linear("\(name).mlp.up_proj", "\(block).mlp", "in", width, neurons, bias: hasBias)
      weights += linear(
        "\(name).mlp.down_proj", "\(block).mlp", "out", neurons, width, bias: hasBias)
    }
    return weights + norm("norm", "ln_final") + unembeddings
  }
}
