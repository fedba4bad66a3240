import ArgumentParser
import PlumbKernels

/// The option of every command that computes.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Threads to compute with; the last bits of results depend on it.")
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads must be 1 or more, not \(threads).")
    }
  }

  /// Fixes the number of threads, before anything is computed.
  ///
  /// - Returns: The number that is in use, for recipes.
  @discardableResult
  func apply() -> Int {
    if let threads { Processor.chooseThreadCount(threads) }
    return Processor.defaultThreadCount
  }
}
