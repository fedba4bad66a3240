import COneDNN

extension Primitive {
  /// How a kernel moves over an image; one number per spatial axis, height before width.
  public struct Window: Hashable, Sendable {
    /// How far it moves each time, in pixels.
    public var strides: [Int]
    /// The distance between the pixels that it reads; 1 is dense.
    public var dilations: [Int]
    /// The pixels added above and to the left.
    public var paddingBefore: [Int]
    /// The pixels added below and to the right.
    public var paddingAfter: [Int]

    /// Describes how a kernel moves.
    ///
    /// - Parameters:
    ///   - strides: How far it moves each time.
    ///   - dilations: The distance between the pixels that it reads; nil for 1.
    ///   - paddingBefore: The pixels added above and to the left; nil for none.
    ///   - paddingAfter: The pixels added below and to the right; nil for the same as before.
    public init(
      strides: [Int] = [1, 1], dilations: [Int]? = nil, paddingBefore: [Int]? = nil,
      paddingAfter: [Int]? = nil
    ) {
      let zeros = [Int](repeating: 0, count: strides.count)
      self.strides = strides
      self.dilations = dilations ?? zeros.map { $0 + 1 }
      self.paddingBefore = paddingBefore ?? zeros
      self.paddingAfter = paddingAfter ?? paddingBefore ?? zeros
      for numbers in [self.dilations, self.paddingBefore, self.paddingAfter] {
        precondition(
          numbers.count == strides.count, "\(numbers) and strides \(strides) differ in length.")
      }
    }

    /// Calls a closure with the window as the C layer wants it, for an image of the given rank.
    func withCode(rank: Int, _ body: (odnn_window) -> odnn_status) -> odnn_status {
      guard strides.count == rank - 2 else { return ODNN_INVALID_ARGUMENTS }
      let numbers = (strides + dilations + paddingBefore + paddingAfter).map(Int64.init)
      let count = strides.count
      return numbers.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return ODNN_INVALID_ARGUMENTS }
        return body(
          odnn_window(
            strides: start, dilations: start + count, padding_before: start + 2 * count,
            padding_after: start + 3 * count))
      }
    }
  }

  /// A convolution, with its bias and what follows in one pass.
  ///
  /// - Parameters:
  ///   - source: `[batch, channel, height, width]`, or with one or three spatial axes.
  ///   - weights: `[out, in, height, width]`, or with the groups in front.
  ///   - bias: `[out]`, or none.
  ///   - destination: `[batch, out, height, width]`.
  ///   - window: How the kernel moves.
  ///   - postOperation: What happens to the result before it is written.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func convolutionForward(
    source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor? = nil,
    destination: MemoryDescriptor, window: Window = Window(),
    postOperation: PostOperation = .none
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "convolution forward",
      from: [
        ("source", source), ("weights", weights), ("bias", bias), ("destination", destination),
      ], details: "\(window), post-operation '\(postOperation)'"
    ) { made in
      window.withCode(rank: source.rank) { window in
        odnn_convolution_forward(
          &made, source.handle, weights.handle, bias?.handle, destination.handle, window,
          postOperation.code)
      }
    }
  }

  /// The gradient of a convolution for its source, which is also the transposed convolution.
  ///
  /// - Parameters:
  ///   - differenceSource: What to compute, shaped as the source.
  ///   - weights: The weights.
  ///   - differenceDestination: The gradient from above, shaped as the destination.
  ///   - window: How the kernel of the forward convolution moves.
  ///   - forward: The forward convolution as a hint; nil makes one of the same shapes.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func convolutionBackwardData(
    differenceSource: MemoryDescriptor, weights: MemoryDescriptor,
    differenceDestination: MemoryDescriptor, window: Window = Window(),
    forward: Primitive? = nil
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "convolution backward data",
      from: [
        ("source gradient", differenceSource), ("weights", weights),
        ("destination gradient", differenceDestination),
      ], details: "\(window)"
    ) { made in
      window.withCode(rank: differenceSource.rank) { window in
        odnn_convolution_backward_data(
          &made, differenceSource.handle, weights.handle, differenceDestination.handle, window,
          forward?.handle)
      }
    }
  }

  /// The gradient of a convolution for its weights, and for its bias if there is one.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - differenceWeights: What to compute, shaped as the weights.
  ///   - differenceBias: What to compute as well, or nil.
  ///   - differenceDestination: The gradient from above, shaped as the destination.
  ///   - window: How the kernel moves.
  ///   - forward: The forward convolution as a hint; nil makes one of the same shapes.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func convolutionBackwardWeights(
    source: MemoryDescriptor, differenceWeights: MemoryDescriptor,
    differenceBias: MemoryDescriptor? = nil, differenceDestination: MemoryDescriptor,
    window: Window = Window(), forward: Primitive? = nil
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "convolution backward weights",
      from: [
        ("source", source), ("weights gradient", differenceWeights),
        ("bias gradient", differenceBias), ("destination gradient", differenceDestination),
      ], details: "\(window)"
    ) { made in
      window.withCode(rank: source.rank) { window in
        odnn_convolution_backward_weights(
          &made, source.handle, differenceWeights.handle, differenceBias?.handle,
          differenceDestination.handle, window, forward?.handle)
      }
    }
  }
}

extension Primitive.Window: CustomStringConvertible {
  /// The window in words, such as "strides [2, 2], padding [3, 3] and [2, 2]".
  public var description: String {
    let dilation = dilations.contains { $0 != 1 } ? ", dilations \(dilations)" : ""
    return "strides \(strides)\(dilation), padding \(paddingBefore) and \(paddingAfter)"
  }
}
