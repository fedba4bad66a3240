import LanguageModeling
import PlumbRuntime

/// How many short functions of Python that a model completes are valid.
struct PythonShare {
  /// The lines that are completed.
  static let headers = [
    "def add(a, b):", "def binary_search(arr, target):", "def bubble_sort(arr):",
    "def contains(items, x):", "def count_vowels(text):", "def depth(root):", "def factorial(n):",
    "def fibonacci(n):", "def gcd(a, b):", "def is_palindrome(s):", "def is_prime(n):",
    "def max_value(numbers):", "def mean(values):", "def merge(left, right):",
    "def power(base, exponent):", "def read_file(path):", "def reverse_string(s):",
    "def __init__(self, name):", "def sum_of_digits(n):", "def swap(a, b):",
  ]
  /// Completions of each.
  static let completions = 10
  /// The most tokens of a completion.
  static let tokens = 80

  /// The temperature of the completions.
  let temperature: Float
  /// The share of valid functions.
  let share: WilsonInterval

  /// Has functions completed and read.
  ///
  /// - Parameters:
  ///   - temperature: The temperature.
  ///   - check: Reads them.
  ///   - complete: Completes a line several times; the flag says that the text has ended by itself.
  /// - Throws: What `complete` throws, or a `JailError`.
  init(
    temperature: Float, check: SyntaxCheck,
    complete: (String) throws -> [(text: String, hasEnded: Bool)]
  ) throws {
    var (valid, count) = (0, 0)
    for header in Self.headers {
      for (text, hasEnded) in try complete(header) {
        count += 1
        let source = header + Self.body(of: text, hasEnded: hasEnded)
        if try check.isValid(source) { valid += 1 }
      }
    }
    self.temperature = temperature
    share = WilsonInterval(successes: valid, of: count)
  }

  /// The rest of a function's first line and the lines behind it that are indented or empty.
  ///
  /// If it was cut off in the middle, its last line is not held against it.
  static func body(of text: String, hasEnded: Bool) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let end = lines.dropFirst().firstIndex { line in
      line.contains { !$0.isWhitespace } && line.first?.isWhitespace == false
    }
    if let end { return lines[..<end].joined(separator: "\n") }
    return (hasEnded ? lines[...] : lines.dropLast()).joined(separator: "\n")
  }

  /// The shares as a section of a card.
  static func section(_ shares: [PythonShare]) -> String {
    let rows = shares.map {
      "| \($0.temperature) | \(percentText($0.share.share)) | \($0.share.rangeText) |"
    }
    return """
      ## Valid Python

      \(headers.count) first lines such as `\(headers[0])` were completed \(completions) times each, with up to \
      \(tokens) tokens as `plumb complete` writes them, and cut behind the function. So many can be read by \
      Python, whatever they compute, with 95 % intervals:

      | temperature | valid | interval |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }
}
