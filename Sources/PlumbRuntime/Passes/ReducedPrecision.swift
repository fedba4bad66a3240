import PlumbGraph

extension Graph {
  /// Returns this graph with the operands of convolutions and matrix products rounded to bfloat16
  /// where the precision says so; sums stay in fp32.
  ///
  /// In `mixed` only the gradients of convolutions are rounded: rounding there costs nothing, while
  /// rounding in the forward pass flips ReLU masks and winners of max pools.
  func roundingOperands(for precision: Precision) throws(GraphError) -> Graph {
    guard precision != .fp32 else { return self }
    return try rewritten { (node, inputs) throws(GraphError) in
      switch node.operation {
      case is ConvolutionInputGradient, is ConvolutionWeightGradient:
        break
      case is Convolution, is MatrixProduct:
        guard precision == .bf16 else { return nil }
      default:
        return nil
      }
      // A bias is added to the fp32 sum.
      var operands = inputs
      for index in 0..<2 { operands[index] = try inputs[index].roundedToBFloat16() }
      return try node.replacingInputs(operands)
    }
  }
}
