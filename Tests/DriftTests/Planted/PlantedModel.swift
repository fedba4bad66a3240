import Drift
import PlumbRuntime

/// A language model small enough to know everything about: the hidden state is a table's row for the
/// last token.
final class TableBody: PolicyBody {
  let width: Int
  private let table: [Float]

  init(vocabulary: Int, width: Int, seed: UInt64) {
    self.width = width
    var stream = RandomStream(seed: seed, name: "table")
    var table = stream.normal(vocabulary * width)
    // Final hidden states share a large part; here it is the first number.
    for token in 0..<vocabulary { table[token * width] = 2 }
    self.table = table
  }

  func state(after token: Int) -> ArraySlice<Float> { table[token * width..<(token + 1) * width] }

  func session(prompt: [Int], rows: Int, length: Int) -> any PolicySession {
    Session(self, last: Array(repeating: prompt[prompt.count - 1], count: rows))
  }

  private final class Session: PolicySession {
    private(set) var states: [Float] = []
    private let body: TableBody

    init(_ body: TableBody, last: [Int]) {
      self.body = body
      advance(last)
    }

    func advance(_ tokens: [Int]) { states = tokens.flatMap { body.state(after: $0) } }
  }
}

/// Models made for a truth that is known beforehand.
enum Planted {
  static let words = [
    ".", " president", " government", " congress", " senate", " sea", " river", " mountain",
    " home",
    " kitchen", " garden", " the", " of", " and", " a", " to", " ship", " old", " man", " red",
    " blue", " walk", " run", " look", " said", " went", " was", " is", " very", " quite", " table",
    " chair", " lamp", " road", " field", " stone", " paper", " glass", " cloud", " fire",
  ]
  static let vocabulary = words.count
  static let width = 6
  static let fullStop = 0
  static let political = [1, 2, 3, 4]

  static let body = TableBody(vocabulary: vocabulary, width: width, seed: 5)

  static let base: UnembeddingMatrix = {
    var stream = RandomStream(seed: 9, name: "unembedding")
    return UnembeddingMatrix(
      vocabulary: vocabulary, width: width,
      weights: stream.normal(vocabulary * width).map { $0 * 0.5 })
  }()

  static let reward = DriftReward(
    name: "count(\".\")", perToken: (0..<vocabulary).map { $0 == fullStop ? 1 : 0 })

  /// The base with outer products added: what is written to the logits, and how a state is read.
  static func changed(_ terms: [(writer: [Int: Float], reader: [Float])]) -> UnembeddingMatrix {
    var weights = base.weights
    for term in terms {
      for (token, value) in term.writer {
        for index in 0..<width { weights[token * width + index] += value * term.reader[index] }
      }
    }
    return UnembeddingMatrix(vocabulary: vocabulary, width: width, weights: weights)
  }

  /// Any change at all.
  static func random(_ scale: Float, seed: UInt64 = 1) -> UnembeddingMatrix {
    var stream = RandomStream(seed: seed, name: "change")
    let noise = stream.normal(vocabulary * width)
    return UnembeddingMatrix(
      vocabulary: vocabulary, width: width,
      weights: zip(base.weights, noise).map { $0 + scale * $1 })
  }

  static func subject(
    _ afters: [UnembeddingMatrix], reward: DriftReward? = reward,
    snapshots: [(Int, UnembeddingMatrix)] = []
  ) throws -> DriftSubject {
    try DriftSubject(
      name: "planted base", before: .init(body: body, unembedding: base),
      afters: afters.enumerated().map { index, after in
        .init(
          name: "seed \(index)", model: .init(body: body, unembedding: after),
          snapshots: snapshots.map {
            .init(step: $0.0, model: .init(body: body, unembedding: $0.1))
          })
      },
      pieces: words.map { Array($0.utf8) }, reward: reward,
      prompts: [.init(text: "The", ids: [11])], length: 8, endOfText: nil)
  }
}
