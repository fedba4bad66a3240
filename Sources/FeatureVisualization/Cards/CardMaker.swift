import PlumbFiles
import PlumbGraph
import PlumbRuntime

/// Measures finished pictures.
public final class CardMaker {
  private let network: VisualizedNetwork
  private let scan: ExampleScan?
  private let statistics: PhotographStatistics
  private var spectra: [Int: PictureSpectrum] = [:]

  /// The transforms on which pictures are tried, whatever they were made with, so that cards compare.
  private static let transforms: [Transform] = .lucid

  /// Prepares for pictures of a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - scan: What its units answer to natural images, if that is known.
  ///   - statistics: The photographs with which pictures are compared; the scan's or the built-in
  ///     ones if `nil`.
  /// - Throws: A `DecodingError` if the built-in statistics are damaged.
  public init(
    _ network: VisualizedNetwork, scan: ExampleScan? = nil, statistics: PhotographStatistics? = nil
  ) throws {
    self.network = network
    self.scan = scan
    self.statistics = try statistics ?? scan?.statistics ?? .builtIn()
  }

  /// Returns the cards of finished images.
  ///
  /// - Parameters:
  ///   - images: The images, `[batch, channel, height, width]` between 0 and 1; transparent parts are
  ///     seen over gray.
  ///   - recipe: What they were made with.
  ///   - pictures: The pictures that the objective names.
  /// - Returns: One card per image.
  /// - Throws: Errors of the objective and the runtime.
  public func cards(
    for images: Tensor, _ recipe: VisualizationRecipe, pictures: [String: Tensor] = [:]
  ) throws -> [PictureCard] {
    let seen = try Self.overGray(images)
    let objective = try objectives(on: seen, images, recipe, pictures)
    let answers = try unitAnswers(on: seen, recipe)
    return try (0..<images.shape[0]).map { index in
      let colors = seen.image(index)
      let measures = try measures(colors)
      return PictureCard(
        objective: objective.clean, transformedObjective: objective.mean,
        transformedDeviation: objective.deviation, unit: answers?[index],
        spectralSlope: measures.spectralSlope.map { measure($0, statistics.spectralSlopes) },
        totalVariation: measure(measures.totalVariation, statistics.totalVariations),
        highFrequencyShare: measure(
          measures.highFrequencyShare, statistics.highFrequencyShares),
        clippedShare: Self.clippedShare(colors))
    }
  }

  private func measure(_ value: Double, _ natural: [Double]) -> PictureCard.Measure {
    .init(value: value, naturalRank: PhotographStatistics.rank(of: value, in: natural))
  }

  // MARK: The network's view

  /// The objective on the clean images, and its mean and deviation on held-out transforms.
  private func objectives(
    on seen: Tensor, _ images: Tensor, _ recipe: VisualizationRecipe, _ pictures: [String: Tensor]
  ) throws -> (clean: Double, mean: Double, deviation: Double) {
    let clean = try value(on: seen, images, recipe, pictures, transforms: [], step: 0)
    var values: [Double] = []
    for step in 0..<PictureCard.transformCount {
      values.append(
        try value(on: seen, images, recipe, pictures, transforms: Self.transforms, step: step))
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (clean, mean, variance.squareRoot())
  }

  private var programs: [String: [[[Int]]: Program]] = [:]

  private func value(
    on seen: Tensor, _ images: Tensor, _ recipe: VisualizationRecipe, _ pictures: [String: Tensor],
    transforms: [Transform], step: Int
  ) throws -> Double {
    var held = recipe
    held.transforms = transforms
    let transforms = held.transforms(for: network)
    let size = Array(seen.shape.sizes[2...])
    // Another stream than that of any optimization.
    let draw = transforms.draw(seed: recipe.seed, step: step, stream: "held-out transforms")
    let sizes = try transforms.sizes(draw, from: size)
    let key = "\(recipe.objective) \(images.shape.sizes)"
    let program: Program
    if let known = programs[key]?[sizes] {
      program = known
    } else {
      let (input, original) = (
        Node.input("seen", seen.shape), Node.input("images", images.shape)
      )
      let value = try recipe.objective.node(
        on: network.network(on: transforms.applied(to: input, draw)), image: original,
        labels: network.labels, wordNetIDs: network.wordNetIDs
      ) { [network] name in
        guard let picture = pictures[name] else {
          throw ObjectiveProblem.missingPicture(name: name)
        }
        return try network.network(
          on: transforms.applied(
            to: .constant(picture.elements, picture.shape), draw))
      }
      program = try Program(Graph(["objective": value]), parameters: network.parameters)
      programs[key, default: [:]][sizes] = program
    }
    var inputs = try transforms.inputs(draw, from: size)
    inputs["seen"] = seen
    inputs["images"] = images
    for name in program.inputNames {
      if let value = inputs[name] { try program.set(name, value) }
    }
    try program.run()
    return Double(try program.output("objective").scalar)
  }

  /// What the target of an objective answers to each clean image; `nil` if it has none.
  private func unitAnswers(
    on seen: Tensor, _ recipe: VisualizationRecipe
  ) throws -> [PictureCard.UnitAnswer]? {
    guard recipe.objective.target != nil else { return nil }
    var clean = recipe
    clean.transforms = []
    let transforms = clean.transforms(for: network)
    let draw = transforms.draw(seed: 0, step: 0)
    let input = Node.input("seen", seen.shape)
    let graph = try network.network(on: transforms.applied(to: input, draw))
    let vocabulary = ObjectiveVocabulary(
      graph, labels: network.labels, wordNetIDs: network.wordNetIDs)
    let target = try vocabulary.unit(of: recipe.objective)
    let (name, channel) = (target.layer, target.channel)
    let layer = try graph.layer(name)
    let (batch, count) = (layer.shape[0], layer.shape[1])
    let flat = try layer.reshaped([batch, count, layer.shape.count / (batch * count)])
    let program = try Program(
      Graph(["mean": flat.mean(over: [2]), "maximum": flat.maximum(over: [2])]),
      parameters: network.parameters)
    try program.set("seen", seen)
    try program.run()
    let (means, maxima) = (
      try program.output("mean").elements, try program.output("maximum").elements
    )
    let natural = scan?.layer(name)?.units
    return (0..<batch).map { index in
      let row = means[index * count..<(index + 1) * count]
      let mean = means[index * count + channel]
      let maximum = Double(maxima[index * count + channel])
      let unit = natural.flatMap { $0.indices.contains(channel) ? $0[channel] : nil }
      let largest = unit?.top.first.map { Double($0.value) }
      return PictureCard.UnitAnswer(
        layer: name, channel: channel, mean: Double(mean), maximum: maximum,
        rank: row.count { $0 > mean } + 1, unitCount: count,
        shareOfNaturalMaximum: largest.flatMap { $0 > 0 ? maximum / $0 : nil },
        naturalRank: unit?.maxima.share(below: maximum))
    }
  }

  // MARK: The picture itself

  private func measures(_ colors: PixelPlanes) throws -> PictureMeasures {
    // The largest square in the middle, in its own pixels: frequencies are those of the picture.
    let side = min(colors.height, colors.width)
    let spectrum: PictureSpectrum
    if let known = spectra[side] {
      spectrum = known
    } else {
      spectrum = try PictureSpectrum(side: side)
      spectra[side] = spectrum
    }
    let square = colors.centralSquare(side)
    return PictureMeasures(
      colors: square, spectrum: try spectrum.transform(square), side: side)
  }

  private static func clippedShare(_ colors: PixelPlanes) -> Double {
    let margin = PictureCard.clippingMargin
    let clipped = colors.values.count { $0 < margin || $0 > 1 - margin }
    return Double(clipped) / Double(max(colors.values.count, 1))
  }

  /// Images with opacity over even gray, `[batch, 3, height, width]`.
  private static func overGray(_ images: Tensor) throws -> Tensor {
    guard images.shape[1] == 4 else { return images }
    let (batch, plane) = (images.shape[0], images.shape[2] * images.shape[3])
    var seen = Tensor(images.shape.replacing(axis: 1, with: 3), filledWith: 0)
    for index in 0..<batch {
      for channel in 0..<3 {
        for pixel in 0..<plane {
          let color = images.elements[(index * 4 + channel) * plane + pixel]
          let alpha = images.elements[(index * 4 + 3) * plane + pixel]
          seen.elements[(index * 3 + channel) * plane + pixel] = color * alpha + 0.5 * (1 - alpha)
        }
      }
    }
    return seen
  }
}

/// Red, green and blue of one image, each a plane.
struct PixelPlanes {
  let values: [Float]
  let height: Int
  let width: Int

  /// The planes of the largest square in the middle.
  func centralSquare(_ side: Int) -> [Float] {
    let (top, left) = ((height - side) / 2, (width - side) / 2)
    var square: [Float] = []
    square.reserveCapacity(3 * side * side)
    for channel in 0..<3 {
      for row in top..<top + side {
        let start = (channel * height + row) * width + left
        square += values[start..<start + side]
      }
    }
    return square
  }
}

extension Tensor {
  /// One image of `[batch, 3, height, width]`.
  fileprivate func image(_ index: Int) -> PixelPlanes {
    let size = 3 * shape[2] * shape[3]
    return PixelPlanes(
      values: Array(elements[index * size..<(index + 1) * size]), height: shape[2],
      width: shape[3])
  }
}
