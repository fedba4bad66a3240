import PlumbGraph

extension Parameterization {
  /// The shape of the phases of a spectrum.
  var phasesShape: Shape {
    Shape(
      [batch, channelCount, height, width / 2 + 1], names: ["batch", "channel", "row", "column"])
  }

  /// The channels with the magnitudes of photographs and phases that are free.
  ///
  /// No frequency can grow: all the optimizer may do is to move waves until they meet in edges. The
  /// channels are standardized after the transform, as in MACO. MACO standardizes the phases too,
  /// which keeps them from spreading over the whole circle; here they are free, so that every image
  /// with these magnitudes can be reached.
  ///
  /// Source: Fel et al., "Unlocking feature visualization for deeper networks with magnitude
  /// constrained optimization", 2023.
  func phaseImage(_ natural: NaturalSpectrum) throws -> Node {
    let columns = width / 2 + 1
    var magnitudes = natural.magnitudes(height: height, width: width)
    // Opacity varies as brightness does.
    if hasAlpha { magnitudes += magnitudes.prefix(height * columns) }
    let magnitude = try Node.constant(magnitudes, [channelCount, height, columns])
    let phases = Node.parameter(Self.prefix + "phases", phasesShape)
    let parts = try [phases.cosine() * magnitude, phases.sine() * magnitude].map {
      node throws(GraphError) in
      try node.reshaped([batch, channelCount, height, columns, 1])
    }
    return try Node.concatenated(parts, axis: 4)
      .inverseRealFourierTransform(width: width).standardized()
  }
}

extension Node {
  /// These values with mean 0 and standard deviation 1 over all axes but the first.
  fileprivate func standardized() throws(GraphError) -> Node {
    let axes = Array(1..<shape.rank)
    let centered = try self - mean(over: axes)
    // MACO's 1e-5; 1e-12 keeps the root's gradient finite where all values are equal.
    let deviation = try (centered.squared().mean(over: axes) + 1e-12).squareRoot() + 1e-5
    return try centered / deviation
  }
}
