import Foundation

extension RegisterClassifier {
  /// The classifier as text: the registers, their biases, then a line per word.
  ///
  /// A weight is one letter for its value in steps of 0.125 from -5.5 (`!`) to 6 (`}`).
  public var text: String {
    var lines = [registers.joined(separator: "\t"), Self.letters(biases)]
    lines += weights.keys.sorted().map { "\($0) \(Self.letters(weights[$0] ?? []))" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The classifier in this program, fitted on the corpora that the default model was trained on.
  ///
  /// The example `FitRegisters` makes its file.
  public static let shipped: RegisterClassifier? = RegisterClassifier(
    text: String(decoding: PackageResources.registers_txt, as: UTF8.self))

  /// Reads what ``text`` wrote; `nil` if it is something else.
  public init?(text: String) {
    var lines = text.split(separator: "\n").map(String.init)
    guard lines.count > 2 else { return nil }
    let registers = lines[0].split(separator: "\t").map(String.init)
    let biases = Self.values(lines[1])
    lines.removeFirst(2)
    var weights: [String: [Float]] = [:]
    for line in lines {
      guard let space = line.firstIndex(of: " ") else { return nil }
      let values = Self.values(String(line[line.index(after: space)...]))
      guard values.count == registers.count else { return nil }
      weights[String(line[..<space])] = values
    }
    guard biases.count == registers.count else { return nil }
    self.init(registers: registers, biases: biases, weights: weights)
  }

  private static let step: Float = 0.125
  private static let first = 33
  private static let zero = 77

  private static func letters(_ values: [Float]) -> String {
    String(
      decoding: values.map { value in
        UInt8(min(max(Int((value / step).rounded()) + zero, first), 125))
      }, as: UTF8.self)
  }

  private static func values(_ letters: String) -> [Float] {
    letters.utf8.map { Float(Int($0) - zero) * step }
  }
}
