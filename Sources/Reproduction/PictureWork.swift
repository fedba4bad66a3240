import FeatureVisualization
import Foundation
import Laboratory
import PlumbFiles

/// A picture on its way into a part's files: made once, and taken up again after an interrupt.
struct PictureWork {
  /// A finished picture with its numbers.
  struct Made: Codable, Sendable {
    /// The objective at some of the steps.
    let curve: [CurvePoint]
    /// What the picture does, and how near it is to a photograph.
    let card: PictureCard
  }

  /// The objective before a step.
  struct CurvePoint: Codable, Sendable {
    let step: Int
    let objective: Double
  }

  let name: String
  let recipe: PictureRecipe
  let network: VisualizedNetwork

  /// The name of the picture's file.
  var file: String { "\(name).png" }
  /// The name of the file with its numbers.
  private var numbersFile: String { "\(name).json" }

  /// Makes the picture, or finds it made.
  ///
  /// - Parameters:
  ///   - run: The part.
  ///   - cards: What measures pictures.
  ///   - onStep: Called after each step.
  /// - Returns: The picture's numbers; the picture itself is among the part's files.
  /// - Throws: `CancellationError` after saving the state; the errors of the picture.
  func made(
    in run: PartRun, cards: CardMaker, onStep: (VisualizationProgress) throws -> Void
  ) async throws -> Made {
    if let data = try run.recorder.contents(numbersFile), try run.recorder.contents(file) != nil,
      let made = try? JSONDecoder().decode(Made.self, from: data)
    {
      return made
    }
    let work = try PictureRun(recipe, on: network)
    let state = run.stateFile("\(name).safetensors")
    // A state of another version is no reason to fail: the picture is begun again.
    if FileManager.default.fileExists(atPath: state.path) { try? work.resume(from: state.path) }
    var saved = ContinuousClock.now
    while !work.run.isFinished {
      if Task.isCancelled {
        try work.save(to: state.path)
        throw CancellationError()
      }
      let progress = try work.step()
      try run.recorder.record(
        step: progress.step, ["\(name)/objective": Double(progress.objective)])
      try onStep(progress)
      if ContinuousClock.now - saved > .seconds(5) {
        try work.save(to: state.path)
        saved = .now
      }
      await Task.yield()
    }
    let card = try cards.cards(
      for: work.run.images(), recipe.visualization, pictures: work.pictures)[0]
    let made = Made(curve: Self.thinned(work.run.curve), card: card)
    try run.recorder.keep(try work.png(0), as: file, mediaType: "image/png")
    try run.recorder.keep(
      Data(try CanonicalJSON.pretty(made).utf8), as: numbersFile, mediaType: "application/json")
    try? FileManager.default.removeItem(at: state)
    return made
  }

  /// About a hundred points of a curve: enough to see its shape, few enough to read.
  static func thinned(_ curve: [Float]) -> [CurvePoint] {
    let stride = max(curve.count / 100, 1)
    var steps = Array(Swift.stride(from: 0, to: curve.count, by: stride))
    if let last = curve.indices.last, steps.last != last { steps.append(last) }
    return steps.map { CurvePoint(step: $0, objective: Double(curve[$0])) }
  }
}
