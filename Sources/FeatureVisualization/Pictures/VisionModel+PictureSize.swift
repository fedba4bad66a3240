import VisionModels

extension VisionModel {
  /// The height and width of pictures where nothing else is said: the model's own, and at least 128
  /// pixels if the model takes any size.
  public var usualPictureSize: (height: Int, width: Int) {
    needsItsSize
      ? (input.height, input.width) : (max(input.height, 128), max(input.width, 128))
  }
}
