import Dispatch
import Foundation

/// Runs work that stops cleanly at Ctrl-C or SIGTERM.
///
/// The signal cancels the work's task, so it can save what it has. A second one ends the process.
///
/// - Parameter work: What to do; it looks at `Task.isCancelled`, or calls
///   `Task.checkCancellation()`, between its steps.
/// - Returns: What the work returns.
/// - Throws: What the work throws.
func interruptible<Result: Sendable>(
  _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  let task = Task { try await work() }
  let sources = [SIGINT, SIGTERM].map { number in
    // The default action would end the process before the source hears of it.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      if task.isCancelled { exit(128 + number) }
      task.cancel()
    }
    source.resume()
    return source
  }
  defer {
    for source in sources { source.cancel() }
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
  }
  return try await task.value
}
