import Foundation

extension [Transform] {
  /// Reads transforms from text.
  ///
  /// `lucid`, `lucent` and `none` are whole sets. Otherwise steps in order, with commas between:
  /// `pad 12`, `pad 12 mirror`, `pad 12 gray 0.5`, `jitter 8`, `jitter 8 zeros`, `scale 0.9-1.1` (in
  /// eleven steps), `rotate 10` (each whole degree to both sides), `part 0.2-0.5` (a random part with
  /// sides of that share, enlarged), `crop 224`, `crop 224x200`, `enlarge 224`.
  ///
  /// - Parameter text: The text.
  /// - Throws: ``TransformTextError`` with the step that is not understood.
  public init(parsing text: String) throws(TransformTextError) {
    switch text.trimmingCharacters(in: .whitespaces) {
    case "lucid": self = .lucid
    case "lucent": self = .lucent
    case "none": self = .none
    default:
      var steps: [Transform] = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let step = part.trimmingCharacters(in: .whitespaces)
        guard let transform = Transform(parsing: step) else {
          throw TransformTextError(step: step)
        }
        steps.append(transform)
      }
      self = steps
    }
  }
}

/// A step of a list of transforms that is not understood.
public struct TransformTextError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The step.
  public let step: String

  /// What is wrong and what can be written.
  public var description: String {
    "'\(step)' is no transform; write lucid, lucent, none, or a list such as 'pad 12, jitter 8, "
      + "scale 0.9-1.1, rotate 10, jitter 4, crop 224'."
  }
}

extension Transform {
  /// Reads one step; `nil` if it is none.
  fileprivate init?(parsing text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard let name = words.first else { return nil }
    switch (name, words.count) {
    case ("pad", 2), ("pad", 3), ("pad", 4):
      guard let pixels = Int(words[1]), pixels >= 0 else { return nil }
      switch words.dropFirst(2).first {
      case nil: self = .pad(pixels: pixels, margin: .gray(level: 0.5))
      case "mirror" where words.count == 3: self = .pad(pixels: pixels, margin: .reflection)
      case "gray" where words.count == 4:
        guard let level = Double(words[3]), (0...1).contains(level) else { return nil }
        self = .pad(pixels: pixels, margin: .gray(level: level))
      default: return nil
      }
    case ("jitter", 2), ("jitter", 3):
      guard let pixels = Int(words[1]), pixels >= 0 else { return nil }
      if words.count == 3, words[2] != "zeros" { return nil }
      self = .jitter(pixels: pixels, edge: words.count == 3 ? .zeros : .crop)
    case ("scale", 2):
      let ends = words[1].split(separator: "-").compactMap { Double($0) }
      guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1], ends[1] <= 8 else { return nil }
      let step = (ends[1] - ends[0]) / 10
      self = .scale(
        factors: (0...10).map { (ends[0] + Double($0) * step).roundedToThousandths })
    case ("part", 2):
      let ends = words[1].split(separator: "-").compactMap { Double($0) }
      guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1], ends[1] <= 1 else { return nil }
      self = .part(smallest: ends[0], largest: ends[1])
    case ("rotate", 2):
      guard let limit = Int(words[1]), (0...180).contains(limit) else { return nil }
      self = .rotate(degrees: (-limit...limit).map { Double($0) })
    case ("crop", 2):
      guard let size = Self.size(words[1]) else { return nil }
      self = .cropOrPad(height: size.height, width: size.width)
    case ("enlarge", 2):
      guard let size = Self.size(words[1]) else { return nil }
      self = .enlarge(height: size.height, width: size.width)
    default: return nil
    }
  }

  /// `224` or `224x200`, height first.
  private static func size(_ text: String) -> (height: Int, width: Int)? {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let height = sides[0], let width = sides[sides.count - 1],
      (1...16384).contains(height), (1...16384).contains(width)
    else { return nil }
    return (height, width)
  }
}

extension Double {
  fileprivate var roundedToThousandths: Double { (self * 1000).rounded() / 1000 }
}
