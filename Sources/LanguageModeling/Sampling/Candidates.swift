import Foundation
import PlumbKernels

/// The tokens that may be chosen, in the order of their ids.
struct Candidates {
  struct Token {
    let id: Int
    /// The logit, divided by the temperature.
    var score: Float
  }

  private(set) var tokens: [Token] = []
  private var largest: Float

  /// The tokens whose scores are at least the `topK`-th largest: all that tie with it are kept.
  init(_ logits: Span<Float>, largest: Float, temperature: Float, topK: Int?) {
    self.largest = largest / temperature
    guard let topK, topK < logits.count else {
      tokens = logits.indices.map { Token(id: $0, score: logits[$0] / temperature) }
      return
    }
    let border = TokenKernels.largest(topK, of: logits)
    // Division may round a smaller logit up to the same score; those are near.
    let near = border - abs(border) * 1e-6
    tokens.reserveCapacity(topK)
    for id in logits.indices where logits[id] >= near {
      let score = logits[id] / temperature
      if score >= border / temperature { tokens.append(Token(id: id, score: score)) }
    }
  }

  /// The weight of each token, 1 for the most probable.
  var weights: [Double] { tokens.map { exp(Double($0.score) - Double(largest)) } }

  /// Drops tokens before which, from the most probable on, there is a mass of `mass` or more.
  ///
  /// With the border included, of more than `mass`. Equal tokens stay or go together.
  mutating func keep(mass: Float, includingBorder: Bool = false) {
    guard mass < 1 else { return }
    let total = weights.reduce(0, +)
    let limit = Double(mass)
    // Only tokens of some weight need to be put in order: all others together have less than 1e-9.
    let negligible = 1e-9 * total / Double(max(tokens.count, 1))
    let sorted = tokens.map(\.score)
      .filter { exp(Double($0) - Double(largest)) > negligible }.sorted(by: >)
    var above = 0.0
    var border = sorted.first ?? largest
    var index = 0
    while index < sorted.count {
      let score = sorted[index]
      // Rounding, as of logits in fp32, must not move a token that stands exactly at the border.
      let share = above / total
      guard includingBorder ? share <= limit + 1e-6 : share < limit - 1e-6 else { break }
      border = score
      while index < sorted.count, sorted[index] == score {
        above += exp(Double(score) - Double(largest))
        index += 1
      }
    }
    tokens.removeAll { $0.score < border }
  }

  /// Drops tokens less probable than `share` of the most probable.
  mutating func keep(shareOfLargest share: Float) {
    guard share > 0 else { return }
    let (share, largest) = (Double(share), Double(largest))
    tokens.removeAll { exp(Double($0.score) - largest) < share }
  }

  /// Keeps exactly `count` tokens, of equal ones those with the lowest ids.
  mutating func keep(count: Int?) {
    guard let count, count < tokens.count else { return }
    let order = tokens.sorted { ($1.score, $0.id) < ($0.score, $1.id) }
    tokens = order.prefix(count).sorted { $0.id < $1.id }
  }

  /// Divides all scores.
  mutating func divide(by temperature: Float) {
    for index in tokens.indices { tokens[index].score /= temperature }
    largest /= temperature
  }

  /// The first token whose cumulative probability exceeds `share`.
  func draw(_ share: Double) -> Int {
    let weights = weights
    let target = share * weights.reduce(0, +)
    var sum = 0.0
    for (token, weight) in zip(tokens, weights) {
      sum += weight
      if sum > target { return token.id }
    }
    return tokens.last?.id ?? 0
  }
}
