import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import FeatureVisualization

@Suite("Cards of pictures")
struct PictureCardTests {
  private func recipe(_ text: String, _ basis: Parameterization.Basis) throws
    -> VisualizationRecipe
  {
    VisualizationRecipe(
      try Objective(parsing: text),
      parameterization: Parameterization(basis, height: 32, width: 32),
      transforms: .none, steps: 40, learningRate: 0.05, seed: 1)
  }

  @Test("The Fourier basis is nearer to a photograph than pixels, by number")
  func comparesBases() throws {
    let network = try SmallNetwork.network()
    let maker = try CardMaker(network, statistics: ParameterizationTests.photographs(32))
    let cards = try [Parameterization.Basis.pixels, .fourier()].map { basis in
      let recipe = try recipe("second:5", basis)
      let images = try VisualizationRun(recipe, on: network).finish().images
      return try #require(maker.cards(for: images, recipe).first)
    }
    let (naive, fourier) = (cards[0], cards[1])
    #expect(fourier.highFrequencyShare.value < naive.highFrequencyShare.value)
    #expect(fourier.totalVariation.value < naive.totalVariation.value)
    #expect(fourier.spectralSlope != nil)
    for card in cards {
      let unit = try #require(card.unit)
      #expect(unit.layer == "second" && unit.channel == 5)
      #expect(unit.unitCount == 12)
      #expect((1...12).contains(unit.rank))
      #expect(unit.maximum >= unit.mean)
      // A channel's objective is the unit's mean.
      #expect(abs(card.objective - unit.mean) < 1e-5)
      #expect(unit.shareOfNaturalMaximum == nil)
      #expect(card.transformedDeviation > 0)
    }
    let table = PictureCard.table([("naive", naive), ("fourier", fourier)])
    #expect(table.contains("rank among the layer's units"))
    #expect(!table.contains("natural maximum"))
    #expect(Set(table.split(separator: "\n").map(\.count)).count == 1)
  }

  @Test("The same picture has the same card, and measures say where photographs lie")
  func repeats() throws {
    let network = try SmallNetwork.network()
    let recipe = try recipe("neuron(second:3) - 0.01*tv", .pixels)
    let picture = try ParameterizationTests.picture(32, 32)
    let maker = try CardMaker(network, statistics: ParameterizationTests.photographs(32))
    let first = try maker.cards(for: picture, recipe)
    #expect(try maker.cards(for: picture, recipe) == first)
    #expect(try #require(first.first).unit?.channel == 3)
    #expect(try #require(first.first).clippedShare == 0)
    let data = try JSONEncoder().encode(first)
    #expect(try JSONDecoder().decode([PictureCard].self, from: data) == first)
  }

  @Test("A scan tells the share of the natural maximum")
  func usesScan() throws {
    let folder = TemporaryFolder()
    let picture = try ParameterizationTests.picture(16, 16)
    try ImageFile.write(ImageFile.png(picture.picture(0)), to: folder.path("a.png"))
    let network = try SmallNetwork.network()
    let scanner = try ExampleScanner(
      network, layers: ["second"], collection: ImageCollection(path: folder.url.path),
      origin: .init(
        model: "small", digest: "", images: folder.url.path, height: 16, width: 16, topCount: 2))
    while try scanner.step() {}
    var recipe = try recipe("second:5", .pixels)
    recipe.parameterization.height = 16
    recipe.parameterization.width = 16
    let card = try CardMaker(network, scan: scanner.scan)
      .cards(for: picture.picture(0).tensor, recipe)[0]
    // The picture is the only photograph: its maximum is the natural one.
    #expect(abs(try #require(card.unit?.shareOfNaturalMaximum) - 1) < 1e-4)
  }

  @Test("The built-in statistics are those of photographs")
  func builtIn() throws {
    let statistics = try PhotographStatistics.builtIn()
    #expect(statistics.count == 200)
    #expect(statistics.side == 224)
    // Photographs fall off with about one over the frequency.
    #expect((-1.6 ... -0.9).contains(statistics.spectralSlopes[10]))
    let root = statistics.colors.root
    // The strongest axis is brightness: all colors together.
    #expect(root.allSatisfy { $0[0] > 0.2 })
  }
}
