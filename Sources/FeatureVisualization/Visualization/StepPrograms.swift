import PlumbGraph
import PlumbRuntime

/// The programs of a visualization's steps, one per size that transforms lead to.
///
/// Each goes the whole way: from the image's parameters through color, transforms and network to the
/// objective, and back to the gradients for the parameters. They are compiled when they are first
/// needed, share the network's packed weights and compute in the same memory.
final class StepPrograms {
  /// The network's weights, with the image's parameters before them.
  let parameters: ParameterStore

  private let recipe: VisualizationRecipe
  private let transforms: [Transform]
  private let network: VisualizedNetwork
  private let image: Node
  private let pictures: [String: Tensor]
  private let memory = WorkingMemory()
  /// The rule of all programs; those of one that is over would only hold memory.
  private var rule: ReLUGradientRule?
  private var programs: [[[Int]]: Program] = [:]

  /// Prepares a visualization; nothing is compiled yet.
  ///
  /// - Parameters:
  ///   - recipe: What to do.
  ///   - network: The network to look into.
  ///   - image: The images and the values that their parameters start from.
  ///   - pictures: The pictures of the objective by name, `[1, 3, height, width]`.
  /// - Throws: `RuntimeError` if memory runs out.
  init(
    _ recipe: VisualizationRecipe, network: VisualizedNetwork, image: ParameterizedImage,
    pictures: [String: Tensor] = [:]
  ) throws {
    self.recipe = recipe
    self.transforms = recipe.transforms(for: network)
    self.network = network
    self.image = image.image
    self.pictures = pictures
    self.parameters = try ParameterStore(over: network.parameters, adding: image.initialValues)
  }

  /// The number of programs that are kept.
  var count: Int { programs.count }

  /// What chance decides for a step.
  func draw(_ step: Int) -> TransformDraw { transforms.draw(seed: recipe.seed, step: step) }

  /// Runs the program of a step, counted from 0.
  ///
  /// - Returns: The program, whose outputs are the gradients, and the objective.
  func run(_ step: Int) throws -> (program: Program, objective: Float) {
    let draw = draw(step)
    let program = try program(draw, recipe.redirectedReLU.rule(at: step))
    let inputs = try transforms.inputs(draw, from: Array(image.shape.sizes[2...]))
    // An objective of the image alone needs no transforms.
    for name in program.inputNames {
      if let value = inputs[name] { try program.set(name, value) }
    }
    program.setStep(step)
    try program.run()
    return (program, try program.output("objective").scalar)
  }

  /// Returns the program for a draw, compiled if it is new.
  func program(_ draw: TransformDraw, _ rule: ReLUGradientRule) throws -> Program {
    let sizes = try transforms.sizes(draw, from: Array(image.shape.sizes[2...]))
    if rule != self.rule {
      programs = [:]
      self.rule = rule
    }
    if let program = programs[sizes] { return program }
    let graph = try graph(draw, rule)
    let program = try Program(
      graph, parameters: parameters,
      options: .init(
        precision: recipe.precision, updated: Set(Self.imageParameters(graph).map(\.label)),
        seed: recipe.seed, memory: memory))
    programs[sizes] = program
    return program
  }

  private func graph(_ draw: TransformDraw, _ rule: ReLUGradientRule) throws -> Graph {
    let seen = try recipe.parameterization.overBackground(image)
    let transformed = try transforms.applied(to: seen, draw)
    let value = try recipe.objective.node(
      on: network.network(on: transformed, rule: rule), image: image, labels: network.labels,
      wordNetIDs: network.wordNetIDs
    ) { [pictures, network, transforms] name in
      guard let picture = pictures[name] else {
        throw ObjectiveProblem.missingPicture(name: name)
      }
      let constant = try Node.constant(picture.elements, picture.shape)
      return try network.network(on: transforms.applied(to: constant, draw))
    }
    // Before the gradient, which uses every value again: afterwards no slice could move.
    let forward = try Graph(["objective": value]).withoutNames(keepingStops: true).simplified()
      .slicingChannelsEarly()
    let parameters = Self.imageParameters(forward)
    guard !parameters.isEmpty else {
      throw VisualizationError.constantObjective(recipe.objective.description)
    }
    let result = try forward.output("objective")
    let nodes = parameters.map { Node.parameter($0.label, $0.type.shape) }
    let gradients = zip(parameters, try gradient(of: result, for: nodes)).map {
      Graph.Output(SharedAdam.outputName(of: $0.label), $1)
    }
    return Graph([Graph.Output("objective", result)] + gradients)
  }

  /// The parameters of a graph that belong to the image.
  private static func imageParameters(_ graph: Graph) -> [Parameter] {
    graph.parameters.filter { $0.label.hasPrefix(Parameterization.prefix) }
  }
}

extension Parameterization {
  /// Images with opacity over a random background, new at each step; others as they are.
  ///
  /// The background has the colors and the spectrum of the images, fifty times as strong as theirs at
  /// the start, as in Lucid.
  func overBackground(_ image: Node) throws -> Node {
    guard hasAlpha else { return image }
    var plain = self
    (plain.batch, plain.hasAlpha) = (1, false)
    let noise = try plain.spectrumImage(
      of: .random(.normal, stream: "background", plain.spectrumShape) * 0.5, decay: 1)
    let background = try plain.images(of: noise)
    let (colors, alpha) = try (
      image.sliced(axis: 1, 0..<3), image.sliced(axis: 1, 3..<4)
    )
    return try background + alpha * (colors - background)
  }
}
