import PlumbGraph

extension Graph {
  /// A named rewriting of a graph.
  struct Pass: Sendable {
    /// What printing calls it.
    let name: String
    /// What it does.
    let apply: @Sendable (Graph) throws -> Graph
  }

  /// The passes before freezing and fusion, in order.
  static func passes(for precision: Precision) -> [Pass] {
    [
      Pass(name: "without names") { try $0.withoutNames() },
      Pass(name: "simplified") { try $0.simplified() },
      Pass(name: "folding channel scales") { try $0.foldingChannelScales() },
      Pass(name: "slicing channels early") { try $0.slicingChannelsEarly().simplified() },
      Pass(name: "rounding operands") { try $0.roundingOperands(for: precision) },
      Pass(name: "splitting strided input gradients") { try $0.splittingStridedInputGradients() },
      Pass(name: "fusing activations") { try $0.fusingActivations() },
      Pass(name: "merging sibling convolutions") { try $0.mergingSiblingConvolutions() },
      Pass(name: "fusing normalizations") { try $0.fusingNormalizations() },
      Pass(name: "merging input gradients") { try $0.mergingInputGradients().simplified() },
    ]
  }

  /// Returns this graph after all passes; in debug builds each is verified.
  func optimized(for precision: Precision) throws -> Graph {
    var graph = self
    for pass in Self.passes(for: precision) {
      graph = try pass.apply(graph)
      #if DEBUG
        try graph.verify()
      #endif
    }
    return graph
  }
}
