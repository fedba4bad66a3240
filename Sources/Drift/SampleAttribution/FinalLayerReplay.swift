import PlumbGraph
import PlumbRuntime

/// The training of a final layer by plain gradient descent, step by step again.
struct FinalLayerReplay {
  /// A token that was trained on.
  struct Row {
    let completion: Int
    let token: Int
    let state: [Float]
  }

  /// What the loss puts on each row.
  struct Weights {
    /// On the log-probability of each row's token.
    let log: [Double]
    /// On the divergence from the base at each row.
    let divergence: Double
    /// On the entropy at each row.
    let entropy: Double
  }

  private static let rows = 256
  private let base: UnembeddingMatrix
  private var weights: [Float]
  private let temperature: Float
  private let baseProgram: LogitProgram
  private let logits: Program
  private let gradient: Program
  private let width: Int
  private let vocabulary: Int

  init(_ base: Policy.Model, temperature: Float) throws {
    self.base = base.unembedding
    self.temperature = temperature
    weights = base.unembedding.weights
    (width, vocabulary) = (base.unembedding.width, base.unembedding.vocabulary)
    baseProgram = try LogitProgram(base.unembedding, rows: Self.rows)
    let states = Node.input("states", [Self.rows, width])
    var scores = try states.matrixProduct(
      .input("weights", [vocabulary, width]), transposesRight: true)
    var parameters: [String: Tensor] = [:]
    if let bias = base.unembedding.bias {
      scores = try scores + .parameter("bias", [vocabulary])
      parameters["bias"] = try Tensor([vocabulary], bias)
    }
    logits = try Program(Graph(["logits": scores]), parameters: ParameterStore(parameters))
    let pulls = Node.input("pulls", [Self.rows, vocabulary])
    gradient = try Program(
      Graph(["gradient": try pulls.matrixProduct(states, transposesLeft: true)]),
      parameters: ParameterStore())
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - batch: The rows, completion after completion.
  ///   - rate: The learning rate.
  ///   - loss: What the loss puts on each row.
  ///   - clippingNorm: The norm to which a longer gradient was shortened.
  ///   - token: The token that is watched.
  ///   - state: The state in which its logit is.
  /// - Returns: What each completion added to the logit.
  /// - Throws: Errors of the runtime.
  mutating func step(
    _ batch: [Row], rate: Double, weights loss: Weights, clippingNorm: Double?,
    watching token: Int, in state: [Double]
  ) throws -> [Double] {
    var shares = Array(repeating: 0.0, count: (batch.map(\.completion).max() ?? -1) + 1)
    var total = Array(repeating: Float(0), count: vocabulary * width)
    try logits.set("weights", Tensor([vocabulary, width], weights))
    var (policy, reference) = (
      TokenDistribution(vocabulary: vocabulary), TokenDistribution(vocabulary: vocabulary)
    )
    for start in stride(from: 0, to: batch.count, by: Self.rows) {
      let block = batch[start..<min(start + Self.rows, batch.count)]
      var states = block.flatMap(\.state)
      let known = states[...]
      let baseLogits = try baseProgram.logits(known)
      states += Array(repeating: 0, count: Self.rows * width - states.count)
      let stateTensor = try Tensor([Self.rows, width], states)
      try logits.set("states", stateTensor)
      try logits.run()
      let scores = try logits.output("logits").elements
      var pulls = Array(repeating: Float(0), count: Self.rows * vocabulary)
      for (row, item) in block.enumerated() {
        guard policy.set(scores, row: row, temperature: temperature),
          reference.set(baseLogits, row: row, temperature: temperature)
        else { throw DriftError.notFinite(name: "The replayed training") }
        pull(
          policy, reference, item, loss, loss.log[start + row], into: &pulls, at: row * vocabulary)
        var inner = 0.0
        for index in 0..<width { inner += Double(item.state[index]) * state[index] }
        shares[item.completion] -= rate * Double(pulls[row * vocabulary + token]) * inner
      }
      try gradient.set("pulls", Tensor([Self.rows, vocabulary], pulls))
      try gradient.set("states", stateTensor)
      try gradient.run()
      let part = try gradient.output("gradient").elements
      for index in total.indices { total[index] += part[index] }
    }
    var factor = 1.0
    if let limit = clippingNorm {
      let norm = total.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      if norm > limit { factor = limit / (norm + 1e-6) }
    }
    let scale = Float(rate * factor)
    for index in total.indices { weights[index] -= scale * total[index] }
    return shares.map { $0 * factor }
  }

  /// The gradient for a row's logits.
  private func pull(
    _ policy: borrowing TokenDistribution, _ reference: borrowing TokenDistribution, _ row: Row,
    _ loss: Weights, _ log: Double, into pulls: inout [Float], at place: Int
  ) {
    let divergence = loss.divergence == 0 ? 0 : policy.divergence(from: reference)
    let entropy = loss.entropy == 0 ? 0 : policy.entropy
    let scale = 1 / Double(temperature)
    for token in 0..<vocabulary {
      let p = Double(policy.probabilities[token])
      let ratio = Double(policy.logs[token] - reference.logs[token])
      var value = log * p
      value += loss.divergence * p * (ratio - divergence)
      value += loss.entropy * p * (Double(policy.logs[token]) + entropy)
      if token == row.token { value -= log }
      pulls[place + token] = Float(scale * value)
    }
  }
}
