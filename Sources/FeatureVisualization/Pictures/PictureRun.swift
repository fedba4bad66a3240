import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime

/// A visualization that becomes picture files: with the files that its recipe names, states that are
/// saved and found again, and frames of an animation.
public final class PictureRun {
  /// What is being made.
  public let recipe: PictureRecipe
  /// The optimization.
  public let run: VisualizationRun
  /// The images after some of the steps, for an animation; the first is the start.
  public private(set) var frames: [Tensor] = []

  /// The pictures that the objective names, by their paths.
  public let pictures: [String: Tensor]

  /// The steps after which a frame is kept.
  private let frameSteps: Set<Int>

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - recipe: What to make.
  ///   - network: The model that the recipe names.
  ///   - frameCount: How many frames of an animation to keep, besides the start; 0 keeps none.
  /// - Throws: ``PictureError/changedFile(path:)`` if a file is not the one of the recipe; otherwise
  ///   as ``VisualizationRun/init(_:on:startingFrom:pictures:)``, and the errors of images.
  public init(
    _ recipe: PictureRecipe, on network: VisualizedNetwork, frameCount: Int = 0
  ) throws {
    self.recipe = recipe
    let parameterization = recipe.visualization.parameterization
    var pictures: [String: Tensor] = [:]
    for reference in recipe.pictures {
      try reference.check()
      pictures[reference.path] = try Self.image(reference.path, parameterization)
    }
    self.pictures = pictures
    run = try VisualizationRun(
      recipe.visualization, on: network, startingFrom: Self.start(recipe), pictures: pictures)
    let steps = recipe.visualization.steps
    // Early steps change most: frames lie closer there.
    frameSteps =
      frameCount > 0
      ? Set(
        (1...frameCount).map { index in
          let share = Double(index) / Double(frameCount)
          return max(1, Int((Double(steps) * share * share).rounded()))
        }) : []
    if frameCount > 0 { frames.append(try run.images()) }
  }

  private static func start(_ recipe: PictureRecipe) throws -> VisualizationRun.Start {
    guard let reference = recipe.start else { return .random }
    try reference.check()
    let parameterization = recipe.visualization.parameterization
    if reference.path.hasSuffix(".safetensors") {
      return .state(try state(reference.path).tensors)
    }
    let picture = try ImageFile.read(reference.path).centralPart(
      height: parameterization.height, width: parameterization.width)
    return .images(parameterization.startingImages(picture))
  }

  private static func image(_ path: String, _ parameterization: Parameterization) throws -> Tensor {
    try ImageFile.read(path).centralPart(
      height: parameterization.height, width: parameterization.width
    ).tensor
  }

  /// Takes a step and keeps a frame if one is due.
  ///
  /// - Throws: As ``VisualizationRun/step()``.
  @discardableResult
  public func step() throws -> VisualizationProgress {
    let progress = try run.step()
    if frameSteps.contains(progress.step) { frames.append(try run.images()) }
    return progress
  }

  // MARK: States

  private static let recipeKey = "plumb-recipe"

  /// Writes everything that a later run needs to go on from here into a safetensors file.
  ///
  /// - Throws: `SafetensorsError.unwritable`.
  public func save(to path: String) throws {
    var tensors: [String: StoredTensor] = [:]
    for (name, tensor) in try run.state() {
      tensors[name] = StoredTensor(tensor.elements, shape: tensor.shape.sizes)
    }
    for (index, frame) in frames.enumerated() {
      tensors["frame\(index)"] = StoredTensor(frame.elements, shape: frame.shape.sizes)
    }
    try SafetensorsWriter.write(tensors, metadata: [Self.recipeKey: recipe.json], to: path)
  }

  /// Goes on where ``save(to:)`` left off.
  ///
  /// - Throws: ``VisualizationError/otherRecipe(file:)`` if the file is of another recipe,
  ///   ``VisualizationError/noState(file:)`` if it is no state.
  public func resume(from path: String) throws {
    let (json, tensors) = try Self.state(path)
    guard json == recipe.json else { throw VisualizationError.otherRecipe(file: path) }
    try run.restore(tensors)
    guard !frames.isEmpty else { return }
    var saved: [Tensor] = []
    while let frame = tensors["frame\(saved.count)"] { saved.append(frame) }
    // A run that kept no frames can give none of its past.
    if !saved.isEmpty { frames = saved }
  }

  private static func state(
    _ path: String
  ) throws -> (recipe: String, tensors: [String: Tensor]) {
    let file = try SafetensorsFile(path: path)
    guard let recipe = file.metadata[recipeKey] else {
      throw VisualizationError.noState(file: path)
    }
    var tensors: [String: Tensor] = [:]
    for name in file.names {
      let stored = try file.tensor(name)
      tensors[name] = try Tensor(Shape(stored.shape), stored.floats())
    }
    return (recipe, tensors)
  }

  // MARK: Pictures

  /// The images as they are now.
  public func currentPictures() throws -> [PixelImage] {
    let images = try run.images()
    return (0..<images.shape[0]).map { images.picture($0) }
  }

  /// One of the images as it is now, as PNG with the recipe inside.
  public func png(_ index: Int) throws -> Data {
    ImageFile.png(try run.images().picture(index), texts: [recipe.text(ofImage: index)])
  }

  /// The frames of one image as an animated PNG with the recipe inside.
  public func animation(_ index: Int, milliseconds: Int = 60) -> Data {
    var pictures = frames.map { $0.picture(index) }
    // The end stays on for a while.
    if let last = pictures.last { pictures += Array(repeating: last, count: 12) }
    return ImageFile.animatedPNG(
      pictures, milliseconds: milliseconds, texts: [recipe.text(ofImage: index)])
  }
}

extension Parameterization {
  /// A picture once for each image of the batch, wholly opaque.
  fileprivate func startingImages(_ picture: PixelImage) -> Tensor {
    let colors = picture.tensor
    var elements: [Float] = []
    for _ in 0..<batch {
      elements += colors.elements
      if hasAlpha { elements += Array(repeating: 1, count: height * width) }
    }
    var images = Tensor(imageShape, filledWith: 0)
    images.elements = elements
    return images
  }
}
