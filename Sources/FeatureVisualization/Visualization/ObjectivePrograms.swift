import PlumbGraph
import PlumbRuntime

/// The programs from images to an objective and its gradient, one per size that transforms lead to.
///
/// Each is compiled when it is first needed; all share the network's packed weights.
final class ObjectivePrograms {
  private struct Key: Hashable {
    let sizes: [[Int]]
    let rule: ReLUGradientRule
  }

  private let objective: Objective
  private let transforms: [Transform]
  private let network: VisualizedNetwork
  private let shape: Shape
  private var programs: [Key: Program] = [:]

  /// Prepares for images of a shape; nothing is compiled yet.
  init(
    _ objective: Objective, transforms: [Transform], network: VisualizedNetwork, shape: Shape
  ) {
    self.objective = objective
    self.transforms = transforms
    self.network = network
    self.shape = shape
  }

  /// The number of programs that were compiled so far.
  var count: Int { programs.count }

  /// Returns the objective and its gradient for the images.
  func callAsFunction(
    _ images: Tensor, _ draw: TransformDraw, _ rule: ReLUGradientRule
  ) throws -> (objective: Float, gradient: Tensor) {
    let program = try program(draw, rule)
    var inputs = try transforms.inputs(draw, from: Array(shape.sizes[2...]))
    inputs["image"] = images
    // An objective of the image alone needs no transforms.
    for name in program.inputNames {
      if let value = inputs[name] { try program.set(name, value) }
    }
    try program.run()
    return (try program.output("objective").scalar, try program.output("gradient"))
  }

  /// Returns the program for a draw, compiled if it is new.
  func program(_ draw: TransformDraw, _ rule: ReLUGradientRule) throws -> Program {
    let key = Key(sizes: try transforms.sizes(draw, from: Array(shape.sizes[2...])), rule: rule)
    if let program = programs[key] { return program }
    let program = try Program(try graph(draw, rule), parameters: network.parameters)
    programs[key] = program
    return program
  }

  private func graph(_ draw: TransformDraw, _ rule: ReLUGradientRule) throws -> Graph {
    let image = Node.input("image", shape)
    let transformed = try transforms.applied(to: image, draw)
    let value = try objective.node(
      on: network.network(on: transformed, rule: rule), image: image, labels: network.labels)
    // Before the gradient, which uses every value again: afterwards no slice could move.
    let forward = try Graph(["objective": value]).withoutNames().simplified()
      .slicingChannelsEarly()
    guard forward.nodes.contains(image) else {
      throw VisualizationError.constantObjective(objective.description)
    }
    let result = try forward.output("objective")
    return Graph([
      "objective": result, "gradient": try gradient(of: result, for: [image])[0],
    ])
  }
}
