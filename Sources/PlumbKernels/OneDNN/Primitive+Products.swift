import COneDNN

extension Primitive {
  /// A matrix product, batched or not.
  ///
  /// Strides in the descriptors transpose a factor for free.
  ///
  /// - Parameters:
  ///   - source: The left factor, `[..., row, inner]`.
  ///   - weights: The right factor, `[..., inner, column]`; leading axes are equal or 1.
  ///   - bias: `[1..., 1, column]`, of the same rank, or none.
  ///   - destination: `[..., row, column]`.
  ///   - postOperation: What happens to the result before it is written.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func matrixProduct(
    source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor? = nil,
    destination: MemoryDescriptor, postOperation: PostOperation = .none
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "matrix product",
      from: [
        ("source", source), ("weights", weights), ("bias", bias), ("destination", destination),
      ], details: "post-operation '\(postOperation)'"
    ) { made in
      odnn_matmul(
        &made, source.handle, weights.handle, bias?.handle, destination.handle,
        postOperation.code)
    }
  }

  /// A fully connected layer: `[batch, in]` by weights `[out, in]`, transposed.
  ///
  /// - Parameters:
  ///   - source: `[batch, in]`.
  ///   - weights: `[out, in]`.
  ///   - bias: `[out]`, or none.
  ///   - destination: `[batch, out]`.
  ///   - postOperation: What happens to the result before it is written.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func innerProductForward(
    source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor? = nil,
    destination: MemoryDescriptor, postOperation: PostOperation = .none
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "inner product forward",
      from: [
        ("source", source), ("weights", weights), ("bias", bias), ("destination", destination),
      ], details: "post-operation '\(postOperation)'"
    ) { made in
      odnn_inner_product_forward(
        &made, source.handle, weights.handle, bias?.handle, destination.handle,
        postOperation.code)
    }
  }

  /// The gradient of a fully connected layer for its source.
  ///
  /// - Parameters:
  ///   - differenceSource: What to compute, `[batch, in]`.
  ///   - weights: `[out, in]`.
  ///   - differenceDestination: The gradient from above, `[batch, out]`.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func innerProductBackwardData(
    differenceSource: MemoryDescriptor, weights: MemoryDescriptor,
    differenceDestination: MemoryDescriptor
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "inner product backward data",
      from: [
        ("source gradient", differenceSource), ("weights", weights),
        ("destination gradient", differenceDestination),
      ]
    ) { made in
      odnn_inner_product_backward_data(
        &made, differenceSource.handle, weights.handle, differenceDestination.handle)
    }
  }

  /// The gradient of a fully connected layer for its weights, and for its bias if there is one.
  ///
  /// - Parameters:
  ///   - source: `[batch, in]`.
  ///   - differenceWeights: What to compute, `[out, in]`.
  ///   - differenceBias: What to compute as well, `[out]`, or nil.
  ///   - differenceDestination: The gradient from above, `[batch, out]`.
  /// - Returns: The primitive; its descriptors say which layouts it chose.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  public static func innerProductBackwardWeights(
    source: MemoryDescriptor, differenceWeights: MemoryDescriptor,
    differenceBias: MemoryDescriptor? = nil, differenceDestination: MemoryDescriptor
  ) throws(OneDNNError) -> Primitive {
    try Primitive(
      "inner product backward weights",
      from: [
        ("source", source), ("weights gradient", differenceWeights),
        ("bias gradient", differenceBias), ("destination gradient", differenceDestination),
      ]
    ) { made in
      odnn_inner_product_backward_weights(
        &made, source.handle, differenceWeights.handle, differenceBias?.handle,
        differenceDestination.handle)
    }
  }
}
