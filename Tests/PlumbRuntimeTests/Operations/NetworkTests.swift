import GraphReference
import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Whole graphs, compiled")
struct NetworkTests {
  @Test("Random graphs agree with the reference, whose memory never overlaps", arguments: 0..<150)
  func randomGraphs(seed: Int) throws {
    var builder = RandomGraph(seed: UInt64(seed), batch: seed % 3 + 1)
    let graph = try builder.graph()
    // Thirty operations in a row, some of which multiply.
    try check(graph, inputs: builder.inputs, tolerance: 1e-4)
  }

  @Test("Gradients agree with finite differences of the compiled program", arguments: [1, 2])
  func finiteDifferences(batch: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [batch, 3, 8, 7])
    let a = try sketch.convolution(
      x, 12, "a", kernel: 3, geometry: .init(strides: [2, 2], padding: [1, 1])
    ).gelu(.tanh)
    let b = try Node.concatenated(
      [sketch.convolution(a, 4, "b").silu(), sketch.convolution(a, 12, "c", kernel: 3).tanh()],
      axis: 1)
    let c = try b.batchNormalized(
      moments: b.channelMoments(), gamma: sketch.parameter("gamma", [16]),
      beta: sketch.parameter("beta", [16]), epsilon: 0.1)
    let d = try c.averagePooled(.init(window: [2, 2], strides: [2, 2])).reshaped([batch, 64])
    let logits = try d.matrixProduct(sketch.parameter("w", [64, 5], scale: 0.2))
    let targets = try Node.constant((0..<batch).map { Float($0) }, [batch], .index)
    let loss = try logits.crossEntropy(targets: targets).mean()

    let leaves = sketch.leaves
    let gradients = try gradient(of: loss, for: leaves)
    let labels = leaves.map(\.operation.attributes)
    let graph = Graph([.init("loss", loss)] + zip(labels, gradients).map { .init($0, $1) })
    let store = ParameterStore()
    for parameter in graph.parameters {
      try store.set(
        parameter.label, tensor(parameter.type, #require(sketch.parameters[parameter.label])))
    }
    let program = try Program(
      graph, parameters: store, options: .init(updated: Set(sketch.parameters.keys)))
    let values = sketch.inputs.merging(sketch.parameters) { input, _ in input }
    func set(_ label: String, _ numbers: [Double]) throws {
      let node = try #require(leaves.first { $0.operation.attributes == label })
      if sketch.inputs[label] != nil {
        try program.set(label, tensor(node.type, numbers))
      } else {
        try store.set(label, tensor(node.type, numbers))
      }
    }
    for (label, numbers) in sketch.inputs { try set(label, numbers) }
    let results = try program.results()
    for (seed, leaf) in leaves.enumerated() {
      let label = leaf.operation.attributes
      let start = try #require(values[label])
      let exact = try #require(results[label]).elements.map { Double($0) }
      func loss(at distance: Double, along direction: [Double]) throws -> Double {
        try set(label, zip(start, direction).map { $0 + distance * $1 })
        defer { try? set(label, start) }
        return try Double(#require(program.results()["loss"]).scalar)
      }
      // Uphill, where the slope is the length of the gradient, and anywhere.
      for way in [exact, normals(leaf.shape.count, seed: seed + 50)] {
        let length = way.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let direction = way.map { $0 / length }
        let slope = zip(exact, direction).reduce(0) { $0 + $1.0 * $1.1 }
        // The loss is known to about 3e-7, hence its slope to 1e-5; the rest is curvature.
        let step = 0.02
        let rise = try loss(at: step, along: direction) - loss(at: -step, along: direction)
        let measured = rise / (2 * step)
        #expect(
          abs(measured - slope) < 0.01 * max(abs(slope), 0.01), "\(label): \(slope), \(measured)")
      }
    }
  }

  @Test("Random numbers depend on the seed, the step and the stream alone")
  func random() throws {
    let graph = Graph([
      "a": .random(.normal, stream: "a", [3, 5]), "b": .random(.uniform, stream: "b", [7]),
      "c": try Node.input("x", [33]).dropout(rate: 0.4, stream: "c"),
    ])
    try check(graph, inputs: ["x": normals(33, seed: 1)])
    let program = try Program(graph, parameters: ParameterStore(), options: .init(seed: 7))
    try program.set("x", Tensor([33], filledWith: 1))
    let first = try program.results()
    let second = try program.results()
    #expect(first["a"] != second["a"])
    program.setStep(0)
    #expect(try program.results() == first)
    var stream = RandomStream(seed: 7, name: "b").substream(1)
    #expect(second["b"]?.elements == stream.uniform(7))
    #expect(Set(try #require(second["c"]).elements).isSubset(of: [0, 1 / (1 - 0.4)]))
  }
}
