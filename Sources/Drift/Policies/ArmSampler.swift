import PlumbKernels
import PlumbRuntime

/// Draws completions, with the same random numbers for every policy.
///
/// Token `t` of completion `i` is chosen by a number that depends on the seed, `i` and `t` alone, so
/// completions of two policies differ only where the policies do.
public struct ArmSampler: Sendable {
  /// The token ids of the prompts; completion `i` continues prompt `i mod count`.
  public var prompts: [[Int]]
  /// How many completions are drawn.
  public var count: Int
  /// How many tokens each has at most.
  public var length: Int
  /// The token that ends a completion, if one does.
  public var endOfText: Int?
  /// Decides the random numbers.
  public var seed: UInt64

  /// Creates a sampler.
  public init(prompts: [[Int]], count: Int, length: Int, endOfText: Int?, seed: UInt64) {
    self.prompts = prompts
    self.count = count
    self.length = length
    self.endOfText = endOfText
    self.seed = seed
  }

  /// The same for fewer or more completions; the first ones are the same.
  public func drawing(_ count: Int) -> ArmSampler {
    var sampler = self
    sampler.count = count
    return sampler
  }

  /// How many completions go through the model at once.
  private static let batch = 512

  /// Draws completions.
  ///
  /// - Parameters:
  ///   - policy: What chooses the tokens.
  ///   - recording: The bodies whose hidden states are kept.
  ///   - progress: Called with the number of completions that are done.
  /// - Returns: The completions in order.
  /// - Throws: ``DriftError/notFinite(name:)``, errors of the bodies, or `CancellationError`.
  public func sample(
    _ policy: Policy, recording: [any PolicyBody] = [], progress: (Int) -> Void = { _ in }
  ) throws -> Completions {
    let rows = min(Self.batch, (count + prompts.count - 1) / prompts.count)
    var run = try SamplingRun(
      policy, sampler: self, rows: rows, recording: recording)
    var done = 0
    for prompt in prompts.indices {
      let indices = Array(stride(from: prompt, to: count, by: prompts.count))
      for start in stride(from: 0, to: indices.count, by: rows) {
        let batch = Array(indices[start..<min(start + rows, indices.count)])
        try run.complete(prompt: prompt, batch)
        done += batch.count
        progress(done)
      }
    }
    return run.completions()
  }
}

/// The state of drawing: programs, and what is known of each completion.
private struct SamplingRun {
  private let policy: Policy
  private let sampler: ArmSampler
  private let rows: Int
  private let recording: [any PolicyBody]
  private let programs: [LogitProgram]

  private var prompts: [Int]
  private var ids: [[Int]]
  private var entropies: [[Double]]
  private var logProbabilities: [[Double]]
  /// `[body][completion]`, each `[token, width]`.
  private var states: [[[Float]]]

  init(
    _ policy: Policy, sampler: ArmSampler, rows: Int, recording: [any PolicyBody]
  ) throws {
    self.policy = policy
    self.sampler = sampler
    self.rows = rows
    self.recording = recording
    programs = try policy.models.map { try LogitProgram($0.unembedding, rows: rows) }
    prompts = Array(repeating: 0, count: sampler.count)
    ids = Array(repeating: [], count: sampler.count)
    entropies = Array(repeating: [], count: sampler.count)
    logProbabilities = entropies
    states = recording.map { _ in Array(repeating: [], count: sampler.count) }
  }

  /// Draws the completions with these indices, which share a prompt.
  mutating func complete(prompt: Int, _ indices: [Int]) throws {
    // Bodies that several models share run once.
    var bodies: [any PolicyBody] = []
    for body in policy.models.map(\.body) + recording where !bodies.contains(where: { $0 === body })
    {
      bodies.append(body)
    }
    func place(_ body: any PolicyBody) -> Int { bodies.firstIndex { $0 === body } ?? 0 }
    let sessions = try bodies.map {
      // Always as many rows, so that a completion is the same in whatever company.
      try $0.session(prompt: sampler.prompts[prompt], rows: rows, length: sampler.length)
    }
    let stream = RandomStream(seed: sampler.seed, name: "drift completions")
    var streams = indices.map { stream.substream($0) }
    var isOpen = Array(repeating: true, count: indices.count)
    for index in indices { prompts[index] = prompt }
    for step in 0..<sampler.length {
      try Task.checkCancellation()
      let current = sessions.map(\.states)
      let logits = try zip(policy.models, programs).map { model, program in
        try program.logits(current[place(model.body)][...])
      }
      let draws = try choose(
        logits, indices.indices.map { isOpen[$0] ? streams[$0].uniformDouble() : 0 })
      var tokens = Array(repeating: sampler.endOfText ?? 0, count: rows)
      for (row, index) in indices.enumerated() where isOpen[row] {
        for (slot, body) in recording.enumerated() {
          let width = body.width
          states[slot][index] += current[place(body)][row * width..<(row + 1) * width]
        }
        guard draws.entropies[row].isFinite else { throw DriftError.notFinite(name: "A model") }
        let token = Int(draws.tokens[row])
        ids[index].append(token)
        entropies[index].append(Double(draws.entropies[row]))
        logProbabilities[index].append(Double(draws.logProbabilities[row]))
        tokens[row] = token
        if token == sampler.endOfText { isOpen[row] = false }
      }
      if step + 1 == sampler.length || !isOpen.contains(true) { break }
      for session in sessions { try session.advance(tokens) }
    }
  }

  /// Draws a token of each row.
  private func choose(
    _ logits: [[Float]], _ uniforms: [Double]
  ) throws -> ComparisonKernels.Draws {
    let vocabulary = programs[0].vocabulary
    let temperature = policy.temperature
    return try ComputeThread.shared().run {
      let combined: [Float]
      switch policy.combination {
      case .single: combined = logits[0]
      case .swap(let classes):
        combined = ComparisonKernels.swapping(
          classesOf: logits[0], wordsOf: logits[1], columns: vocabulary, temperature: temperature,
          classes.kernelClasses)
      }
      return ComparisonKernels.draw(
        combined, columns: vocabulary, temperature: temperature, uniforms: uniforms)
    }
  }

  func completions() -> Completions {
    Completions(
      prompts: prompts, ids: ids, entropies: entropies, logProbabilities: logProbabilities,
      states: states.map { $0.flatMap { $0 } })
  }
}
