import Foundation
import Reporting
import Synchronization
import TemporaryFolders

@testable import Laboratory

/// Counts how often parts were really done.
final class Counter: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func increase() { value.withLock { $0 += 1 } }
}

/// A part that draws a curve and a picture, and can be made to fail or stop.
struct SamplePart: ReportPart {
  struct Recipe: Codable, Sendable {
    var steps = 40
    var seed: UInt64 = 3
  }
  struct Outcome: Codable, Sendable { let values: [Double] }
  enum Trouble { case none, planning, performing, stopping }
  struct Failure: Error, CustomStringConvertible { let description: String }

  var name = "sample"
  var title = "A sample & its <curve>"
  var expectedSeconds = 2.0
  var recipe = Recipe()
  var trouble = Trouble.none
  let counter: Counter

  func plan() throws -> PartPlan<Recipe> {
    if trouble == .planning { throw Failure(description: "There is no model 'x'.") }
    return PartPlan(
      recipe: recipe, seed: recipe.seed, models: [StoredModel(name: "tiny", digest: "0123456789")])
  }

  func perform(_ recipe: Recipe, in run: PartRun) async throws -> Outcome {
    counter.increase()
    let state = run.stateFile("steps")
    let saved = (try? Data(contentsOf: state)).flatMap { String(bytes: $0, encoding: .utf8) }
    for step in (saved.flatMap(Int.init) ?? 0)..<recipe.steps {
      if trouble == .performing { throw Failure(description: "It broke at step \(step).") }
      if trouble == .stopping, step == 25 {
        try Data("\(step)".utf8).write(to: state)
        throw CancellationError()
      }
      try run.recorder.record(step: step, ["value": Double(step * step)])
      run.report(step + 1, of: recipe.steps, "step \(step)")
    }
    try run.recorder.keep(SamplePicture.png, as: "picture.png", mediaType: "image/png")
    return Outcome(values: (0..<recipe.steps).map { Double($0 * $0) })
  }

  func section(of outcome: Outcome, recipe: Recipe, files: PartFiles) throws -> ReportSection {
    let plot = Plot(
      x: Axis("step"), y: Axis("value"),
      series: [
        .init("squares", outcome.values.enumerated().map { .init(Double($0), $1) }, color: 0)
      ])
    let curve = try ReportFigure(
      id: "\(name)-curve", picture: plot.svg, caption: "It rises.",
      caveats: ["Only a sample."], replay: "plumb sample --steps \(recipe.steps)",
      recipe: recipe, numbers: outcome)
    let image = try files.image("picture.png", alt: "A red square")
    let picture = try ReportFigure(
      id: "\(name)-picture", picture: image, caption: "A square.", caveats: [],
      replay: "plumb sample", recipe: recipe, numbers: ["pixels": 64])
    return ReportSection(
      finding: "The last value is \(outcome.values.last ?? 0).", badge: .init("rises", .good),
      thumbnail: image, blocks: [.figure(curve), .text("<p>Text.</p>"), .figure(picture)])
  }
}

enum SamplePicture {
  /// A red square of 8 by 8 pixels.
  static let png =
    Data(
      base64Encoded: """
        iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mM4oaGBFTEMLQkAgl1GARdiiXUAAAAA\
        SUVORK5CYII=
        """) ?? Data()
}

extension StoredVersions {
  static let sample = StoredVersions(plumb: "1", commit: "abc", oneDNN: "3.5")
}

extension StoredMachine {
  static let sample = StoredMachine(
    system: "Linux", processor: "A processor", cores: 2, instructionSet: "AVX2", threads: 2)
}

extension PartRunner {
  /// A runner over a new store.
  static func sample(in folder: TemporaryFolder) throws -> PartRunner {
    PartRunner(
      store: try RunStore(at: folder.url.appending(path: "store")), versions: .sample,
      machine: .sample)
  }
}
