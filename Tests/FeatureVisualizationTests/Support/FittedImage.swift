import PlumbGraph
import PlumbRuntime

@testable import FeatureVisualization

/// A parameterized image that is moved along given gradients for its pixels.
final class FittedImage {
  private let program: Program
  private let optimizer: SharedAdam
  private let learningRate: Double

  init(_ image: ParameterizedImage, learningRate: Double) throws {
    let parameters = try ParameterStore(image.initialValues)
    let names = image.initialValues.keys.sorted()
    let upstream = Node.input("upstream", image.image.shape)
    let nodes = names.compactMap { name in
      image.initialValues[name].map { Node.parameter(name, $0.shape) }
    }
    let gradients = try gradient(of: image.image.dotProduct(upstream), for: nodes)
    program = try Program(
      Graph(
        [Graph.Output("image", image.image)]
          + zip(names, gradients).map {
            Graph.Output(SharedAdam.outputName(of: $0), $1)
          }),
      parameters: parameters, options: .init(updated: Set(names)))
    try program.set("upstream", Tensor(upstream.shape, filledWith: 0))
    optimizer = try SharedAdam(names, in: parameters)
    self.learningRate = learningRate
  }

  func images() throws -> Tensor {
    try program.run()
    return try program.output("image")
  }

  /// Takes a step of Adam uphill.
  func step(along gradient: Tensor) throws {
    try program.set("upstream", gradient)
    try program.run()
    try optimizer.step(program, learningRate: learningRate, ascends: true)
  }

  func state() throws -> [String: Tensor] { try optimizer.state() }
}
