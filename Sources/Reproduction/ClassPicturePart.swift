import FeatureVisualization
import Laboratory
import PlumbRuntime
import Reporting

/// One class of a classifier, optimized twice: pixel by pixel, and in the Fourier basis.
public struct ClassPicturePart: ReportPart {
  /// What decides both pictures.
  public struct Recipe: Codable, Sendable {
    /// The picture made pixel by pixel.
    public var naive: PictureRecipe
    /// The picture made in the Fourier basis.
    public var fourier: PictureRecipe
  }

  /// What came of both.
  public struct Outcome: Codable, Sendable {
    let naive: PictureWork.Made
    let fourier: PictureWork.Made
  }

  private let vision: VisionSubject
  private let label: String
  private let seed: UInt64

  /// Creates the part.
  ///
  /// - Parameters:
  ///   - vision: The classifier.
  ///   - label: The class.
  ///   - seed: Decides both starting points and the transforms.
  public init(_ vision: VisionSubject, label: String = "chain", seed: UInt64 = 0) {
    self.vision = vision
    self.label = label
    self.seed = seed
  }

  /// `class-picture`.
  public var name: String { "class-picture" }
  /// The heading.
  public var title: String { "What is a “\(label)”, asked twice" }
  /// 3,000 steps.
  public var expectedSeconds: Double { 110 }

  /// Both recipes: 1,000 steps on pixels without transforms, 2,000 in the Fourier basis with Lucid's.
  ///
  /// - Throws: The errors of finding and loading the model.
  public func plan() throws -> PartPlan<Recipe> {
    let model = try vision.model()
    let (height, width) = model.usualPictureSize
    func recipe(
      _ parameterization: Parameterization, _ transforms: [Transform], steps: Int
    ) throws -> PictureRecipe {
      PictureRecipe(
        model: try vision.reference(), threads: vision.threads,
        visualization: VisualizationRecipe(
          .classScore(label), parameterization: parameterization, transforms: transforms,
          steps: steps, redirectedReLU: .off, seed: seed))
    }
    let recipe = Recipe(
      naive: try recipe(
        Parameterization(.pixels, height: height, width: width, colors: nil), .none, steps: 1000),
      fourier: try recipe(
        Parameterization(.fourier(), height: height, width: width), .lucid, steps: 2000))
    return PartPlan(recipe: recipe, seed: seed, models: [try vision.storedModel()])
  }

  /// Makes both pictures and measures them.
  ///
  /// - Throws: `CancellationError`, and the errors of the pictures.
  public func perform(_ recipe: Recipe, in run: PartRun) async throws -> Outcome {
    let network = VisualizedNetwork(try vision.model())
    let cards = try CardMaker(network)
    let (first, second) = (recipe.naive.visualization.steps, recipe.fourier.visualization.steps)
    let naive = try await PictureWork(name: "naive", recipe: recipe.naive, network: network)
      .made(in: run, cards: cards) { progress in
        run.report(progress.step, of: first + second, "pixels, step \(progress.step) of \(first)")
      }
    let fourier = try await PictureWork(name: "fourier", recipe: recipe.fourier, network: network)
      .made(in: run, cards: cards) { progress in
        run.report(
          first + progress.step, of: first + second,
          "Fourier basis, step \(progress.step) of \(second)")
      }
    return Outcome(naive: naive, fourier: fourier)
  }

  /// The pictures side by side, their cards, and their curves.
  ///
  /// - Throws: If a file is missing.
  public func section(
    of outcome: Outcome, recipe: Recipe, files: PartFiles
  ) throws -> ReportSection {
    let naive = try files.image(
      "naive.png", alt: "The picture made pixel by pixel: fine colored noise over all of it.")
    let fourier = try files.image(
      "fourier.png", alt: "The picture made in the Fourier basis: large smooth shapes.")
    return ReportSection(
      finding: finding(outcome), badge: badge(outcome), thumbnail: "\(naive)\(fourier)",
      blocks: [
        .text(Self.introduction(label)),
        .figure(try pictures(naive, fourier, outcome, recipe)),
        .text(Self.explanation),
        .figure(try curves(outcome, recipe)),
      ])
  }
}

// MARK: - What is shown

extension ClassPicturePart {
  /// Whether every measure of likeness to a photograph says that the Fourier picture is nearer.
  private func isNearer(_ outcome: Outcome) -> [Bool] {
    let (naive, fourier) = (outcome.naive.card, outcome.fourier.card)
    func distance(_ measure: PictureCard.Measure) -> Double { abs(measure.naturalRank - 0.5) }
    var nearer = [
      fourier.totalVariation.value < naive.totalVariation.value
        && distance(fourier.totalVariation) <= distance(naive.totalVariation),
      distance(fourier.highFrequencyShare) <= distance(naive.highFrequencyShare)
        && fourier.highFrequencyShare.value < naive.highFrequencyShare.value,
    ]
    if let first = naive.spectralSlope, let second = fourier.spectralSlope {
      nearer.append(
        distance(second) <= distance(first) && abs(second.value + 1.3) < abs(first.value + 1.3))
    }
    return nearer
  }

  private func badge(_ outcome: Outcome) -> Page.Badge {
    let nearer = isNearer(outcome)
    return nearer.allSatisfy(\.self)
      ? Page.Badge("nearer to a photograph", .good)
      : Page.Badge("\(nearer.count(where: \.self)) of \(nearer.count) measures agree", .unsure)
  }

  private func finding(_ outcome: Outcome) -> HTML {
    let (naive, fourier) = (outcome.naive.card, outcome.fourier.card)
    return """
      The network gives “\(label)” a score of \(naive.objective, digits: 3) on the picture made pixel \
      by pixel and of \(fourier.objective, digits: 3) on the one in the Fourier basis; moved, scaled \
      and turned a little, \(naive.transformedObjective, digits: 3) and \
      \(fourier.transformedObjective, digits: 3) are left. Fine detail makes up \
      \(NumberText.percent(naive.highFrequencyShare.value)) of the first and \
      \(NumberText.percent(fourier.highFrequencyShare.value)) of the second.
      """
  }

  private static func introduction(_ label: String) -> HTML {
    """
    <p>An image classifier gives every picture a score for every class it knows. Turned around, it \
    can be asked for the picture that it likes best: start from random noise, ask in which direction \
    each number of the picture should move to raise the score for “\(label)”, move a little, and do \
    it again. The only thing that differs between the two pictures below is what those numbers are.</p>

    """
  }

  private static let explanation: HTML = """
    <p>On the left every pixel moves on its own. Nothing ties a pixel to its neighbor, so the steepest \
    way up is fine noise that the network answers to and no camera would ever take. On the right the \
    numbers are the waves of a Fourier series: each one moves the whole picture at once. Every wave is \
    divided by its frequency, so that coarse ones, which make up most of a photograph, move first. \
    The picture is also shifted, scaled and turned a little at every step, so that only what survives \
    that is worth adding. Neither change tells the network anything about what it is looking at.</p>

    """

  private func pictures(
    _ naive: HTML, _ fourier: HTML, _ outcome: Outcome, _ recipe: Recipe
  ) throws -> ReportFigure {
    let picture: HTML = """
      <div class="side">
      <div><h3>Pixel by pixel, \(recipe.naive.visualization.steps) steps</h3>\(naive)</div>
      <div><h3>In the Fourier basis, \(recipe.fourier.visualization.steps) steps</h3>\(fourier)</div>
      </div>
      \(CardTable.html([("Pixels", outcome.naive.card), ("Fourier", outcome.fourier.card)]))
      """
    return try ReportFigure(
      id: "\(name)-pictures", picture: picture,
      caption: """
        The same class of the same network, from the same seed. The table says what the network \
        answers, and where each picture would stand among 200 photographs: a rank of 50% is the middle.
        """,
      caveats: [
        "A high score is what was optimized for; it says nothing about what people see in a picture.",
        """
        The network is small: its pictures are \(recipe.fourier.visualization.parameterization.height) \
        by \(recipe.fourier.visualization.parameterization.width) pixels, and its shapes are coarse.
        """,
        """
        One seed each. Another seed gives another picture; the noise and the smoothness stay.
        """,
      ],
      replay: """
        plumb visualize --replay report/parts/\(name)/fourier.png --output again.png
        """,
      recipe: recipe,
      numbers: ["pixels": outcome.naive.card, "fourier": outcome.fourier.card])
  }

  private func curves(_ outcome: Outcome, _ recipe: Recipe) throws -> ReportFigure {
    func series(_ name: String, _ made: PictureWork.Made, color: Int) -> Plot.Series {
      Plot.Series(
        name, made.curve.map { Plot.Point(Double($0.step), $0.objective) }, color: color)
    }
    let plot = Plot(
      x: Axis("step"), y: Axis("score for “\(label)” (before softmax)"),
      series: [
        series("pixels", outcome.naive, color: 1),
        series("Fourier basis", outcome.fourier, color: 0),
      ])
    return try ReportFigure(
      id: "\(name)-curves", picture: plot.svg,
      caption: "The score as the network saw it at each step.",
      caveats: [
        """
        The Fourier picture is seen through a new random transform at every step, hence the unrest of \
        its curve; it works under harder conditions, so the heights do not compare.
        """
      ],
      replay: "plumb reproduce --only \(name) --fresh", recipe: recipe,
      numbers: ["pixels": outcome.naive.curve, "fourier": outcome.fourier.curve])
  }
}
