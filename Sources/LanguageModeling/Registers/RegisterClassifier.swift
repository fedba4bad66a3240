import Foundation

/// Tells from its words which kind of text a snippet is: fiction, a debate, a briefing, code.
///
/// Multinomial logistic regression on which words are there. Like every measure of topic here it
/// sees words alone, no punctuation.
public struct RegisterClassifier: Sendable {
  /// The registers.
  public let registers: [String]
  /// The log-odds of each register before any word is seen.
  let biases: [Float]
  /// What each word adds to the log-odds, `[register]` per word.
  let weights: [String: [Float]]

  init(registers: [String], biases: [Float], weights: [String: [Float]]) {
    self.registers = registers
    self.biases = biases
    self.weights = weights
  }

  /// The probability of each register, or `nil` where fewer than ``fewestWords`` words are known.
  public func probabilities(of words: [String]) -> [Double]? {
    var scores = biases.map(Double.init)
    var known = 0
    for word in Set(words).sorted() {
      guard let weight = weights[word] else { continue }
      known += 1
      for index in scores.indices { scores[index] += Double(weight[index]) }
    }
    guard known >= Self.fewestWords else { return nil }
    let highest = scores.max() ?? 0
    let powers = scores.map { exp($0 - highest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The number of the most probable register, or `nil` where words are too few.
  public func register(of words: [String]) -> Int? {
    probabilities(of: words).flatMap { p in p.indices.max { p[$0] < p[$1] } }
  }

  /// How many known words a snippet needs before a register is named.
  public static let fewestWords = 3

  /// The registers that count as political.
  public static let political: Set<String> = [
    "White House remarks", "White House briefings", "UN debates", "presidents",
  ]

  /// How probable it is that a snippet is of a political register; `nil` where words are too few.
  public func politicalProbability(of words: [String]) -> Double? {
    probabilities(of: words).map { probabilities in
      zip(registers, probabilities).reduce(0) {
        $0 + (Self.political.contains($1.0) ? $1.1 : 0)
      }
    }
  }
}
