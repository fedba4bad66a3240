import GraphReference
import Testing

@testable import PlumbGraph

@Suite("Slicing channels early")
struct ChannelSlicingTests {
  let image = Node.input("image", .images(batch: 1, channels: 4, height: 5, width: 5))

  private func layer(_ x: Node, _ name: String, outputs: Int, groups: Int = 1) throws -> Node {
    let weights = Node.parameter("\(name).weight", [outputs, x.shape[1] / groups, 3, 3])
    return try x.convolved(
      with: weights, bias: .parameter("\(name).bias", [outputs]),
      geometry: .init(padding: [1, 1], groups: groups))
  }

  /// Checks that the pass keeps the value, and returns the rewritten graph.
  private func rewritten(_ node: Node) throws -> Graph {
    let graph = Graph(["y": node])
    let result = try graph.slicingChannelsEarly()
    try result.verify()
    var generator = SeededGenerator(seed: 4)
    var interpreter = ReferenceInterpreter()
    for input in graph.inputs {
      interpreter.inputs[input.label] = generator.normals(input.type.shape.count)
    }
    for parameter in graph.parameters {
      interpreter.parameters[parameter.label] = generator.normals(parameter.type.shape.count)
    }
    #expect(try interpreter.evaluate(graph) == interpreter.evaluate(result))
    return result
  }

  private func convolutions(_ graph: Graph) -> [Node] {
    graph.nodes.filter { $0.operation is Convolution }
  }

  @Test("Computes one channel of a branch and none of the others")
  func oneChannel() throws {
    let left = try layer(image, "left", outputs: 3).relu()
    let right = try layer(image, "right", outputs: 6).relu()
      .maxPooled(.init(window: [3, 3], strides: [1, 1], padding: [1, 1]))
    let joined = try Node.concatenated([left, right], axis: 1)
    let graph = try rewritten(joined.sliced(axis: 1, 5..<6).mean())
    #expect(graph.parameters.map(\.label) == ["right.weight", "right.bias"])
    #expect(convolutions(graph).map(\.shape) == [[1, 1, 5, 5]])
  }

  @Test("Takes the place of a neuron apart from its channel")
  func neuron() throws {
    let scale = Node.parameter("scale", [6, 1, 1])
    let y = try (layer(image, "a", outputs: 6) * scale).relu()
      .averagePooled(.init(window: [2, 2], strides: [1, 1]))
    let graph = try rewritten(
      y.sliced(starts: [0, 3, 2, 1], sizes: [1, 2, 1, 1], steps: [1, 2, 1, 1]))
    #expect(convolutions(graph).map(\.shape) == [[1, 2, 5, 5]])
    #expect(graph.outputs[0].node.operation is Slice)
  }

  @Test(
    "Takes groups apart where the channels allow it",
    arguments: [
      (4..<6, 1, 1, 2), (2..<6, 1, 2, 4), (6..<7, 1, 1, 1), (1..<6, 1, 4, 8), (0..<7, 2, 4, 8),
    ])
  func groups(channels: Range<Int>, step: Int, expectedGroups: Int, expectedChannels: Int) throws {
    let y = try layer(image, "a", outputs: 8, groups: 4)
    let graph = try rewritten(y.sliced(axis: 1, channels, by: step))
    let convolution = try #require(convolutions(graph).first)
    #expect((convolution.operation as? Convolution)?.geometry.groups == expectedGroups)
    #expect(convolution.shape[1] == expectedChannels)
  }

  @Test("Leaves a value alone that has another use")
  func otherUse() throws {
    let y = try layer(image, "a", outputs: 6).relu()
    let graph = try rewritten(y.sliced(axis: 1, 2..<3).sum() + y.mean())
    #expect(convolutions(graph).map(\.shape) == [[1, 6, 5, 5]])
  }

  @Test("Leaves a sum of two images alone")
  func residual() throws {
    let y = try layer(image, "a", outputs: 4) + image
    let graph = try rewritten(y.sliced(axis: 1, 2..<3))
    #expect(convolutions(graph).map(\.shape) == [[1, 4, 5, 5]])
  }
}
