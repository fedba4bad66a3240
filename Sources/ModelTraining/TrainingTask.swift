import PlumbGraph
import PlumbRuntime

/// What a training trains: a network with its loss, its data, and how good its weights are.
///
/// A batch is a function of the step alone, so that a resumed training sees what an uninterrupted
/// one would have seen.
public protocol TrainingTask {
  /// The graph of the first step; its output `loss` is minimized, other outputs with one element
  /// are reported.
  func graph() throws -> Graph

  /// The graph from a step on, if the step, counted from 0, begins a stage with a graph of its own:
  /// the same parameters and outputs, but inputs of other sizes.
  func graph(beginningAt step: Int) throws -> Graph?

  /// Parameters that take the value of an output of the graph after each step, such as the running
  /// averages of batch normalization: parameter name to output name.
  var updates: [String: String] { get }

  /// The parameters that are hidden matrices for an optimizer that treats them apart: neither
  /// embeddings nor the last layer.
  var hiddenMatrices: Set<String> { get }

  /// The weights before the first step, by the names in the graph.
  func initialParameters() throws -> [String: Tensor]

  /// The parameters that compute what an exported model computes, for a training that begins with
  /// it.
  ///
  /// - Parameter folder: What ``export(_:to:)`` has written for the same network.
  /// - Returns: Weights by the names in the graph.
  /// - Throws: An error if the folder cannot be read.
  func parameters(ofModelIn folder: String) throws -> [String: Tensor]

  /// The inputs of a step, counted from 0.
  func batch(step: Int) throws -> [String: Tensor]

  /// Measures weights on held-out data.
  ///
  /// - Parameters:
  ///   - parameters: The weights, which keep changing afterwards; nothing may be frozen.
  ///   - isFinal: Whether all held-out data are wanted, or a sample that is quick to measure.
  /// - Returns: Scores by name, such as `accuracy` or `bitsPerByte`.
  /// - Throws: Errors of the runtime.
  func evaluate(_ parameters: ParameterStore, isFinal: Bool) throws -> [String: Double]

  /// Writes the weights as a model folder that every command can load.
  ///
  /// - Parameters:
  ///   - parameters: The weights.
  ///   - folder: Where to; files are written whole or not at all.
  /// - Throws: An error if the folder cannot be written.
  func export(_ parameters: ParameterStore, to folder: String) throws

  /// What the card of an exported model says, in Markdown; all held-out data are looked at, with the
  /// weights as they were written.
  func card(ofModelIn folder: String, facts: TrainingFacts) throws -> String

  /// What was wrong with the data and left out: one sentence per damaged file.
  var damages: [String] { get }
}

extension TrainingTask {
  /// One graph for all steps.
  public func graph(beginningAt step: Int) throws -> Graph? { nil }
}
