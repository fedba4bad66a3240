/// Says whether Python can read code.
///
/// The code is read in the jail, and what it defines is defined there.
public struct SyntaxCheck: Sendable {
  private let harness: Harness

  /// Prepares to read code.
  public init(_ jail: Jail) { harness = Harness(jail: jail) }

  /// Returns whether a source is valid Python, whatever it does.
  ///
  /// Cost: a process, about 0.05 s.
  ///
  /// - Parameter source: The source.
  /// - Returns: Whether it is.
  /// - Throws: ``JailError`` if nothing can be run.
  public func isValid(_ source: String) throws(JailError) -> Bool {
    switch try harness.run(source, entry: "", inputs: []).stage {
    case .nothing, .syntax: false
    case .missing, .failedLoading, .loaded: true
    }
  }
}
