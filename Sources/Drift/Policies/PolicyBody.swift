/// Everything of a language model below its unembedding.
public protocol PolicyBody: AnyObject, Sendable {
  /// The width of a hidden state.
  var width: Int { get }

  /// Begins to continue one prompt many times.
  ///
  /// - Parameters:
  ///   - prompt: The ids of the prompt, at least one.
  ///   - rows: How many continuations there are.
  ///   - length: How many tokens will follow at most.
  /// - Returns: The session, standing behind the prompt.
  /// - Throws: Errors of the runtime.
  func session(prompt: [Int], rows: Int, length: Int) throws -> any PolicySession
}

/// Continuations of one prompt on their way.
public protocol PolicySession: AnyObject {
  /// The hidden states from which the next tokens follow, `[rows, width]`.
  var states: [Float] { get }

  /// Appends one token to each row and computes the new states.
  func advance(_ tokens: [Int]) throws
}
