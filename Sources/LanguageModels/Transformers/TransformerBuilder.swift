import PlumbGraph

/// Builds the graph of a transformer.
struct TransformerBuilder {
  /// Where the tokens stand.
  enum Places {
    /// At 0, 1, 2 and so on in every row.
    case first
    /// Where an index tensor `[batch, position]` says, below `limit`.
    case given(Node, limit: Int)
  }

  let configuration: TransformerConfiguration
  let batch: Int
  let length: Int
  let hooks: TransformerHooks
  let places: Places
  /// 0 at padding, `[batch, position]`; `nil` where there is none.
  let padding: Node?

  private var width: Int { configuration.width }
  private var attention: TransformerConfiguration.Attention { configuration.attention }

  /// The final hidden states of all positions, `[batch, position, model]`, and their logits,
  /// `[batch, position, vocabulary]`.
  func outputs(of ids: Node) throws(GraphError) -> (hidden: Node, logits: Node) {
    let table = parameter("embed.W_E", [configuration.vocabulary, width])
    var stream = hook(try table.gathering(ids), "hook_embed")
    if configuration.positions == .learned {
      stream = try stream + hook(try learnedPositions(), "hook_pos_embed")
    }
    let turns = try turns()
    let visible = try Visible(self)
    for layer in 0..<configuration.layers {
      stream = try block(layer, stream, turns: turns, visible: visible)
    }
    let hidden = try normalized(stream, "ln_final")
    return (hidden, try unembedded(hidden))
  }

  /// The logits of final hidden states.
  private func unembedded(_ x: Node) throws(GraphError) -> Node {
    var logits =
      configuration.isTied
      ? try x.matrixProduct(
        parameter("embed.W_E", [configuration.vocabulary, width]), transposesRight: true)
      : try x.matrixProduct(parameter("unembed.W_U", [width, configuration.vocabulary]))
    if configuration.hasUnembeddingBias {
      logits = try logits + parameter("unembed.b_U", [configuration.vocabulary])
    }
    return logits.named("logits")
  }

  // MARK: Names

  private func parameter(_ name: String, _ shape: Shape) -> Node { .parameter(name, shape) }

  private func hook(_ value: Node, _ name: String) -> Node {
    hooks == .none ? value : value.named(name)
  }

  // MARK: Positions

  private func learnedPositions() throws(GraphError) -> Node {
    let table = parameter("pos_embed.W_pos", [configuration.contextLength, width])
    switch places {
    case .first:
      let rows = try table.sliced(axis: 0, 0..<length)
      // Named values have all axes, so that a row of the batch can be replaced alone.
      return hooks == .none ? rows : try rows.broadcasted(to: [batch, length, width])
    case .given(let positions, _): return try table.gathering(positions)
    }
  }

  /// The cosines and sines of the turns, one row per position, or per token where rows differ.
  private struct Turns {
    let rotary: RotaryPositions
    let cosines: Node
    let sines: Node
  }

  private func turns() throws(GraphError) -> Turns? {
    guard case .rotary(let rotary) = configuration.positions else { return nil }
    let count: Int
    switch places {
    case .first: count = length
    case .given(_, let limit): count = limit
    }
    let (cosines, sines) = rotary.tables(count: count)
    let shape = Shape([count, rotary.width / 2])
    var tables = [try Node.constant(cosines, shape), try Node.constant(sines, shape)]
    if case .given(let positions, _) = places {
      let flat = try positions.reshaped([batch * length])
      tables = [try tables[0].gathering(flat), try tables[1].gathering(flat)]
    }
    return Turns(rotary: rotary, cosines: tables[0], sines: tables[1])
  }

  /// Turns the heads of x, `[batch, position, head, k]`.
  private func turned(_ x: Node, _ turns: Turns?) throws(GraphError) -> Node {
    guard let turns else { return x }
    // Where rows have positions of their own, the batch is one long row.
    let isFlat = turns.cosines.shape[0] != x.shape[1]
    let heads = isFlat ? try x.reshaped([1, batch * length, x.shape[2], x.shape[3]]) : x
    return try heads.rotated(
      cosines: turns.cosines, sines: turns.sines,
      style: turns.rotary.pairing == .half ? .half : .adjacent, rotated: turns.rotary.width
    ).reshaped(x.shape)
  }

  // MARK: Blocks

  private func block(
    _ layer: Int, _ input: Node, turns: Turns?, visible: Visible
  ) throws(GraphError) -> Node {
    let name = "blocks.\(layer)"
    let before = hook(input, "\(name).hook_resid_pre")
    let attended = try attend(
      layer, try normalized(before, "\(name).ln1"), turns: turns, visible: visible)
    let attentionOut = hook(attended, "\(name).hook_attn_out")
    var after = try before + attentionOut
    if let feedForward = configuration.feedForward {
      if !configuration.isParallel { after = hook(after, "\(name).hook_resid_mid") }
      let read = configuration.isParallel ? before : after
      let out = try self.feedForward(
        feedForward, "\(name).mlp", try normalized(read, "\(name).ln2"))
      after = try after + hook(out, "\(name).hook_mlp_out")
    }
    return hook(after, "\(name).hook_resid_post")
  }

  private func normalized(_ x: Node, _ name: String) throws(GraphError) -> Node {
    let norm = configuration.normalization
    let gain = norm.hasGain ? parameter("\(name).w", [width]) : nil
    let bias = norm.hasGain && norm.kind == .layer ? parameter("\(name).b", [width]) : nil
    switch (norm.kind, hooks) {
    case (.none, _): return x
    case (.layer, .none):
      return try x.layerNormalized(gamma: gain, beta: bias, epsilon: norm.epsilon)
    case (.rms, .none): return try x.rmsNormalized(gamma: gain, epsilon: norm.epsilon)
    case (.layer, _), (.rms, _):
      let centered = norm.kind == .layer ? try x - x.mean(over: [2]) : x
      let scale = hook(
        try (centered.squared().mean(over: [2]) + norm.epsilon).squareRoot(), "\(name).hook_scale")
      var result = try centered / scale
      // The order of the two differs in TransformerLens, whose names these are.
      if norm.kind == .rms { result = hook(result, "\(name).hook_normalized") }
      if let gain { result = try result * gain }
      if let bias { result = try result + bias }
      if norm.kind == .layer { result = hook(result, "\(name).hook_normalized") }
      return result
    }
  }

  private func linear(
    _ x: Node, _ prefix: String, _ suffix: String, to output: Int, bias: Bool
  ) throws(GraphError) -> Node {
    let weights = parameter("\(prefix).W_\(suffix)", [x.shape[2], output])
    let product = try x.matrixProduct(weights)
    return bias ? try product + parameter("\(prefix).b_\(suffix)", [output]) : product
  }

  private func feedForward(
    _ shape: TransformerConfiguration.FeedForward, _ name: String, _ x: Node
  ) throws(GraphError) -> Node {
    let entry = shape.isGated ? "gate" : "in"
    let pre = hook(
      try linear(x, name, entry, to: shape.width, bias: shape.hasBias), "\(name).hook_pre")
    var post =
      switch shape.activation {
      case .geluTanh: try pre.gelu(.tanh)
      case .geluErf: try pre.gelu(.erf)
      case .silu: try pre.silu()
      case .relu: try pre.relu()
      }
    if shape.isGated {
      let up = try linear(x, name, "in", to: shape.width, bias: shape.hasBias)
      post = try post * hook(up, "\(name).hook_pre_linear")
    }
    return try linear(
      hook(post, "\(name).hook_post"), name, "out", to: width, bias: shape.hasBias)
  }

  // MARK: Attention

  private func attend(
    _ layer: Int, _ x: Node, turns: Turns?, visible: Visible
  ) throws(GraphError) -> Node {
    let name = "blocks.\(layer).attn"
    let (heads, groups, size) = (
      attention.heads, attention.keyValueHeads, attention.headWidth
    )
    let bias = attention.hasInputBias
    func project(_ part: String, _ count: Int) throws(GraphError) -> Node {
      let value = try linear(x, name, part, to: count * size, bias: bias)
      return hook(
        try value.reshaped([batch, length, count, size]), "\(name).hook_\(part.lowercased())")
    }
    var query = try project("Q", heads)
    var key = try project("K", groups)
    let value = try project("V", groups).transposed([0, 2, 1, 3])
    if turns != nil {
      query = hook(try turned(query, turns), "\(name).hook_rot_q")
      key = hook(try turned(key, turns), "\(name).hook_rot_k")
    }
    key = try key.transposed([0, 2, 1, 3])

    // Query heads that share a key head are more rows of one product.
    let rows = try query.reshaped([batch, length, groups, heads / groups, size])
      .transposed([0, 2, 3, 1, 4]).reshaped([batch, groups, heads / groups * length, size])
    let scores =
      try rows.matrixProduct(key, transposesRight: true)
      .reshaped([batch, heads, length, length]) * attention.scale(inLayer: layer)
    let pattern = try self.pattern(scores, name, visible, window: attention.windows[layer])
    let mixed = try pattern.reshaped([batch, groups, heads / groups * length, length])
      .matrixProduct(value).reshaped([batch, heads, length, size]).transposed([0, 2, 1, 3])
    let z = hook(mixed, "\(name).hook_z")
    return try output(of: z, name)
  }

  private func pattern(
    _ scores: Node, _ name: String, _ visible: Visible, window: Int?
  ) throws(GraphError) -> Node {
    // The fused softmax knows the causal mask.
    if hooks == .none, window == nil, visible.isCausalAlone {
      return try scores.softmax(mask: .causal)
    }
    // Infinities would not pass for finite where a run looks for those.
    let hidden = hooks == .none ? -Float.greatestFiniteMagnitude / 2 : -Float.infinity
    let mask = try visible.mask(window: window)
    let masked = hook(
      try mask.selecting(scores, otherwise: .fill(hidden)), "\(name).hook_attn_scores")
    var pattern = try masked.softmax()
    if !visible.isCausalAlone {
      // Padding sees nothing, not even itself; its softmax would be of nothing.
      pattern = try mask.maximum(over: [3]).selecting(pattern, otherwise: .fill(0))
    }
    return hook(pattern, "\(name).hook_pattern")
  }

  private func output(of z: Node, _ name: String) throws(GraphError) -> Node {
    let (heads, size) = (attention.heads, attention.headWidth)
    let inner = heads * size
    guard hooks == .withResults else {
      return try linear(
        z.reshaped([batch, length, inner]), name, "O", to: width, bias: attention.hasOutputBias)
    }
    let weights = try parameter("\(name).W_O", [inner, width]).reshaped([heads, size, width])
    let results = try z.transposed([2, 0, 1, 3]).reshaped([heads, batch * length, size])
      .matrixProduct(weights).reshaped([heads, batch, length, width]).transposed([1, 2, 0, 3])
    let sum = try hook(results, "\(name).hook_result").sum(over: [2])
      .reshaped([batch, length, width])
    return attention.hasOutputBias ? try sum + parameter("\(name).b_O", [width]) : sum
  }

  // MARK: Masks

  /// Which keys a query sees.
  private struct Visible {
    private let length: Int
    private let padding: Node?

    init(_ builder: TransformerBuilder) throws(GraphError) {
      length = builder.length
      padding = try builder.padding?.reshaped([builder.batch, 1, 1, builder.length])
    }

    /// Whether every query sees all keys before it, and itself.
    var isCausalAlone: Bool { padding == nil }

    /// 1 where a query sees a key, else 0; it broadcasts to `[batch, head, query, key]`.
    func mask(window: Int?) throws(GraphError) -> Node {
      let values = (0..<length).flatMap { query in
        (0..<length).map { key -> Float in
          key <= query && query - key < window ?? length ? 1 : 0
        }
      }
      let causal = try Node.constant(values, [length, length])
      guard let padding else { return causal }
      return try padding * causal
    }
  }
}
