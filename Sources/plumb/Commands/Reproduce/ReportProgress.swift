import Foundation
import Laboratory
import Synchronization

/// The progress of a report: one line for the part being done, with the share of the whole.
final class ReportProgress: Sendable {
  private struct State: Sendable {
    var part = -1
    var line: Line?
  }

  /// A line that one thread at a time draws.
  private final class Line: @unchecked Sendable {  // Used under the lock of the state alone.
    let line: ProgressLine
    init(_ line: ProgressLine) { self.line = line }
  }

  private let state = Mutex(State())

  /// Draws how far it is.
  func update(_ progress: PartRunner.Progress) {
    state.withLock { state in
      if state.part != progress.index {
        state.line?.line.finish()
        state.part = progress.index
        state.line = Line(
          ProgressLine(
            "[\(progress.index + 1)/\(progress.count)] \(progress.part)", unit: "steps"))
      }
      guard let within = progress.within else { return }
      let overall = "\(Int((progress.overall * 100).rounded())) % of all"
      state.line?.line.update(
        within.done, of: within.total,
        note: within.note.isEmpty ? overall : "\(within.note), \(overall)")
    }
  }

  /// Ends the line.
  func finish() {
    state.withLock { state in
      state.line?.line.finish()
      state.line = nil
    }
  }
}
