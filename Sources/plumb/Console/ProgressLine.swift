import Foundation

/// One line on standard error that says how far long work has come, how fast it goes and how long it
/// will take.
///
/// On a terminal the line is drawn over; elsewhere a new line appears every ten seconds.
final class ProgressLine {
  private let label: String
  private let unit: String
  private let isTerminal: Bool
  private let isSilent: Bool
  private let start = ContinuousClock.now
  private var lastDrawn: ContinuousClock.Instant?
  private var first: Int?
  private var width = 0

  /// Creates a line.
  ///
  /// - Parameters:
  ///   - label: What is being done, such as `mixed4a:476`.
  ///   - unit: What is counted, such as `steps`.
  ///   - isSilent: Whether nothing is drawn at all.
  init(_ label: String, unit: String, isSilent: Bool = false) {
    self.label = label
    self.unit = unit
    self.isSilent = isSilent
    self.isTerminal = isatty(2) == 1
  }

  /// Draws how far the work has come.
  ///
  /// - Parameters:
  ///   - done: How much is done.
  ///   - total: How much there is to do; `nil` if nobody knows.
  ///   - note: What else to say, such as a loss.
  func update(_ done: Int, of total: Int?, note: String = "") {
    guard !isSilent else { return }
    let now = ContinuousClock.now
    if first == nil { first = done }
    let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(10)
    let isLast = done == total
    if let lastDrawn, now - lastDrawn < interval, !isLast { return }
    lastDrawn = now
    let seconds = Self.seconds(now - start)
    let rate = Double(done - (first ?? 0)) / max(seconds, 1e-9)
    var text = label
    if let total {
      text += " \(Self.bar(done, total)) \(done)/\(total) \(unit)"
    } else {
      text += " \(done) \(unit)"
    }
    if rate > 0 {
      text += String(format: rate < 10 ? " %.2f/s" : " %.0f/s", rate)
      if let total, !isLast { text += ", \(Self.duration(Double(total - done) / rate)) left" }
    }
    if !note.isEmpty { text += ", \(note)" }
    draw(text)
  }

  /// Ends the line, so that what is printed next stands on its own.
  func finish() {
    guard !isSilent, isTerminal, lastDrawn != nil else { return }
    FileHandle.standardError.write(Data("\n".utf8))
    lastDrawn = nil
  }

  private func draw(_ text: String) {
    guard isTerminal else {
      FileHandle.standardError.write(Data((text + "\n").utf8))
      return
    }
    let padding = String(repeating: " ", count: max(width - text.count, 0))
    width = text.count
    FileHandle.standardError.write(Data(("\r" + text + padding).utf8))
  }

  private static func bar(_ done: Int, _ total: Int) -> String {
    let filled = total > 0 ? min(max(done * 20 / total, 0), 20) : 20
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: 20 - filled) + "]"
  }

  /// A number of seconds as people say it: `42 s`, `3 min 20 s`, `2 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
