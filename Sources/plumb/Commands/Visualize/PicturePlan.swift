import FeatureVisualization
import Foundation
import PlumbFiles
import VisionModels

/// The pictures to make: one recipe for each unit and basis.
struct PicturePlan: Sendable {
  /// A recipe with the name of its files.
  struct Item: Sendable {
    let name: String
    let caption: [String]
    let recipe: PictureRecipe
  }

  let items: [Item]
  /// The photographs of the options, with which cards compare.
  let statistics: PhotographStatistics?

  init(
    objectives: [String], images: ImageOptions, optimization: OptimizationOptions,
    model: VisionModel, network: VisualizedNetwork, reference: PictureRecipe.Model, threads: Int
  ) throws {
    let size = model.input
    let vocabulary = try network.vocabulary(height: size.height, width: size.width)
    let parsed = try objectives.flatMap { try Objective(parsing: $0, in: vocabulary).units }

    // Measured when it is first needed, and only once.
    var measured: PhotographStatistics?
    func statistics() throws -> PhotographStatistics {
      if let measured { return measured }
      let result =
        if let path = images.photographs {
          try PhotographStatistics(
            of: ImageCollection(path: path), side: images.size(for: model).height)
        } else {
          try PhotographStatistics.builtIn()
        }
      measured = result
      return result
    }

    let start = try images.from.map { try PictureRecipe.Reference(path: $0) }
    let transforms = try [Transform](parsing: optimization.transforms)
    var items: [Item] = []
    var used: Set<String> = []
    for unit in parsed {
      let objective = optimization.negative ? Objective.negation(unit) : unit
      let pictures = try unit.pictures.sorted().map { try PictureRecipe.Reference(path: $0) }
      for basis in images.names {
        let parameterization = try images.parameterization(basis, for: model, statistics)
        let visualization = VisualizationRecipe(
          objective, parameterization: parameterization, transforms: transforms,
          steps: optimization.steps, learningRate: optimization.learningRate,
          redirectedReLU: optimization.redirectedReLU, precision: optimization.precision,
          seed: optimization.seed)
        var name = Self.fileName(unit.description)
        if optimization.negative { name += "-negative" }
        if images.names.count > 1 { name += "-\(basis)" }
        while !used.insert(name).inserted { name += "_" }
        items.append(
          Item(
            name: name,
            caption: [objective.description]
              + (images.names.count > 1 ? ["\(basis), \(optimization.steps) steps"] : []),
            recipe: PictureRecipe(
              model: reference, threads: threads, visualization: visualization, start: start,
              pictures: pictures)))
      }
    }
    self.items = items
    self.statistics = images.photographs == nil ? nil : try statistics()
  }

  /// An objective as the name of a file: letters, digits and a few signs, at most 60 of them.
  static func fileName(_ text: String) -> String {
    var name = ""
    for character in text {
      if character.isASCII, character.isLetter || character.isNumber || "._".contains(character) {
        name.append(character)
      } else if character == ":" {
        name += "-"
      } else if !name.hasSuffix("_"), character != "\"" {
        name += "_"
      }
    }
    return String(name.prefix(60))
  }
}
