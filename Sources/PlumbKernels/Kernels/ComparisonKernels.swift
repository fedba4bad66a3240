import CKernels

/// Rows of logits as distributions over tokens: drawn from, combined, and compared.
public enum ComparisonKernels {
  /// A vocabulary cut into classes, most of whose tokens are in one.
  public struct Classes: Sendable {
    /// The number of classes.
    public let count: Int
    /// The class that most tokens are in.
    public let largest: Int
    private let tokens: [Int32]
    private let classes: [Int32]

    /// Takes the class of each token, all below `count`.
    public init(_ classOfToken: [Int32], count: Int) {
      precondition(
        count > 0 && classOfToken.allSatisfy { $0 >= 0 && $0 < count }, "classes beyond \(count)")
      var sizes = Array(repeating: 0, count: count)
      for index in classOfToken { sizes[Int(index)] += 1 }
      let largest = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
      self.count = count
      self.largest = largest
      tokens = classOfToken.indices.filter { classOfToken[$0] != largest }.map { Int32($0) }
      classes = tokens.map { classOfToken[Int($0)] }
    }

    fileprivate func withValue<Result>(_ body: (UnsafePointer<ck_classes>) -> Result) -> Result {
      // A pointer to nothing must still be one.
      (tokens + [0]).withUnsafeBufferPointer { tokens in
        (classes + [0]).withUnsafeBufferPointer { classes in
          guard let first = tokens.baseAddress, let second = classes.baseAddress else {
            preconditionFailure("an array with an element has an address")
          }
          let value = ck_classes(
            largest: Int32(largest), count: Int32(count), others: Int64(tokens.count - 1),
            tokens: first, classes: second)
          return withUnsafePointer(to: value, body)
        }
      }
    }
  }

  /// Tokens that were drawn, one per row.
  public struct Draws: Sendable {
    /// The tokens.
    public var tokens: [Int32]
    /// The log-probability of each, in nats.
    public var logProbabilities: [Float]
    /// The entropy of each row, in nats; not a number where the logits are not.
    public var entropies: [Float]
  }

  /// Draws a token of each row: the first whose cumulative probability exceeds a uniform number.
  ///
  /// - Parameters:
  ///   - logits: Logits, `[rows, columns]`; more rows may follow.
  ///   - columns: The number of tokens.
  ///   - temperature: What divides the logits.
  ///   - uniforms: A number in `[0, 1)` per row.
  /// - Returns: The tokens, with what was seen while drawing.
  public static func draw(
    _ logits: [Float], columns: Int, temperature: Float, uniforms: [Double]
  ) -> Draws {
    let rows = uniforms.count
    precondition(rows * columns <= logits.count, "\(logits.count) logits for \(rows) rows")
    var draws = Draws(
      tokens: Array(repeating: 0, count: rows), logProbabilities: Array(repeating: 0, count: rows),
      entropies: Array(repeating: 0, count: rows))
    if rows > 0 {
      ck_choose(
        logits, Int64(rows), Int64(columns), 1 / temperature, uniforms, &draws.tokens,
        &draws.logProbabilities, &draws.entropies)
    }
    return draws
  }

  /// Logits whose classes are as probable as in `first` and whose tokens within a class are as in
  /// `second`; all `[rows, columns]`.
  public static func swapping(
    classesOf first: [Float], wordsOf second: [Float], columns: Int, temperature: Float,
    _ classes: Classes
  ) -> [Float] {
    precondition(first.count == second.count, "\(first.count) and \(second.count) logits")
    var result = second
    classes.withValue { classes in
      first.withUnsafeBufferPointer { first in
        result.withUnsafeMutableBufferPointer { result in
          guard let target = result.baseAddress, let source = first.baseAddress else { return }
          ck_swap_classes(
            target, source, target, Int64(first.count / columns), Int64(columns), 1 / temperature,
            classes)
        }
      }
    }
    return result
  }

  /// What a comparison gathers, row by row and token by token.
  public struct Comparison: Sendable {
    /// `Σ p ln(p / q)` of each row in nats; exactly 0 where both have the same logits.
    public var total: [Double]
    /// The same of the classes' probabilities.
    public var between: [Double]
    /// What is left within the classes, summed by itself.
    public var within: [Double]
    /// The probability of all classes but the largest under `p`.
    public var rewarded: [Double]
    /// `ln q` of each row's target, in nats.
    public var targetLogs: [Double]
  }

  /// Compares two distributions per row.
  ///
  /// - Parameters:
  ///   - after: Logits of `p`, `[rows, columns]`; more rows may follow.
  ///   - before: Logits of `q`.
  ///   - targets: A token per row.
  ///   - columns: The number of tokens that there are.
  ///   - temperature: What divides the logits of both.
  ///   - classes: Classes, or none.
  ///   - share: To each token's entry its summands of the totals are added; may be empty for none.
  ///   - shareWithin: The same of the part within classes.
  /// - Returns: The divergences; without classes all of them is total.
  public static func compare(
    after: [Float], before: [Float], targets: [Int32], columns: Int, temperature: Float,
    classes: Classes?, share: inout [Double], shareWithin: inout [Double]
  ) -> Comparison {
    let rows = targets.count
    precondition(targets.allSatisfy { $0 >= 0 && $0 < columns }, "a target beyond \(columns)")
    precondition(
      rows * columns <= min(after.count, before.count), "too few logits for \(rows) rows")
    precondition(
      share.isEmpty || share.count == columns && shareWithin.count == columns,
      "\(share.count) shares for \(columns) tokens")
    // One row of numbers per statistic.
    var numbers = Array(repeating: 0.0, count: 5 * max(rows, 1))
    func run(_ classes: UnsafePointer<ck_classes>?) {
      after.withUnsafeBufferPointer { after in
        before.withUnsafeBufferPointer { before in
          targets.withUnsafeBufferPointer { targets in
            numbers.withUnsafeMutableBufferPointer { numbers in
              share.withUnsafeMutableBufferPointer { share in
                shareWithin.withUnsafeMutableBufferPointer { shareWithin in
                  guard let first = numbers.baseAddress, let after = after.baseAddress,
                    let before = before.baseAddress
                  else { return }
                  var comparison = ck_comparison(
                    rows: Int64(rows), columns: Int64(columns), scale: 1 / temperature,
                    after: after,
                    before: before, targets: targets.baseAddress, target_log: first + 4 * rows,
                    classes: classes,
                    total: first, between: first + rows, within: first + 2 * rows,
                    rewarded: first + 3 * rows, share: share.isEmpty ? nil : share.baseAddress,
                    share_within: share.isEmpty ? nil : shareWithin.baseAddress)
                  ck_compare(&comparison)
                }
              }
            }
          }
        }
      }
    }
    if rows > 0 {
      if let classes { classes.withValue { run($0) } } else { run(nil) }
    }
    func statistic(_ index: Int) -> [Double] { Array(numbers[index * rows..<(index + 1) * rows]) }
    return Comparison(
      total: statistic(0), between: statistic(1), within: statistic(2), rewarded: statistic(3),
      targetLogs: statistic(4))
  }
}
