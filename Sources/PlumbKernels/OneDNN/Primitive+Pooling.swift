import COneDNN

extension Primitive {
  /// What a pool takes from the pixels under its kernel.
  public enum Pooling: Int32, Sendable, Hashable, CaseIterable {
    /// The largest; pixels of the padding never win.
    case max = 0
    /// The mean, in which the padding counts as zeros.
    case averageIncludingPadding = 1
    /// The mean over the pixels inside the image.
    case averageExcludingPadding = 2

    var code: odnn_pooling { odnn_pooling(rawValue: rawValue) }
  }

  /// A pool.
  ///
  /// - Parameters:
  ///   - pooling: What it takes from the pixels under the kernel.
  ///   - training: Whether a max pool writes where its maxima were, as its backward pass needs.
  ///   - source: `[batch, channel, height, width]`, or with one or three spatial axes.
  ///   - destination: The same with other spatial sizes.
  ///   - kernel: The size of the kernel, in pixels.
  ///   - window: How the kernel moves.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func poolingForward(
    _ pooling: Pooling, training: Bool, source: MemoryDescriptor, destination: MemoryDescriptor,
    kernel: [Int], window: Window
  ) throws(OneDNNError) -> Primitive {
    precondition(
      kernel.count == window.strides.count, "Kernel \(kernel) does not fit \(window).")
    return try Primitive(
      "pooling forward", from: [("source", source), ("destination", destination)],
      details: "'\(pooling)', kernel \(kernel), \(window)"
    ) { made in
      window.withCode(rank: source.rank) { window in
        odnn_pooling_forward(
          &made, pooling.code, training, source.handle, destination.handle,
          kernel.map(Int64.init), window)
      }
    }
  }

  /// The gradient of a pool for its source.
  ///
  /// - Parameters:
  ///   - forward: The forward pool, which says what it does and how its kernel moves; for a max
  ///     pool, made for training.
  ///   - differenceSource: What to compute, shaped as the source.
  ///   - differenceDestination: The gradient from above, shaped as the destination.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func poolingBackward(
    forward: Primitive, differenceSource: MemoryDescriptor,
    differenceDestination: MemoryDescriptor
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "pooling backward",
      from: [
        ("source gradient", differenceSource), ("destination gradient", differenceDestination),
      ]
    ) { made in
      odnn_pooling_backward(
        &made, forward.handle, differenceSource.handle, differenceDestination.handle)
    }
  }
}
