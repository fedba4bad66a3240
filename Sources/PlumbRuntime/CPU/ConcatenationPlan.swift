import PlumbGraph

/// Which values are made in the memory of the concatenation they go into, so that it costs nothing.
///
/// At batch 1 a range of channel blocks is contiguous in blocked layout, so each part of a
/// concatenation can be written where it belongs. Where the first part is the last slice of a
/// merged convolution, the whole convolution is written there, its other channels before the
/// concatenation's.
struct ConcatenationPlan {
  /// A place within a group's memory.
  struct Place {
    let group: Int
    /// The first lane.
    let lane: Int
    let map: ChannelMap
  }

  /// Memory that a concatenation and its parts share.
  struct Group {
    let physicalCount: Int
    let shape: Shape
  }

  private(set) var groups: [Group] = []
  private(set) var places: [Node: Place] = [:]

  init(_ graph: Graph, block: Int) {
    var concatenations: [Node] = []
    for node in graph.nodes {
      guard let operation = node.operation as? Concatenate, operation.axis == 1,
        node.shape.rank == 4, node.shape[0] == 1, node.type.element == .float,
        node.shape[2] * node.shape[3] > 1,
        node.inputs.contains(where: Self.canBePlaced)
      else { continue }
      concatenations.append(node)
    }
    for node in concatenations where places[node] == nil {
      place(node, block: block)
    }
  }

  private mutating func place(_ node: Node, block: Int) {
    let counts = node.inputs.map { $0.shape[1] }
    let map = ChannelMap(parts: counts, block: block)
    var lanes: [Int] = []
    var lane = 0
    for count in counts {
      lanes.append(lane)
      lane += (count + block - 1) / block * block
    }

    // Channels of a merged convolution that come before its slice in this concatenation.
    var leading = 0
    var whole: (node: Node, map: ChannelMap)?
    if let first = node.inputs.first, let slice = first.operation as? Slice,
      let (merged, parts) = Self.mergedParts(first.inputs[0]), places[merged] == nil,
      slice.starts[1] + slice.sizes[1] == merged.shape[1], slice.steps.allSatisfy({ $0 == 1 })
    {
      let mergedMap = ChannelMap(parts: parts, block: block)
      if let part = mergedMap.part(from: slice.starts[1], count: slice.sizes[1]) {
        leading = part.lane
        whole = (merged, mergedMap)
      }
    }

    let group = groups.count
    groups.append(Group(physicalCount: leading + map.physicalCount, shape: node.shape))
    places[node] = Place(group: group, lane: leading, map: map)
    if let whole { places[whole.node] = Place(group: group, lane: 0, map: whole.map) }
    var seen: Set<Node> = []
    for (input, lane) in zip(node.inputs, lanes)
    where Self.canBePlaced(input) && places[input] == nil && seen.insert(input).inserted {
      places[input] = Place(
        group: group, lane: leading + lane, map: .dense(input.shape[1], block: block))
    }
  }

  /// Whether a node writes its result with a kernel that takes any destination.
  private static func canBePlaced(_ node: Node) -> Bool {
    switch node.operation {
    case is FusedConvolution, is ConvolutionInputGradient, is FusedPointwise, is MaxPool,
      is AveragePool, is MaxPoolGradient, is AveragePoolGradient, is LocalResponseNormalization:
      true
    default: false
    }
  }

  /// A convolution with the channel counts of its concatenated weights.
  private static func mergedParts(_ node: Node) -> (Node, [Int])? {
    guard node.operation is FusedConvolution else { return nil }
    return (node, partsOfWeights(node.inputs[1]))
  }

  /// The output channels of each part of concatenated weights.
  static func partsOfWeights(_ weights: Node) -> [Int] {
    let source = (weights.operation as? Frozen)?.value ?? weights
    guard let operation = source.operation as? Concatenate, operation.axis == 0 else {
      return [weights.shape[0]]
    }
    return source.inputs.map { $0.shape[0] }
  }
}
