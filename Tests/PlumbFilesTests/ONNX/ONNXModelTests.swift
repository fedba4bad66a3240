import Foundation
import Goldens
import TemporaryFolders
import Testing

@testable import PlumbFiles

@Suite("ONNX models")
struct ONNXModelTests {
  /// A model of one node with a tensor in each of the ways that a file can hold one.
  private func model(_ change: (inout ONNXModelProto) -> Void = { _ in }) throws -> Data {
    func tensor(
      _ name: String, _ type: ONNXElementType, _ shape: [Int64],
      _ fill: (inout ONNXTensorProto) -> Void
    ) -> ONNXTensorProto {
      var tensor = ONNXTensorProto()
      tensor.name = name
      tensor.dataType = Int32(type.rawValue)
      tensor.dims = shape
      fill(&tensor)
      return tensor
    }
    func attribute(
      _ name: String, _ type: ONNXAttributeProto.AttributeType,
      _ fill: (inout ONNXAttributeProto) -> Void
    ) -> ONNXAttributeProto {
      var attribute = ONNXAttributeProto()
      attribute.name = name
      attribute.type = type
      fill(&attribute)
      return attribute
    }
    func value(_ name: String, _ sizes: [ONNXTensorShapeProto.Dimension]) -> ONNXValueInfoProto {
      var value = ONNXValueInfoProto()
      value.name = name
      value.type.tensorType.elemType = 1
      value.type.tensorType.shape.dim = sizes
      return value
    }
    var model = ONNXModelProto()
    model.irVersion = 3
    model.producerName = "hand"
    model.producerVersion = "1"
    model.opsetImport = [
      .with { $0.version = 9 },
      .with {
        $0.domain = "ai.onnx.ml"; $0.version = 2
      },
    ]
    model.graph.initializer = [
      tensor("raw", .float, [1, 2]) { $0.rawData = Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]) },
      tensor("floats", .float, [3]) {
        $0.floatData = [[1], [-2, 0.5]].map { StoredTensor($0, shape: [$0.count]).bytes }
      },
      tensor("integers", .int64, [2]) { $0.int64Data = [-1, 1 << 40] },
      tensor("narrow", .int8, [2]) { $0.int32Data = [-3, 4] },
      tensor("halves", .float16, [1]) { $0.int32Data = [0x3C00] },
      tensor("doubles", .double, []) { $0.doubleData = [littleEndian([(0.25).bitPattern])] },
      tensor("bools", .bool, [2]) { $0.int32Data = [1, 0] },
      tensor("empty", .float, [0]) { _ in },
    ]
    model.graph.input = [
      value("x", [.with { $0.dimParam = "N" }, .with { $0.dimValue = 3 }, .init()]),
      value("floats", [.with { $0.dimValue = 3 }]),
    ]
    model.graph.output = [value("y", [])]
    var node = ONNXNodeProto()
    node.opType = "Conv"
    node.name = "first"
    node.input = ["x", "", "floats"]
    node.output = ["y"]
    node.attribute = [
      attribute("group", .int) { $0.i = 2 },
      attribute("zero", .int) { _ in },
      attribute("alpha", .float) { $0.f = 0.5 },
      attribute("auto_pad", .string) { $0.s = Data("SAME_UPPER".utf8) },
      attribute("pads", .ints) { $0.ints = [1, 0] },
      attribute("scales", .floats) { $0.floats = [2] },
      attribute("names", .strings) { $0.strings = [Data("a".utf8)] },
      attribute("value", .tensor) { $0.t = tensor("", .int32, [1]) { $0.int32Data = [9] } },
      attribute("body", .graph) { _ in },
      attribute("old", .undefined) { $0.i = 5 },
    ]
    model.graph.node = [node]
    change(&model)
    return try model.serializedData()
  }

  @Test("Tensors in raw bytes or typed lists, attributes and symbolic shapes are read")
  func reads() throws {
    let model = try ONNXModel(try model(), path: "F")
    #expect(model.producer == "hand 1")
    #expect(model.operatorSets == ["": 9, "ai.onnx.ml": 2])
    #expect(model.inputs.map(\.name) == ["x"])
    #expect(model.inputs[0].shape == [.symbolic("N"), .fixed(3), .unknown])
    #expect(model.inputs[0].type == .float32)
    #expect(model.outputs[0].shape == [])
    #expect(model.initializers["raw"]?.floats() == [1, -2])
    #expect(model.initializers["raw"]?.shape == [1, 2])
    #expect(model.initializers["floats"]?.floats() == [1, -2, 0.5])
    #expect(model.initializers["integers"]?.integers() == [-1, 1 << 40])
    #expect(model.initializers["narrow"]?.integers() == [-3, 4])
    #expect(model.initializers["halves"]?.floats() == [1])
    #expect(model.initializers["doubles"]?.floats() == [0.25])
    #expect(model.initializers["bools"]?.integers() == [1, 0])
    #expect(model.initializers["empty"]?.count == 0)
    let node = try #require(model.nodes.first)
    #expect(node.operation == "Conv" && node.name == "first" && node.domain == "")
    #expect(node.inputs == ["x", "", "floats"])
    #expect(
      node.attributes == [
        "group": .integer(2), "zero": .integer(0), "alpha": .float(0.5),
        "auto_pad": .string("SAME_UPPER"), "pads": .integers([1, 0]), "scales": .floats([2]),
        "names": .strings(["a"]), "body": .unsupported(kind: "subgraph"), "old": .integer(5),
        "value": .tensor(StoredTensor(type: .int32, shape: [1], bytes: Data([9, 0, 0, 0]))),
      ])
  }

  @Test("Files that lie are refused in one sentence")
  func refused() throws {
    func open(_ change: (inout ONNXModelProto) -> Void) throws -> String {
      let data = try model(change)
      return message { _ = try ONNXModel(data, path: "F") }
    }
    #expect(
      message { _ = try ONNXModel(Data("hello, world".utf8), path: "F") }
        == "F is not an ONNX model, or is cut off; copy or export it again.")
    #expect(
      message { _ = try ONNXModel(try model().dropLast(3), path: "F") }
        == "F is not an ONNX model, or is cut off; copy or export it again.")
    #expect(
      try open { $0.clearGraph() }
        == "F has no graph inside; export the model to ONNX again.")
    #expect(
      try open { $0.graph.initializer[1].dims = [1 << 40, 1 << 40] }
        == "Tensor 'floats' of F claims the impossible shape [1099511627776, 1099511627776]; "
        + "copy or export the file again.")
    #expect(
      try open { $0.graph.initializer[1].dims = [1_000_000_000] }
        == "Tensor 'floats' of F has the shape [1000000000], which takes 4000000000 bytes, but 12 "
        + "are there; copy or export the file again.")
    #expect(
      try open { $0.graph.initializer[1].dims = [-3] }
        == "Tensor 'floats' of F claims the impossible shape [-3]; copy or export the file again.")
    #expect(
      try open { $0.graph.initializer[1].dataType = 8 }
        == "Tensor 'floats' of F has the type string, which is not read; "
        + "export the model with 32-bit floats.")
    #expect(
      try open { $0.graph.initializer[1].dataType = 99 }
        == "Tensor 'floats' of F has the type number 99, which is not read; "
        + "export the model with 32-bit floats.")
    #expect(
      try open { $0.graph.initializer[1].name = "raw" }
        == "F has two initializers named 'raw'; export the model again.")
    #expect(
      try open { $0.graph.node[0].attribute[7].t.dims = [2] }
        == "Tensor 'first.value' of F has the shape [2], which takes 8 bytes, but 4 are there; "
        + "copy or export the file again.")
  }

  @Test("External data are read from beside the file, and from nowhere else")
  func external() throws {
    func note(_ key: String, _ value: String) -> ONNXStringStringEntryProto {
      .with {
        $0.key = key; $0.value = value
      }
    }
    try withFolderPath { folder in
      func open(_ notes: [ONNXStringStringEntryProto]) throws -> ONNXModel {
        let data = try model { model in
          model.graph.initializer[1].floatData = []
          model.graph.initializer[1].dataLocation = .external
          model.graph.initializer[1].externalData = notes
        }
        let path = folder + "/model.onnx"
        try data.write(to: URL(fileURLWithPath: path))
        return try ONNXModel(path: path)
      }
      try StoredTensor([9, 8, 7, 6], shape: [4]).bytes
        .write(to: URL(fileURLWithPath: folder + "/weights"))
      let read = try open([note("location", "weights"), note("offset", "4"), note("length", "12")])
      #expect(read.initializers["floats"]?.floats() == [8, 7, 6])
      let subject = "Tensor 'floats' of \(folder)/model.onnx"
      #expect(
        message { _ = try open([note("location", "none")]) }
          == "\(subject) lies in 'none', which cannot be read (no such file); "
          + "put that file beside the model.")
      for location in ["../weights", "/etc/hostname", "a/../../weights", ""] {
        #expect(
          message { _ = try open([note("location", location)]) }
            == "\(subject) lies in '\(location)', outside the model's folder; "
            + "put all files in one folder and export the model again.")
      }
      #expect(
        message { _ = try open([note("location", "weights"), note("offset", "8")]) }
          == "\(subject) needs 12 bytes from byte 8 of 'weights', which has 16; "
          + "copy or export both files again.")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "/etc/hostname")
      #expect(message { _ = try open([note("location", "link")]) }.contains("outside the model's"))
    }
  }

  @Test("Damaged models throw or are read, and never crash")
  func damaged() throws {
    damage(try model(), cuts: 1000, flips: 4000) { data in
      _ = try ONNXModel(data, path: "F")
    }
  }

  @Test(
    "The golden models are read whole",
    .enabled(if: SharedFiles.has("golden/onnx"), "\(SharedFiles.reason)"),
    arguments: [
      ("squeezenet1_1", 13), ("handmade", nil), ("toy_lrn", nil), ("googlenet", 17),
      ("resnet18", nil), ("vgg11", nil), ("mobilenet_v2", nil),
    ] as [(String, Int?)])
  func golden(name: String, operatorSet: Int?) throws {
    let path = SharedFiles.path("golden/onnx/\(name).onnx")
    let model = try ONNXModel(path: path)
    if let operatorSet { #expect(model.operatorSets[""] == operatorSet) }
    #expect(model.inputs.count == 1 && !model.outputs.isEmpty)
    // Every input of every node comes from somewhere.
    var known = Set(model.inputs.map(\.name)).union(model.initializers.keys).union([""])
    for node in model.nodes {
      #expect(known.isSuperset(of: node.inputs), "\(node.operation) \(node.name)")
      known.formUnion(node.outputs)
    }
    #expect(known.isSuperset(of: model.outputs.map(\.name)))
    if name == "handmade" { #expect(model.inputs[0].shape?.first == .symbolic("N")) }
    if name == "squeezenet1_1" {
      let state = try SafetensorsFile(
        path: SharedFiles.path("golden/onnx/squeezenet1_1.state_dict.safetensors"))
      #expect(model.nodes.filter { $0.operation == "Conv" }.count == 26)
      for (name, tensor) in model.initializers where state.shape(of: name) != nil {
        #expect(tensor == (try state.tensor(name)))
      }
      damage(try Data(contentsOf: URL(fileURLWithPath: path)), cuts: 20, flips: 60) { data in
        _ = try ONNXModel(data, path: "F")
      }
    }
  }
}
