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
  /// - Parameter usual: The number if none is given; as many as find a core each if `nil`.
  /// - Returns: The number that is in use, for recipes.
  @discardableResult
  func apply(usual: Int? = nil) -> Int {
    if let count = threads ?? usual { Processor.chooseThreadCount(count) }
    return Processor.defaultThreadCount
  }
}
