import Foundation
import PlumbRuntime

extension RegisterClassifier {
  /// A snippet's words and the number of its register.
  public struct Example: Sendable {
    /// The words.
    public let words: [String]
    /// The number of the register.
    public let register: Int

    /// Creates an example.
    public init(words: [String], register: Int) {
      self.words = words
      self.register = register
    }
  }

  /// Fits a classifier to snippets by stochastic gradient descent with AdaGrad's step sizes.
  ///
  /// - Parameters:
  ///   - examples: Snippets of every register.
  ///   - registers: The registers' names.
  ///   - vocabulary: How many words are kept: those that are in most snippets.
  ///   - passes: How often every snippet is seen.
  ///   - penalty: The strength of the pull toward 0 (L2, per example).
  ///   - seed: Decides the order.
  /// - Returns: The classifier.
  public static func fit(
    _ examples: [Example], registers: [String], vocabulary: Int = 4000, passes: Int = 4,
    penalty: Float = 1e-6, seed: UInt64
  ) -> RegisterClassifier {
    var documents: [String: Int] = [:]
    for example in examples {
      for word in Set(example.words) { documents[word, default: 0] += 1 }
    }
    let kept = documents.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(vocabulary)
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1.key, $0) })
    let encoded = examples.map { example in
      (words: Set(example.words).compactMap { places[$0] }.sorted(), register: example.register)
    }
    var fit = Fit(words: kept.count, registers: registers.count)
    var stream = RandomStream(seed: seed, name: "drift registers")
    for _ in 0..<passes {
      for index in stream.shuffled(Array(encoded.indices)) {
        fit.step(encoded[index].words, encoded[index].register, penalty: penalty)
      }
    }
    let count = registers.count
    return RegisterClassifier(
      registers: registers, biases: Array(fit.values.suffix(count)),
      weights: places.mapValues { Array(fit.values[$0 * count..<($0 + 1) * count]) })
  }

  /// How many examples have their own register as the most probable one; those with too few words
  /// are left out.
  public func score(on examples: [Example]) -> (right: Int, total: Int) {
    let found = examples.compactMap { example in
      register(of: example.words).map { ($0, example.register) }
    }
    return (found.count { $0 == $1 }, found.count)
  }

  private struct Fit {
    let registers: Int
    /// `[word, register]`, then the biases.
    var values: [Float]
    var squares: [Float]

    init(words: Int, registers: Int) {
      self.registers = registers
      values = Array(repeating: 0, count: (words + 1) * registers)
      squares = values
    }

    mutating func step(_ words: [Int], _ register: Int, penalty: Float) {
      let rows = words + [values.count / registers - 1]
      var scores = Array(repeating: Float(0), count: registers)
      for row in rows {
        for index in 0..<registers { scores[index] += values[row * registers + index] }
      }
      let highest = scores.max() ?? 0
      let powers = scores.map { exp($0 - highest) }
      let sum = powers.reduce(0, +)
      for row in rows {
        for index in 0..<registers {
          let place = row * registers + index
          let gradient =
            powers[index] / sum - (index == register ? 1 : 0) + penalty * values[place]
          squares[place] += gradient * gradient
          values[place] -= 0.1 * gradient / (squares[place].squareRoot() + 1e-6)
        }
      }
    }
  }
}
