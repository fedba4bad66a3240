import PlumbGraph
import PlumbRuntime

/// An unembedding compiled for blocks of hidden states.
///
/// The same states give the same logits to the bit, and two unembeddings with equal weights give
/// equal logits: that is why a model has a divergence of exactly 0 from itself.
final class LogitProgram {
  /// How many states are handled at once; fewer are padded.
  let rows: Int
  let vocabulary: Int
  private let width: Int
  private let program: Program

  init(_ unembedding: UnembeddingMatrix, rows: Int) throws {
    self.rows = rows
    vocabulary = unembedding.vocabulary
    width = unembedding.width
    let states = Node.input("states", [rows, width])
    var logits = try states.matrixProduct(
      .parameter("weights", [vocabulary, width]), transposesRight: true)
    var parameters = [
      "weights": try Tensor([vocabulary, width], unembedding.weights)
    ]
    if let bias = unembedding.bias {
      logits = try logits + .parameter("bias", [vocabulary])
      parameters["bias"] = try Tensor([vocabulary], bias)
    }
    program = try Program(Graph(["logits": logits]), parameters: ParameterStore(parameters))
  }

  /// The logits of up to ``rows`` states, `[rows, vocabulary]`; rows beyond the states mean nothing.
  func logits(_ states: ArraySlice<Float>) throws -> [Float] {
    var block = Array(states)
    block += Array(repeating: 0, count: rows * width - block.count)
    try program.set("states", Tensor([rows, width], block))
    try program.run()
    return try program.output("logits").elements
  }
}
