import PlumbGraph
import PlumbRuntime

/// Turns gradients for images into steps of their parameters.
///
/// The image's own graph is apart from the network's: transforms change the latter's size from step
/// to step, while parameters and Adam's moments live on here.
final class ImageOptimizer {
  private let renderer: Program
  private let trainer: Trainer

  /// Compiles the rendering and the backward pass of parameterized images.
  init(_ image: ParameterizedImage, learningRate: Double) throws {
    let parameters = try ParameterStore(image.initialValues)
    self.renderer = try Program(
      Graph(["image": image.image]), parameters: parameters,
      options: .init(updated: Set(image.initialValues.keys)))
    // The gradient of this product for the parameters is that of the objective, carried on.
    let upstream = Node.input("upstream", image.image.shape)
    self.trainer = try Trainer(
      Graph(["loss": image.image.dotProduct(upstream) * -1]), parameters: parameters,
      options: .init(optimizer: .adamW(), schedule: .constant(learningRate)))
  }

  /// The images of the current parameters.
  func images() throws -> Tensor {
    try renderer.run()
    return try renderer.output("image")
  }

  /// Takes a step of Adam uphill.
  ///
  /// - Parameter gradient: The gradient of the objective for the current images.
  /// - Throws: Errors of the runtime; a gradient that is not finite changes nothing.
  func step(along gradient: Tensor) throws {
    _ = try trainer.step(["upstream": gradient])
  }

  /// Parameters and moments by name.
  func state() throws -> [String: Tensor] { try trainer.state() }

  /// Continues where ``state()`` was taken after `step` steps.
  func restore(_ state: [String: Tensor], step: Int) throws {
    try trainer.restore(state, step: step)
  }
}
