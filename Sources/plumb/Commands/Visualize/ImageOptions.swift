import ArgumentParser
import FeatureVisualization
import Foundation
import PlumbFiles
import PlumbRuntime
import VisionModels

/// How images are written as numbers.
struct ImageOptions: ParsableArguments {
  @Option(
    help: """
      The basis of the images: pixels, fourier, laplacian, cppn or maco; several with commas, to \
      compare.
      """)
  var parameterization = "fourier"

  @Option(
    help: """
      Height and width in pixels, as 128 or 128x96; the model's own if not given, and at least 128 if \
      it takes any.
      """)
  var size: String?

  @Option(help: "The exponent with which frequencies fall off in the Fourier basis.")
  var decay = 1.0

  @Option(
    help: "The colors: imagenet, photographs (those of --photographs), or rgb for none.")
  var colors = "imagenet"

  @Option(
    help: """
      Photographs, a folder or tar archive, for the colors or for MACO's magnitudes; 200 of ImageNet \
      are built in.
      """)
  var photographs: String?

  @Option(help: "Images optimized together; for diversity, interpolate and alignment.")
  var batch = 1

  @Option(help: "Divisors of the size of images that the batch shares, such as 2,4,8.")
  var shared: String?

  @Flag(help: "Give the images an alpha channel; add '- 0.1*alpha' to the objective.")
  var alpha = false

  @Option(help: "Start from this picture, or from a state that an interrupted run left.")
  var from: String?

  func validate() throws {
    for name in names where !Self.known.contains(name) {
      throw ValidationError(
        "--parameterization must be of \(Self.known.joined(separator: ", ")), not '\(name)'.")
    }
    if let size, Self.parsed(size) == nil {
      throw ValidationError(
        "--size must be a number of pixels, as 128 or 128x96 (height first), not '\(size)'.")
    }
    guard decay.isFinite else { throw ValidationError("--decay must be a number.") }
    guard ["imagenet", "photographs", "rgb"].contains(colors) else {
      throw ValidationError("--colors must be imagenet, photographs or rgb, not '\(colors)'.")
    }
    guard (1...256).contains(batch) else {
      throw ValidationError("--batch must be 1 to 256, not \(batch).")
    }
    if let shared, Self.list(shared) == nil {
      throw ValidationError("--shared must be whole numbers such as 2,4,8, not '\(shared)'.")
    }
  }

  private static let known = ["pixels", "fourier", "laplacian", "cppn", "maco"]

  /// The names of the bases.
  var names: [String] { parameterization.split(separator: ",").map(String.init) }

  /// Returns the parameterization of a name.
  ///
  /// - Parameters:
  ///   - name: One of ``names``.
  ///   - model: The model, for its size.
  ///   - statistics: What the photographs have in common.
  /// - Returns: The parameterization.
  /// - Throws: The errors of measuring the photographs.
  func parameterization(
    _ name: String, for model: VisionModel, _ statistics: () throws -> PhotographStatistics
  ) throws -> Parameterization {
    let basis: Parameterization.Basis =
      switch name {
      case "pixels": .pixels
      case "laplacian": .laplacianPyramid()
      case "cppn": .patternNetwork()
      case "maco": .phases(try statistics().spectrum)
      default: .fourier(decay: decay)
      }
    let (height, width) = size(for: model)
    let correlation: ColorCorrelation? =
      switch colors {
      case "rgb": nil
      case "photographs": try statistics().colors
      // The magnitudes are those of channels in the photographs' own colors.
      default: name == "maco" ? try statistics().colors : .imageNet
      }
    return Parameterization(
      basis, batch: batch, height: height, width: width, colors: correlation, hasAlpha: alpha,
      sharedDivisors: shared.flatMap(Self.list) ?? [])
  }

  /// Height and width of the images.
  func size(for model: VisionModel) -> (height: Int, width: Int) {
    if let size, let parsed = Self.parsed(size) { return parsed }
    return model.usualPictureSize
  }

  private static func parsed(_ text: String) -> (height: Int, width: Int)? {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let height = sides[0], let width = sides[sides.count - 1],
      (1...4096).contains(height), (1...4096).contains(width)
    else { return nil }
    return (height, width)
  }

  private static func list(_ text: String) -> [Int]? {
    let numbers = text.split(separator: ",").map { Int($0) }
    return numbers.isEmpty || numbers.contains { ($0 ?? 0) < 1 } ? nil : numbers.compactMap { $0 }
  }
}

/// How images are optimized.
struct OptimizationOptions: ParsableArguments {
  @Option(help: "Optimization steps.")
  var steps = 512

  @Option(help: "Adam's learning rate; 0.05, for cppn 0.005 and for maco 0.1 if not given.")
  var learningRate: Double?

  @Option(
    help: """
      What happens to the images before the network sees them: lucid, lucent, none, or steps such as \
      'pad 12, jitter 8, scale 0.9-1.1, rotate 10, jitter 4, crop 224'.
      """)
  var transforms = "lucid"

  @Option(
    name: .customLong("redirected-relu"),
    help: """
      How gradients pass silent units: lucid (during the first 17 steps), lucent (a tenth, always) or \
      off.
      """)
  var redirectedReLU = VisualizationRecipe.RedirectedReLU.lucid

  @Option(
    help: """
      The precision of the steps: fp32, mixed (backward in bfloat16) or bf16. Operands are rounded and \
      multiplied in fp32, which shows what bfloat16 would do, at no gain in speed.
      """)
  var precision = Precision.fp32

  @Flag(help: "Optimize against the objectives.")
  var negative = false

  @Option(help: "Random seed; the same seed gives the same pictures.")
  var seed: UInt64 = 0

  func validate() throws {
    guard (1...1_000_000).contains(steps) else {
      throw ValidationError("--steps must be 1 to 1000000, not \(steps).")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be above 0, not \(learningRate).")
    }
    do {
      _ = try [Transform](parsing: transforms)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

extension VisualizationRecipe.RedirectedReLU: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

/// What is made besides the pictures.
struct PictureOptions: ParsableArguments {
  @Flag(help: "Print the numbers that belong to each picture.")
  var card = false

  @Option(help: "A scan of natural images to compare with, made by 'plumb examples --save'.")
  var scan: String?

  @Flag(help: "Make an animated PNG of each optimization too.")
  var animate = false

  @Option(help: "Seconds between two previews while a picture is being made; 0 for none.")
  var preview = 5.0

  func validate() throws {
    guard preview >= 0, preview.isFinite else {
      throw ValidationError("--preview must be 0 or more, not \(preview).")
    }
  }
}
