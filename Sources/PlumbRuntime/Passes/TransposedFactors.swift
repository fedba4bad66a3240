import PlumbGraph
import PlumbKernels

extension Graph {
  /// Returns this graph with transposed left factors written out where that is faster.
  ///
  /// The gradient of a weight is `Aᵀ B` with many rows in both. Without AVX-512 oneDNN takes twice as
  /// long for it as for a product of plain matrices, more than copying the smaller factor costs:
  /// either `Aᵀ` is stored, or the whole is seen as `(Bᵀ A)ᵀ` and `Bᵀ` is stored.
  func storingTransposedFactors() throws -> Graph {
    guard try OneDNN.channelBlock == 8 else { return self }
    return try rewritten { node, inputs throws(GraphError) in
      guard let product = node.operation as? MatrixProduct, product.transposesLeft,
        !product.transposesRight, inputs.allSatisfy({ $0.shape.rank == 2 }),
        inputs[0].shape[0] >= 256
      else { return nil }
      let (left, right) = (inputs[0], inputs[1])
      if left.shape.count <= right.shape.count {
        return try left.transposed().matrixProduct(right)
      }
      return try right.transposed().matrixProduct(left).transposed()
    }
  }
}
