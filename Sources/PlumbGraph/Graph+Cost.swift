extension Graph {
  /// The floating-point operations of the convolutions and matrix products, two per multiplication
  /// and addition; everything else is small beside them.
  public var floatingPointOperations: Double {
    nodes.reduce(0) { sum, node in
      switch node.operation {
      case is Convolution:
        return sum + 2 * Double(node.shape.count) * Self.reduced(node.inputs[1].shape)
      case is ConvolutionInputGradient:
        return sum + 2 * Double(node.inputs[0].shape.count) * Self.reduced(node.inputs[1].shape)
      case is ConvolutionWeightGradient:
        return sum + 2 * Double(node.inputs[1].shape.count) * Self.reduced(node.shape)
      case let product as MatrixProduct:
        let left = node.inputs[0].shape
        let inner = left[left.rank - (product.transposesLeft ? 2 : 1)]
        return sum + 2 * Double(node.shape.count) * Double(inner)
      default:
        return sum
      }
    }
  }

  /// How many products go into one output of a convolution with these weights.
  private static func reduced(_ weights: Shape) -> Double {
    Double(weights.sizes.dropFirst().reduce(1, *))
  }
}
