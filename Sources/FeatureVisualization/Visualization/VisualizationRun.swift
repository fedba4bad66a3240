import PlumbGraph
import PlumbRuntime

/// A visualization under way.
///
/// Iterating takes one step per element, in the caller's task, and stops with a `CancellationError`
/// when that is cancelled; the run stays as it is and can go on.
/// ```swift
/// let run = try VisualizationRun(recipe, on: network)
/// for try await progress in run { print(progress.step, progress.objective) }
/// let visualization = try run.result()
/// ```
public final class VisualizationRun {
  /// What was asked for.
  public let recipe: VisualizationRecipe
  /// The objective before each step so far.
  public private(set) var curve: [Float] = []

  private let programs: StepPrograms
  private let optimizer: SharedAdam
  private let renderer: Program

  /// What a visualization starts from.
  public enum Start: Sendable {
    /// Random numbers from the recipe's seed.
    case random
    /// Images, `[batch, channel, height, width]` between 0 and 1.
    case images(Tensor)
    /// The parameters in a ``VisualizationRun/state()``, perhaps of another objective; moments and
    /// curve start anew.
    case state([String: Tensor])
  }

  /// Prepares a visualization.
  ///
  /// - Parameters:
  ///   - recipe: What to do.
  ///   - network: The network to look into.
  ///   - start: What to start from.
  ///   - pictures: The pictures that the objective names, `[1, 3, height, width]` of the images' size,
  ///     RGB between 0 and 1.
  /// - Throws: ``VisualizationError``, ``ParameterizationError``, ``TransformError`` or
  ///   ``ObjectiveError`` if the recipe does not fit the network.
  public init(
    _ recipe: VisualizationRecipe, on network: VisualizedNetwork,
    startingFrom start: Start = .random, pictures: [String: Tensor] = [:]
  ) throws {
    try recipe.validate()
    let image = try Self.image(recipe, start)
    self.recipe = recipe
    self.programs = try StepPrograms(
      recipe, network: network, image: image, pictures: pictures)
    let names = image.initialValues.keys.sorted()
    self.optimizer = try SharedAdam(names, in: programs.parameters)
    self.renderer = try Program(
      Graph(["image": image.image]), parameters: programs.parameters,
      options: .init(updated: Set(names)))
    // Compiled now, so that an objective that does not fit is an error before the first step.
    _ = try programs.program(programs.draw(0), recipe.redirectedReLU.rule(at: 0))
  }

  private static func image(
    _ recipe: VisualizationRecipe, _ start: Start
  ) throws -> ParameterizedImage {
    switch start {
    case .random: return try recipe.parameterization.image(seed: recipe.seed)
    case .images(let images): return try recipe.parameterization.image(startingFrom: images)
    case .state(let state):
      let image = try recipe.parameterization.image(seed: recipe.seed)
      let values = try image.initialValues.map { name, initial in
        guard let saved = state["parameter.\(name)"], saved.shape.count == initial.shape.count
        else {
          throw VisualizationError.foreignState(parameter: name)
        }
        return (name, try Tensor(initial.shape, saved.elements))
      }
      return ParameterizedImage(
        image: image.image, initialValues: Dictionary(uniqueKeysWithValues: values))
    }
  }

  /// Whether all steps were taken.
  public var isFinished: Bool { curve.count >= recipe.steps }

  /// How many programs were compiled, one per size that transforms led to.
  var programCount: Int { programs.count }

  /// Takes one step.
  ///
  /// - Returns: How far the run has come.
  /// - Throws: ``VisualizationError/nonFiniteObjective(step:)`` if the objective is not a number;
  ///   errors of the runtime.
  @discardableResult
  public func step() throws -> VisualizationProgress {
    let step = curve.count
    let (program, value) = try programs.run(step)
    guard value.isFinite else { throw VisualizationError.nonFiniteObjective(step: step + 1) }
    try optimizer.step(program, learningRate: recipe.learningRate, ascends: true)
    curve.append(value)
    return VisualizationProgress(step: step + 1, total: recipe.steps, objective: value)
  }

  /// The images as they are now, `[batch, channel, height, width]`, RGB between 0 and 1.
  public func images() throws -> Tensor {
    try renderer.run()
    return try renderer.output("image")
  }

  /// The images as they are now, with the recipe and the curve.
  public func result() throws -> Visualization {
    Visualization(recipe: recipe, images: try images(), curve: curve)
  }

  /// Returns all numbers that a later run of the same recipe needs to go on from here, by name: the
  /// image's parameters, Adam's moments and the curve.
  public func state() throws -> [String: Tensor] {
    var state = try optimizer.state()
    state[Self.curveName] = try Tensor([curve.count], curve)
    return state
  }

  /// Goes on where ``state()`` was taken; what follows is the same to the byte.
  ///
  /// - Throws: `RuntimeError` if the state is of another recipe.
  public func restore(_ state: [String: Tensor]) throws {
    guard let saved = state[Self.curveName] else {
      throw RuntimeError.missingParameter(name: Self.curveName, nearest: nil)
    }
    try optimizer.restore(state, step: saved.elements.count)
    curve = saved.elements
  }

  private static let curveName = "curve"

  /// Takes all steps that are left.
  ///
  /// - Returns: The optimized images.
  /// - Throws: `CancellationError` if the task is cancelled; otherwise as ``step()``.
  public func finish() throws -> Visualization {
    while !isFinished {
      try Task.checkCancellation()
      try step()
    }
    return try result()
  }
}

extension VisualizationRun: AsyncSequence {
  /// Takes the steps that are left, one per element.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let run: VisualizationRun

    /// Takes a step, or returns `nil` if all were taken.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws -> VisualizationProgress? {
      if run.isFinished { return nil }
      try Task.checkCancellation()
      // Lets other work of the same executor go on between steps.
      await Task.yield()
      return try run.step()
    }

    /// Takes a step, or returns `nil` if all were taken.
    public mutating func next() async throws -> VisualizationProgress? {
      try await next(isolation: nil)
    }
  }

  /// Returns an iterator that goes on where the run is.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(run: self) }
}
