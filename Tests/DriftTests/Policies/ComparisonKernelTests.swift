import Foundation
import PlumbKernels
import PlumbRuntime
import Testing

@testable import Drift

@Suite("Rows of logits compared")
struct ComparisonKernelTests {
  static let vocabulary = 1037
  static let rows = 5
  static let classes: [Int32] = (0..<vocabulary).map { $0 % 40 == 3 ? 1 : $0 % 100 == 7 ? 2 : 0 }

  static func logits(_ seed: UInt64, scale: Float = 3) -> [Float] {
    var stream = RandomStream(seed: seed, name: "logits")
    return stream.normal(rows * vocabulary).map { $0 * scale }
  }

  static func distribution(_ logits: [Float], _ row: Int, _ temperature: Float) -> TokenDistribution
  {
    var distribution = TokenDistribution(vocabulary: vocabulary)
    _ = distribution.set(logits, row: row, temperature: temperature)
    return distribution
  }

  @Test("Draws are those of the plain cumulative sum", arguments: [Float(1), 0.5, 2])
  func draws(temperature: Float) throws {
    let logits = Self.logits(1)
    for step in 0..<40 {
      let uniforms = (0..<Self.rows).map { Double(step * Self.rows + $0) / 200 }
      let draws = try ComputeThread.shared().run {
        ComparisonKernels.draw(
          logits, columns: Self.vocabulary, temperature: temperature, uniforms: uniforms)
      }
      for row in 0..<Self.rows {
        let plain = Self.distribution(logits, row, temperature)
        let token = Int(draws.tokens[row])
        #expect(token == plain.token(at: uniforms[row]))
        #expect(abs(draws.logProbabilities[row] - plain.logs[token]) < 1e-4)
        #expect(abs(Double(draws.entropies[row]) - plain.entropy) < 1e-4)
      }
    }
  }

  @Test("Logits that are no numbers are seen")
  func notFinite() throws {
    var logits = Self.logits(1)
    logits[Self.vocabulary + 3] = .nan
    let draws = try ComputeThread.shared().run {
      ComparisonKernels.draw(
        logits, columns: Self.vocabulary, temperature: 1,
        uniforms: Array(repeating: 0.5, count: Self.rows))
    }
    #expect(draws.entropies.map(\.isFinite) == [true, false, true, true, true])
  }

  @Test("Swapped logits have the classes of one and the words of the other")
  func swap() throws {
    let (first, second) = (Self.logits(1), Self.logits(2))
    let partition = RewardClasses(Self.classes.map(Double.init))
    let swapped = try ComputeThread.shared().run {
      ComparisonKernels.swapping(
        classesOf: first, wordsOf: second, columns: Self.vocabulary, temperature: 0.7,
        partition.kernelClasses)
    }
    for row in 0..<Self.rows {
      var plain = TokenDistribution(vocabulary: Self.vocabulary)
      plain.set(
        classes: Self.distribution(first, row, 0.7), words: Self.distribution(second, row, 0.7),
        partition)
      let got = Self.distribution(swapped, row, 0.7)
      for token in 0..<Self.vocabulary {
        #expect(abs(got.probabilities[token] - plain.probabilities[token]) < 1e-5)
      }
    }
  }

  @Test("Divergence, its parts and its shares are those of the plain sums")
  func compare() throws {
    let (after, before) = (Self.logits(1), Self.logits(2, scale: 2))
    let partition = RewardClasses(Self.classes.map(Double.init))
    var shares = Array(repeating: 0.0, count: Self.vocabulary)
    var within = shares
    let targets = (0..<Self.rows).map { Int32($0 * 7) }
    let result = try ComputeThread.shared().run {
      ComparisonKernels.compare(
        after: after, before: before, targets: targets, columns: Self.vocabulary, temperature: 1.3,
        classes: partition.kernelClasses, share: &shares, shareWithin: &within)
    }
    for row in 0..<Self.rows {
      let (p, q) = (Self.distribution(after, row, 1.3), Self.distribution(before, row, 1.3))
      #expect(abs(result.total[row] - p.divergence(from: q)) < 1e-4)
      let masses = (p.masses(partition), q.masses(partition))
      let between = zip(masses.0, masses.1).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
      #expect(abs(result.between[row] - between) < 1e-5)
      #expect(abs(result.total[row] - result.between[row] - result.within[row]) < 1e-5)
      #expect(abs(result.rewarded[row] - (1 - masses.0[partition.largest])) < 1e-5)
      #expect(abs(result.targetLogs[row] - Double(q.logs[Int(targets[row])])) < 1e-4)
    }
    #expect(abs(shares.reduce(0, +) - result.total.reduce(0, +)) < 1e-4)
    #expect(abs(within.reduce(0, +) - result.within.reduce(0, +)) < 1e-4)
  }

  @Test("A row has a divergence of exactly 0 from itself, with all its parts")
  func itself() throws {
    let logits = Self.logits(3)
    var shares = Array(repeating: 0.0, count: Self.vocabulary)
    var within = shares
    let partition = RewardClasses(Self.classes.map(Double.init))
    let result = try ComputeThread.shared().run {
      ComparisonKernels.compare(
        after: logits, before: logits, targets: Array(repeating: 0, count: Self.rows),
        columns: Self.vocabulary, temperature: 1, classes: partition.kernelClasses,
        share: &shares, shareWithin: &within)
    }
    #expect(
      (result.total + result.between + result.within + shares + within).allSatisfy { $0 == 0 })
  }
}
