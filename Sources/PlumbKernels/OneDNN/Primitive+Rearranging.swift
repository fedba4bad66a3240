import COneDNN

extension Primitive {
  /// A copy into another layout or element type.
  ///
  /// - Parameters:
  ///   - source: What to copy.
  ///   - destination: The same shape, in the layout and element type wanted.
  /// - Returns: The primitive.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func reorder(
    source: MemoryDescriptor, destination: MemoryDescriptor
  ) throws(OneDNNError) -> Primitive {
    try Primitive("reorder", from: [("source", source), ("destination", destination)]) { made in
      odnn_reorder(&made, source.handle, destination.handle)
    }
  }

  /// The softmax along one axis, or its logarithm.
  ///
  /// - Parameters:
  ///   - source: The logits.
  ///   - destination: The same shape.
  ///   - axis: The axis along which the probabilities sum to 1.
  ///   - logarithm: Whether to write log probabilities, in nats.
  /// - Returns: The primitive.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func softmaxForward(
    source: MemoryDescriptor, destination: MemoryDescriptor, axis: Int, logarithm: Bool = false
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "softmax forward", from: [("source", source), ("destination", destination)],
      details: "axis \(axis)"
    ) { made in
      odnn_softmax_forward(&made, source.handle, destination.handle, Int32(axis), logarithm)
    }
  }

  /// The gradient of a softmax, or of its logarithm, for its source.
  ///
  /// - Parameters:
  ///   - differenceSource: What to compute.
  ///   - differenceDestination: The gradient from above.
  ///   - destination: What the forward pass wrote.
  ///   - axis: The axis along which the probabilities sum to 1.
  ///   - logarithm: Whether the forward pass wrote log probabilities.
  /// - Returns: The primitive.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func softmaxBackward(
    differenceSource: MemoryDescriptor, differenceDestination: MemoryDescriptor,
    destination: MemoryDescriptor, axis: Int, logarithm: Bool = false
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "softmax backward",
      from: [
        ("source gradient", differenceSource), ("destination gradient", differenceDestination),
        ("destination", destination),
      ], details: "axis \(axis)"
    ) { made in
      odnn_softmax_backward(
        &made, differenceSource.handle, differenceDestination.handle, destination.handle,
        Int32(axis), logarithm)
    }
  }
}
