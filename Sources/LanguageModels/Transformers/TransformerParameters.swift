import PlumbGraph

extension TransformerConfiguration {
  /// The name and the shape of every parameter of the model, in the order of computation.
  ///
  /// All matrices multiply from the right, `y = x W + b`, and so are `[in, out]`. With the width
  /// `d`, `H` heads of width `k`, `G` key and value heads, `m` neurons and `V` tokens:
  ///
  /// | name | shape |
  /// |---|---|
  /// | `embed.W_E` | `[V, d]` |
  /// | `pos_embed.W_pos` | `[contextLength, d]` |
  /// | `blocks.N.ln1.w`, `blocks.N.ln1.b` (and `ln2`, `ln_final`) | `[d]` |
  /// | `blocks.N.attn.W_Q`, `b_Q` | `[d, H·k]`, `[H·k]` |
  /// | `blocks.N.attn.W_K`, `W_V`, `b_K`, `b_V` | `[d, G·k]`, `[G·k]` |
  /// | `blocks.N.attn.W_O`, `b_O` | `[H·k, d]`, `[d]` |
  /// | `blocks.N.mlp.W_in`, `b_in`, and `W_gate`, `b_gate` | `[d, m]`, `[m]` |
  /// | `blocks.N.mlp.W_out`, `b_out` | `[m, d]`, `[d]` |
  /// | `unembed.W_U`, `b_U` | `[d, V]`, `[V]` |
  ///
  /// The names are those of TransformerLens, whose `W_Q [H, d, k]` and `W_O [H, k, d]` hold the same
  /// numbers with the heads apart. A tied model has no `unembed.W_U`.
  public var parameterShapes: [(name: String, shape: Shape)] {
    var shapes: [(name: String, shape: Shape)] = []
    func norm(_ name: String) {
      guard normalization.kind != .none, normalization.hasGain else { return }
      shapes.append(("\(name).w", [width]))
      if normalization.kind == .layer { shapes.append(("\(name).b", [width])) }
    }
    func linear(_ prefix: String, _ suffix: String, _ input: Int, _ output: Int, bias: Bool) {
      shapes.append(("\(prefix).W_\(suffix)", [input, output]))
      if bias { shapes.append(("\(prefix).b_\(suffix)", [output])) }
    }
    shapes.append(("embed.W_E", [vocabulary, width]))
    if positions == .learned { shapes.append(("pos_embed.W_pos", [contextLength, width])) }
    let inner = attention.heads * attention.headWidth
    let shared = attention.keyValueHeads * attention.headWidth
    for layer in 0..<layers {
      norm("blocks.\(layer).ln1")
      let name = "blocks.\(layer).attn"
      linear(name, "Q", width, inner, bias: attention.hasInputBias)
      linear(name, "K", width, shared, bias: attention.hasInputBias)
      linear(name, "V", width, shared, bias: attention.hasInputBias)
      linear(name, "O", inner, width, bias: attention.hasOutputBias)
      guard let feedForward else { continue }
      norm("blocks.\(layer).ln2")
      let mlp = "blocks.\(layer).mlp"
      if feedForward.isGated {
        linear(mlp, "gate", width, feedForward.width, bias: feedForward.hasBias)
      }
      linear(mlp, "in", width, feedForward.width, bias: feedForward.hasBias)
      linear(mlp, "out", feedForward.width, width, bias: feedForward.hasBias)
    }
    norm("ln_final")
    if !isTied { shapes.append(("unembed.W_U", [width, vocabulary])) }
    if hasUnembeddingBias { shapes.append(("unembed.b_U", [vocabulary])) }
    return shapes
  }
}
