import Foundation
import Testing

@testable import PlumbFiles

@Suite("TensorFlow graphs")
struct GraphDefTests {
  private func graph(_ change: (inout TFGraphDef) -> Void = { _ in }) throws -> Data {
    func constant(
      _ name: String, _ type: GraphDefElementType, _ shape: [Int64],
      _ fill: (inout TFTensorProto) -> Void
    ) -> TFNodeDef {
      var tensor = TFTensorProto()
      tensor.dtype = Int32(type.rawValue)
      tensor.tensorShape.dim = shape.map { size in .with { $0.size = size } }
      fill(&tensor)
      return .with {
        $0.name = name
        $0.op = "Const"
        $0.attr["value"] = .with { $0.tensor = tensor }
        $0.attr["dtype"] = .with { $0.type = tensor.dtype }
      }
    }
    var graph = TFGraphDef()
    graph.versions.producer = 21
    graph.node = [
      .with {
        $0.name = "input"; $0.op = "Placeholder"
      },
      constant("packed", .float, [2, 1]) {
        $0.tensorContent = Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
      },
      constant("filled", .float, [2, 3]) { $0.floatVal = [1, 0.5] },
      constant("zeros", .double, [2]) { _ in },
      constant("integers", .int32, [2]) { $0.intVal = [-1, 7] },
      constant("bytes", .uint8, [2]) { $0.intVal = [255, 1] },
      constant("long", .int64, []) { $0.int64Val = [1 << 40] },
      constant("halves", .half, [2]) { $0.halfVal = [0x3C00] },
      constant("bools", .bool, [2]) { $0.boolVal = [true, false] },
      constant("texts", .string, [1]) { $0.stringVal = [Data("a".utf8)] },
      .with {
        $0.name = "conv2d0_pre_relu/conv"
        $0.op = "Conv2D"
        $0.input = ["input", "packed:1", "^filled"]
        $0.device = "/cpu:0"
        $0.attr["padding"] = .with { $0.s = Data("SAME".utf8) }
        $0.attr["strides"] = .with { $0.list.i = [1, 2, 2, 1] }
        $0.attr["alpha"] = .with { $0.f = 0.5 }
        $0.attr["use"] = .with { $0.b = true }
        $0.attr["T"] = .with { $0.type = 1 }
        $0.attr["Tref"] = .with { $0.type = 103 }
        $0.attr["shape"] = .with { $0.shape.dim = [.with { $0.size = -1 }, .with { $0.size = 3 }] }
        $0.attr["any"] = .with { $0.shape.unknownRank = true }
        $0.attr["N"] = .with { $0.i = -3 }
      },
    ]
    change(&graph)
    return try graph.serializedData()
  }

  @Test("Nodes, inputs and attributes of every kind are read")
  func reads() throws {
    let graph = try GraphDef(try graph(), path: "F")
    #expect(graph.producer == 21)
    #expect(graph.nodes.count == 11)
    let node = try #require(graph.node(named: "conv2d0_pre_relu/conv"))
    #expect(node.operation == "Conv2D" && node.device == "/cpu:0")
    #expect(node.inputs.map(\.node) == ["input", "packed", "filled"])
    #expect(node.inputs.map(\.output) == [0, 1, nil])
    #expect(
      node.attributes == [
        "padding": .string("SAME"),
        "strides": .list([.integer(1), .integer(2), .integer(2), .integer(1)]),
        "alpha": .float(0.5), "use": .bool(true), "T": .type("float"), "Tref": .type("int32"),
        "shape": .shape([nil, 3]), "any": .shape(nil), "N": .integer(-3),
      ])
    #expect(graph.node(named: "none") == nil)
    #expect(node.constant == nil)
  }

  @Test("Constants are read packed, one by one, or with the last number repeated")
  func constants() throws {
    let graph = try GraphDef(try graph(), path: "F")
    func constant(_ name: String) -> StoredTensor? { graph.node(named: name)?.constant }
    #expect(constant("packed")?.floats() == [1, -2])
    #expect(constant("packed")?.shape == [2, 1])
    #expect(constant("filled")?.floats() == [1, 0.5, 0.5, 0.5, 0.5, 0.5])
    #expect(constant("zeros")?.floats() == [0, 0])
    #expect(constant("integers")?.integers() == [-1, 7])
    #expect(constant("bytes")?.integers() == [255, 1])
    #expect(constant("long")?.integers() == [1 << 40])
    #expect(constant("halves")?.floats() == [1, 1])
    #expect(constant("bools")?.integers() == [1, 0])
    #expect(
      graph.node(named: "texts")?.attributes["value"] == .unsupported(kind: "tensor of string"))
  }

  @Test("Files that lie are refused in one sentence")
  func refused() throws {
    func open(_ sizes: [Int64], node: Int = 1) throws -> String {
      let data = try graph { graph in
        graph.node[node].attr["value"]?.tensor.tensorShape.dim = sizes.map { size in
          .with { $0.size = size }
        }
      }
      return message { _ = try GraphDef(data, path: "F") }
    }
    #expect(
      message { _ = try GraphDef(Data("hello, world".utf8), path: "F") }
        == "F is not a TensorFlow GraphDef, or is cut off; copy or download it again.")
    #expect(
      message { _ = try GraphDef(Data(), path: "F") }
        == "F is not a TensorFlow GraphDef, or is cut off; copy or download it again.")
    #expect(
      try open([3])
        == "A tensor of node 'packed' of F has the shape [3], which takes 12 bytes, but 8 are "
        + "there; copy or download the file again.")
    #expect(
      try open([-1])
        == "A tensor of node 'packed' of F claims the impossible shape [-1]; "
        + "copy or download the file again.")
    #expect(
      try open([1 << 62, 1 << 62])
        == "A tensor of node 'packed' of F claims the impossible shape "
        + "[4611686018427387904, 4611686018427387904]; copy or download the file again.")
    #expect(
      try open([5_000_000], node: 2)
        == "A tensor of node 'filled' of F repeats one number over the shape [5000000], and such "
        + "tensors may take only 16777216 bytes in a file of this size; "
        + "export the graph with constants folded.")
    #expect(
      try open([1], node: 2)
        == "A tensor of node 'filled' of F has the shape [1], which takes 4 bytes, but 8 are "
        + "there; copy or download the file again.")
    let twice = try graph { $0.node[1].name = "input" }
    #expect(
      message { _ = try GraphDef(twice, path: "F") }
        == "F has two nodes named 'input'; export the graph again.")
  }

  @Test("Damaged graphs throw or are read, and never crash")
  func damaged() throws {
    damage(try graph(), cuts: 1000, flips: 4000) { data in
      _ = try GraphDef(data, path: "F")
    }
  }
}
