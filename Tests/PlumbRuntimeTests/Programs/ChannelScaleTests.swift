import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Scales per channel behind convolutions")
struct ChannelScaleTests {
  private static let size: Shape = [2, 3, 7, 5]

  /// A convolution, the batch normalization of a trained network, and a ReLU.
  private func network(
    _ image: Node, bias: Bool, groups: Int = 1
  ) throws -> (convolution: Node, result: Node) {
    let channels: Shape = [6]
    let convolution = try image.convolved(
      with: .parameter("weight", [6, 3 / groups, 3, 3]),
      bias: bias ? .parameter("bias", channels) : nil,
      geometry: .init(padding: [1, 1], groups: groups))
    let result = try convolution.normalizedChannels(
      mean: .parameter("mean", channels), variance: .parameter("variance", channels),
      gamma: .parameter("gamma", channels), beta: .parameter("beta", channels), epsilon: 1e-3
    ).relu()
    return (convolution, result)
  }

  private func parameters(groups: Int = 1) throws -> ParameterStore {
    var stream = RandomStream(seed: 7, name: "scales")
    let store = ParameterStore()
    for name in ["bias", "mean", "gamma", "beta"] {
      try store.set(name, try Tensor([6], stream.normal(6)))
    }
    try store.set("variance", try Tensor([6], stream.uniform(6).map { $0 + 0.5 }))
    let count = 6 * (3 / groups) * 9
    try store.set("weight", try Tensor([6, 3 / groups, 3, 3], stream.normal(count)))
    return store
  }

  @Test("They vanish from the pass forward and the pass backward", arguments: [true, false])
  func vanish(bias: Bool) throws {
    let image = Node.input("image", Self.size)
    let result = try network(image, bias: bias).result
    let slope = try gradient(of: result.sum(), for: [image])[0]
    let graph = try Graph(["result": result, "slope": slope]).withoutNames().simplified()
    func scalings(_ graph: Graph) -> Int {
      graph.nodes.count { node in
        node.operation is Multiply && node.shape == result.shape
          && node.inputs.contains { $0.shape == [6, 1, 1] }
      }
    }
    #expect(scalings(graph) > 0)
    #expect(scalings(try graph.foldingChannelScales()) == 0)
  }

  @Test("The numbers stay the same", arguments: [(true, 1), (false, 1), (true, 3)])
  func same(bias: Bool, groups: Int) throws {
    let image = Node.input("image", Self.size)
    let (convolution, result) = try network(image, bias: bias, groups: groups)
    let slope = try gradient(of: (result * result).sum(), for: [image])[0]
    var stream = RandomStream(seed: 8, name: "image")
    let pixels = try Tensor(Self.size, stream.normal(Self.size.count))
    let parameters = try parameters(groups: groups)
    let folded = try Program(
      Graph(["result": result, "slope": slope]), parameters: parameters)
    let first = try folded(["image": pixels])
    // Where the convolution's own result is wanted too, forward nothing can be folded.
    let whole = try Program(
      Graph(["convolution": convolution, "result": result, "slope": slope]),
      parameters: parameters)
    let second = try whole(["image": pixels])
    for name in ["result", "slope"] {
      let (a, b) = (try #require(first[name]), try #require(second[name]))
      let scale = b.elements.map(abs).max() ?? 1
      let difference = zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? .infinity
      // The same products, scaled before or after they are summed.
      #expect(difference <= 1e-5 * scale, "\(name)")
    }
  }
}
