import PlumbGraph

/// Builds networks of torchvision: layers and weights have the names of its modules.
struct TorchvisionBuilder {
  let rule: ReLUGradientRule
  private(set) var layers: [VisionNetwork.Layer] = []

  init(rule: ReLUGradientRule) { self.rule = rule }

  mutating func named(_ x: Node, _ names: String...) -> Node {
    var node = x
    for name in names {
      node = node.named(name)
      layers.append(.init(name: name, node: node))
    }
    return node
  }

  /// A convolution; its weights are `name.weight` and, if it has one, `name.bias`.
  mutating func convolution(
    _ x: Node, _ name: String, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1, hasBias: Bool = false
  ) throws(GraphError) -> Node {
    let weight = Node.parameter(
      "\(name).weight", [outputs, x.shape[1] / groups, kernel, kernel])
    return named(
      try x.convolved(
        with: weight, bias: hasBias ? .parameter("\(name).bias", [outputs]) : nil,
        geometry: .init(strides: [stride, stride], padding: [padding, padding], groups: groups)),
      name)
  }

  /// Batch normalization with the moments of training.
  mutating func normalization(
    _ x: Node, _ name: String, epsilon: Float = 1e-5
  ) throws(GraphError) -> Node {
    let channels: Shape = [x.shape[1]]
    return named(
      try x.normalizedChannels(
        mean: .parameter("\(name).running_mean", channels),
        variance: .parameter("\(name).running_var", channels),
        gamma: .parameter("\(name).weight", channels), beta: .parameter("\(name).bias", channels),
        epsilon: epsilon), name)
  }

  /// A fully connected layer on `[batch, feature]`.
  mutating func linear(
    _ x: Node, _ name: String, outputs: Int
  ) throws(GraphError) -> Node {
    let weight = Node.parameter("\(name).weight", [outputs, x.shape[1]])
    return named(
      try x.matrixProduct(weight, transposesRight: true) + .parameter("\(name).bias", [outputs]),
      name)
  }

  mutating func relu(_ x: Node, _ names: String...) throws(GraphError) -> Node {
    var node = try x.relu(rule: rule)
    for name in names { node = named(node, name) }
    return node
  }

  mutating func maxPool(
    _ x: Node, _ name: String, window: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false
  ) throws(GraphError) -> Node {
    let geometry = PoolingGeometry(
      window: [window, window], strides: [stride, stride], padding: [padding, padding])
    return named(
      try x.maxPooled(roundsUp ? geometry.roundedUp(input: Array(x.shape.sizes[2...])) : geometry),
      name)
  }

  /// Means over as many parts as the result has, whatever the size: PyTorch's adaptive pooling.
  mutating func adaptiveAveragePool(
    _ x: Node, _ name: String, size: Int
  ) throws(GraphError) -> Node {
    let (height, width) = (x.shape[2], x.shape[3])
    if height == size, width == size { return named(x, name) }
    if size == 1 { return named(try x.mean(over: [2, 3]), name) }
    if height % size == 0, width % size == 0 {
      let window = [height / size, width / size]
      return named(
        try x.averagePooled(PoolingGeometry(window: window, strides: window), countsPadding: false),
        name)
    }
    // Parts of unequal sizes: a product with their weights along each axis.
    let columns = try x.matrixProduct(Self.parts(of: width, size))
    let rows = try columns.transposed([0, 1, 3, 2]).matrixProduct(Self.parts(of: height, size))
    return named(try rows.transposed([0, 1, 3, 2]), name)
  }

  /// `[length, parts]`: in each column the weights of one part, `floor(i n / p)..<ceil((i+1) n / p)`.
  private static func parts(of length: Int, _ parts: Int) throws(GraphError) -> Node {
    var weights = [Float](repeating: 0, count: length * parts)
    for part in 0..<parts {
      let start = part * length / parts
      let end = ((part + 1) * length + parts - 1) / parts
      for index in start..<end { weights[index * parts + part] = 1 / Float(end - start) }
    }
    return try .constant(weights, [length, parts])
  }

  /// `[batch, feature]`.
  func flattened(_ x: Node) throws(GraphError) -> Node {
    try x.reshaped([x.shape[0], x.shape.count / x.shape[0]])
  }
}
