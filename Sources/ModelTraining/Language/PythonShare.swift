import CodeTasks
import PlumbRuntime

/// How many short functions of Python that a model completes are valid.
struct PythonShare {
  /// A short function to be completed.
  struct Function {
    /// Its first line.
    let header: String
    /// What it is for, as its docstring says.
    let purpose: String

    /// What is completed: the first line, with the docstring if asked for.
    func prompt(statesPurpose: Bool) -> String {
      statesPurpose ? "\(header)\n    \"\"\"\(purpose)\"\"\"" : header
    }
  }

  /// The functions that are completed.
  static let functions = [
    ("add(a, b)", "Return the sum of two numbers."),
    ("binary_search(arr, target)", "Return the index of target in the sorted list arr, or -1."),
    ("bubble_sort(arr)", "Sort a list and return it."),
    ("contains(items, x)", "Return whether x is one of the items."),
    ("count_vowels(text)", "Return the number of vowels in text."),
    ("depth(root)", "Return the depth of a binary tree."),
    ("factorial(n)", "Return the product of the numbers from 1 to n."),
    ("fibonacci(n)", "Return the n-th Fibonacci number."),
    ("gcd(a, b)", "Return the greatest common divisor of a and b."),
    ("is_palindrome(s)", "Return whether s reads the same backwards."),
    ("is_prime(n)", "Return whether n is a prime number."),
    ("max_value(numbers)", "Return the largest of the numbers."),
    ("mean(values)", "Return the mean of the values."),
    ("merge(left, right)", "Merge two sorted lists into one."),
    ("power(base, exponent)", "Return base to the power of exponent."),
    ("read_file(path)", "Return the text of a file."),
    ("reverse_string(s)", "Return s backwards."),
    ("__init__(self, name)", "Remember the name."),
    ("sum_of_digits(n)", "Return the sum of the digits of n."),
    ("swap(a, b)", "Return b and a."),
  ].map { Function(header: "def \($0):", purpose: $1) }
  /// Completions of each.
  static let completions = 10
  /// The most tokens of a completion.
  static let tokens = 80

  /// The temperature of the completions.
  let temperature: Float
  /// Whether the model was told what the functions are for.
  let statesPurpose: Bool
  /// The share of valid functions.
  let share: WilsonInterval

  /// Has functions completed and read.
  ///
  /// - Parameters:
  ///   - temperature: The temperature.
  ///   - statesPurpose: Whether the model is told what the functions are for.
  ///   - check: Reads them.
  ///   - complete: Completes a text several times; the flag says that the text has ended by itself.
  /// - Throws: What `complete` throws, or a `JailError`.
  init(
    temperature: Float, statesPurpose: Bool, check: SyntaxCheck,
    complete: (String) throws -> [(text: String, hasEnded: Bool)]
  ) throws {
    var (valid, count) = (0, 0)
    for function in Self.functions {
      let prompt = function.prompt(statesPurpose: statesPurpose)
      for (text, hasEnded) in try complete(prompt) {
        count += 1
        let source = prompt + Self.body(of: text, hasEnded: hasEnded)
        if try check.isValid(source) { valid += 1 }
      }
    }
    self.temperature = temperature
    self.statesPurpose = statesPurpose
    share = WilsonInterval(successes: valid, of: count)
  }

  /// The rest of a prompt's last line and the lines behind it that are indented or empty.
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
      "| \($0.statesPurpose ? "first line and docstring" : "first line") | \($0.temperature) "
        + "| \(percentText($0.share.share)) | \($0.share.rangeText) |"
    }
    return """
      ## Valid Python

      \(functions.count) short functions were completed \(completions) times each, from a first line such as \
      `\(functions[0].header)` and a docstring such as `"\(functions[0].purpose)"` or from the first line alone, with \
      up to \(tokens) tokens as `plumb complete` writes them, and cut behind the function. So many can be read by \
      Python, whatever they compute, with 95 % intervals; a docstring of the model's own that it does not end in time \
      cannot.

      | given | temperature | valid | interval |
      |---|---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }
}
