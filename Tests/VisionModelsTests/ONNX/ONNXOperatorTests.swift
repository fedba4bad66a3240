import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

@testable import VisionModels

@Suite("ONNX operators")
struct ONNXOperatorTests {
  /// Element `i` of the image is `i / 48`.
  private func pixel(_ channel: Int, _ row: Int, _ column: Int) -> Float {
    Float(channel * 16 + row * 4 + column) / 48
  }

  private func isClose(_ a: [Float], _ b: [Float]) -> Bool { excess(a, b, relative: 1e-5) <= 1e-6 }

  @Test(
    "Nearest and linear resizing follow the file's coordinates",
    arguments: [
      // Where the samples of a row of four go, halved to two.
      ("half_pixel", "round_prefer_floor", "nearest", [0, 2] as [Float]),
      ("half_pixel", "round_prefer_ceil", "nearest", [1, 3]),
      ("asymmetric", "floor", "nearest", [0, 2]),
      ("align_corners", "floor", "nearest", [0, 3]),
      ("half_pixel", "floor", "linear", [0.5, 2.5]),
      ("asymmetric", "floor", "linear", [0, 2]),
      ("align_corners", "floor", "linear", [0, 3]),
    ])
  func resizing(coordinates: String, nearest: String, mode: String, columns: [Float]) throws {
    var file = SmallONNX(version: 13)
    file.constant("sizes", [1, 3, 4, 2])
    file.add(
      "Resize", ["x", "", "", "sizes"],
      [
        "coordinate_transformation_mode": .string(coordinates), "mode": .string(mode),
        "nearest_mode": .string(nearest),
      ])
    let (shape, values) = try file.output()
    #expect(shape == [1, 3, 4, 2])
    #expect(isClose(Array(values.prefix(2)), columns.map { $0 / 48 }))
    #expect(isClose(Array(values.suffix(2)), columns.map { pixel(2, 3, 0) + $0 / 48 }))
  }

  @Test("Enlarging by three takes the floor where the file says so")
  func enlarging() throws {
    var file = SmallONNX(version: 13)
    file.constant("scales", [4], [1, 1, 1, 3])
    file.add(
      "Resize", ["x", "", "scales"],
      [
        "coordinate_transformation_mode": .string("asymmetric"), "nearest_mode": .string("floor"),
      ])
    let (shape, values) = try file.output()
    #expect(shape == [1, 3, 4, 12])
    #expect(isClose(Array(values.prefix(6)), [0, 0, 0, 1, 1, 1].map { $0 / 48 }))
  }

  @Test(
    "Padding holds zeros, a mirror or the edge",
    arguments: [
      ("constant", [7, 7, 0, 1, 2, 3, 7] as [Float]), ("reflect", [2, 1, 0, 1, 2, 3, 2]),
      ("edge", [0, 0, 0, 1, 2, 3, 3]),
    ])
  func padding(mode: String, row: [Float]) throws {
    var file = SmallONNX()
    file.constant("pads", [0, 0, 0, 2, 0, 0, 0, 1])
    file.constant("fill", [], [7.0 / 48])
    file.add("Pad", ["x", "pads", "fill"], ["mode": .string(mode)])
    let (shape, values) = try file.output()
    #expect(shape == [1, 3, 4, 7])
    #expect(isClose(Array(values.prefix(7)), row.map { $0 / 48 }))
  }

  @Test("What rounding up adds to a window is not part of its mean, padding is if the file says so")
  func averages() throws {
    func corner(_ counts: Int) throws -> (Float, [Int]) {
      var file = SmallONNX()
      file.add(
        "AveragePool", ["x"],
        [
          "kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]),
          "pads": .integers([0, 0, 1, 1]), "ceil_mode": .integer(1),
          "count_include_pad": .integer(counts),
        ])
      let (shape, values) = try file.output()
      return (values[3], shape)
    }
    // Rows and columns 2 and 3, then one of padding.
    let sum = pixel(0, 2, 2) + pixel(0, 2, 3) + pixel(0, 3, 2) + pixel(0, 3, 3)
    #expect(try corner(0).1 == [1, 3, 2, 2])
    #expect(isClose([try corner(0).0], [sum / 4]))
    #expect(isClose([try corner(1).0], [sum / 9]))
    var file = SmallONNX()
    file.add(
      "AveragePool", ["x"],
      [
        "kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]),
        "ceil_mode": .integer(1), "count_include_pad": .integer(1),
      ])
    // Nothing is padded here, so the last window has four elements whatever is counted.
    #expect(isClose([try file.output().values[3]], [sum / 4]))
  }

  @Test(
    "The odd pixel of automatic padding goes below or above",
    arguments: [("SAME_UPPER", [1, 5] as [Float]), ("SAME_LOWER", [0, 3])])
  func automaticPadding(mode: String, sums: [Float]) throws {
    var file = SmallONNX()
    // Sums of two neighbors in a row of the first channel.
    file.constant("w", [1, 3, 1, 2], [1, 1, 0, 0, 0, 0])
    file.add(
      "Conv", ["x", "w"], ["auto_pad": .string(mode), "strides": .integers([4, 2])])
    // Four columns by two need no padding; by one they do.
    #expect(try file.output().shape == [1, 1, 1, 2])
    var dense = SmallONNX()
    dense.constant("w", [1, 3, 1, 2], [1, 1, 0, 0, 0, 0])
    dense.add("Conv", ["x", "w"], ["auto_pad": .string(mode)])
    let (shape, values) = try dense.output()
    #expect(shape == [1, 1, 4, 4])
    #expect(isClose([values[0], values[2]], sums.map { $0 / 48 }))
  }

  @Test("A transposed convolution takes the size that the file asks for")
  func transposed() throws {
    var file = SmallONNX()
    file.constant("w", [3, 1, 2, 2], [Float](repeating: 1, count: 12))
    file.add(
      "ConvTranspose", ["x", "w"],
      ["strides": .integers([2, 2]), "output_shape": .integers([7, 7])])
    let (shape, values) = try file.output()
    #expect(shape == [1, 1, 7, 7])
    // One row and column too many are cut off; with no mode the first ones are.
    let sum = pixel(0, 0, 1) + pixel(1, 0, 1) + pixel(2, 0, 1)
    #expect(isClose([values[1]], [sum]))
  }

  @Test("Softmax is over one axis, and before version 13 over all that follow")
  func softmax() throws {
    var new = SmallONNX(version: 13)
    new.add("Softmax", ["x"], ["axis": .integer(1)])
    let channels = try new.output().values
    #expect(isClose([channels[0] + channels[16] + channels[32]], [1]))
    var old = SmallONNX(version: 11)
    old.add("Softmax", ["x"])
    #expect(isClose([try old.output().values.reduce(0, +)], [1]))
  }

  @Test("Bounds are attributes in old files and operands in new ones")
  func clipping() throws {
    var old = SmallONNX(version: 9)
    old.add("Clip", ["x"], ["min": .float(0.25), "max": .float(0.5)])
    var new = SmallONNX()
    new.constant("low", [], [0.25])
    new.constant("high", [], [0.5])
    new.add("Clip", ["x", "low", "high"])
    let values = try old.output().values
    #expect(values.min() == 0.25 && values.max() == 0.5)
    #expect(try new.output().values == values)
  }

  @Test("Shapes that a file computes follow the input")
  func shapeFolding() throws {
    var file = SmallONNX(inputShape: [nil, 3, nil, nil])
    file.constant("zero", [0], shape: [])
    file.constant("axes", [0])
    file.constant("rest", [-1])
    file.add("Shape", ["x"], outputs: ["shape"])
    file.add("Gather", ["shape", "zero"], ["axis": .integer(0)], outputs: ["batch"])
    file.add("Unsqueeze", ["batch", "axes"], outputs: ["row"])
    file.add("Concat", ["row", "rest"], ["axis": .integer(0)], outputs: ["target"])
    file.add("Reshape", ["x", "target"])
    #expect(try file.output([2, 3, 5, 3]).shape == [2, 45])
    #expect(try file.output([1, 3, 4, 4]).shape == [1, 48])
  }

  @Test("Parts are taken along any axis")
  func selection() throws {
    var file = SmallONNX()
    file.constant("sizes", [1, 2])
    file.add("Split", ["x", "sizes"], ["axis": .integer(1)], outputs: ["red", "others"])
    file.constant("starts", [-3])
    file.constant("ends", [Int.max])
    file.constant("axes", [3])
    file.constant("steps", [2])
    file.add("Slice", ["others", "starts", "ends", "axes", "steps"])
    #expect(try file.output().shape == [1, 2, 4, 2])
    #expect(isClose([try file.output().values[1]], [pixel(1, 0, 3)]))
    file.constant("order", [1, 0, 1])
    file.add("Gather", ["_", "order"], ["axis": .integer(1)])
    let (shape, values) = try file.output()
    #expect(shape == [1, 3, 4, 2])
    #expect(isClose([values[0], values[8]], [pixel(2, 0, 1), pixel(1, 0, 1)]))
  }

  @Test(
    "Activations",
    arguments: [
      ("Sigmoid", [:] as [String: Float], 0.622_459_3 as Float), ("Tanh", [:], 0.462_117_2),
      ("HardSigmoid", [:], 0.6), ("HardSwish", [:], 0.291_666_7), ("Elu", ["alpha": 2], 0.5),
      ("LeakyRelu", ["alpha": 0.1], 0.5), ("Softplus", [:], 0.974_077), ("Exp", [:], 1.648_721_3),
      ("Erf", [:], 0.520_499_9), ("Reciprocal", [:], 2), ("Sqrt", [:], 0.707_106_8),
      ("Mish", [:], 0.375_245_2),
    ])
  func activations(operation: String, attributes: [String: Float], atHalf: Float) throws {
    var file = SmallONNX()
    file.add(operation, ["x"], attributes.mapValues { .float($0) })
    // Element 24 of 48 is 1/2.
    #expect(isClose([try file.output().values[24]], [atHalf]))
  }

  @Test("Elements below zero go through their slopes")
  func negative() throws {
    func value(_ build: (inout SmallONNX) -> Void) throws -> Float {
      var file = SmallONNX()
      file.constant("one", [], [1])
      file.add("Sub", ["x", "one"])
      build(&file)
      return try file.output().values[24]
    }
    #expect(isClose([try value { $0.add("LeakyRelu", nil, ["alpha": .float(0.1)]) }], [-0.05]))
    #expect(isClose([try value { $0.add("Elu") }], [exp(-0.5) - 1]))
    #expect(try value { $0.add("Relu") } == 0)
    #expect(isClose([try value { $0.add("Softplus") }], [0.474_077]))
    #expect(
      isClose(
        [
          try value {
            $0.constant("slope", [3, 1, 1], [0.1, 0.2, 0.3])
            $0.add("PRelu", ["_", "slope"])
          }
        ], [-0.1]))
  }

  @Test("Reductions read their axes where the version has them")
  func reductions() throws {
    var old = SmallONNX(version: 13)
    old.add("ReduceMean", ["x"], ["axes": .integers([-1, 2]), "keepdims": .integer(0)])
    var new = SmallONNX(version: 18)
    new.constant("axes", [2, 3])
    new.add("ReduceMean", ["x", "axes"], ["keepdims": .integer(0)])
    let means: [Float] = [7.5 / 48, 23.5 / 48, 39.5 / 48]
    for file in [old, new] {
      let (shape, values) = try file.output()
      #expect(shape == [1, 3] && isClose(values, means))
    }
  }
}

@Suite("ONNX files that cannot be used")
struct ONNXProblemTests {
  private func message(_ build: (inout SmallONNX) -> Void) -> String {
    var file = SmallONNX()
    build(&file)
    do {
      _ = try file.network()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("An operator that is not known is named, with its node")
  func unknownOperator() {
    #expect(
      message { $0.add("NonMaxSuppression", ["x"]) }
        == "The node 'node0' (NonMaxSuppression) of small.onnx cannot be computed: the operator"
        + " 'NonMaxSuppression' is not among those of image classifiers.")
    #expect(
      message { $0.add("Relu", ["x"], domain: "com.example") }
        .contains("the operator 'Relu' of 'com.example' is not among"))
  }

  @Test("Weights that do not fit are named, with what was needed")
  func misfit() {
    let text = message {
      $0.constant("w", [8, 5, 3, 3], [Float](repeating: 0, count: 360))
      $0.add("Conv", ["x", "w"])
    }
    #expect(
      text.hasPrefix(
        "The node 'node0' (Conv) of small.onnx cannot be computed: convolution needs"
          + " weights for 3 channels"))
  }

  @Test("A value that nothing makes is named")
  func missing() {
    #expect(
      message { $0.add("Add", ["x", "nowhere"]) }
        == "The node 'node0' (Add) of small.onnx cannot be computed: its input 'nowhere' is not"
        + " there.")
  }

  @Test("What is no classifier of images says why")
  func unsuitable() {
    #expect(
      message { $0.add("Relu", ["x"]) }
        == "small.onnx is no classifier of images: its output 'v0' has the shape"
        + " [1, 3, 4, 4], not one score per class.")
    #expect(
      message {
        $0.inputShape = [1, 1, 4, 4]
        $0.add("Flatten", ["x"])
      }
        == "small.onnx is no classifier of images: its input 'x' has 1 channels, not the 3 of"
        + " colors.")
    #expect(
      message {
        $0.version = 8
        $0.add("Flatten", ["x"])
      }
        == "small.onnx is no classifier of images: its operators are of version 8, but versions 9"
        + " to 21 are read; export it again with another opset_version.")
    #expect(
      message {
        $0.input("y")
        $0.add("Add", ["x", "y"])
        $0.add("Flatten")
      }
        == "small.onnx is no classifier of images: it has 2 inputs, x, y.")
  }

  @Test("Nodes that the first output does not need are passed over")
  func unneeded() {
    let text = message {
      $0.add("TopK", ["x"], outputs: ["unused"])
      $0.add("Flatten", ["x"])
    }
    #expect(text == "no error")
  }
}

@Suite("Damaged ONNX files")
struct ONNXDamageTests {
  /// A file in which many operators take numbers from the file.
  private static let file: Data = {
    var file = SmallONNX(version: 13, inputShape: [nil, 3, 8, 8])
    file.constant("w", [4, 3, 3, 3], (0..<108).map { Float($0) / 108 })
    file.constant("t", [4, 4, 2, 2], (0..<64).map { Float($0) / 64 })
    file.constant("pads", [0, 0, 1, 1, 0, 0, 2, 2])
    file.constant("sizes", [1, 4, 6, 6])
    file.constant("starts", [1])
    file.constant("ends", [5])
    file.constant("axes", [2])
    file.constant("zero", [0], shape: [])
    file.constant("first", [0])
    file.constant("rest", [-1])
    file.add(
      "Conv", ["x", "w"], ["pads": .integers([1, 1, 1, 1]), "strides": .integers([2, 2])])
    file.add("LRN", nil, ["size": .integer(3)])
    file.add("ConvTranspose", ["_", "t"], ["strides": .integers([2, 2])])
    file.add(
      "MaxPool", nil, ["kernel_shape": .integers([2, 2]), "strides": .integers([1, 1])])
    file.add("Pad", ["_", "pads"])
    file.add("Resize", ["_", "", "", "sizes"], outputs: ["small"])
    file.add("Slice", ["small", "starts", "ends", "axes"], outputs: ["part"])
    file.add("Shape", ["part"], outputs: ["shape"])
    file.add("Gather", ["shape", "zero"], outputs: ["batch"])
    file.add("Unsqueeze", ["batch", "first"], outputs: ["row"])
    file.add("Concat", ["row", "rest"], ["axis": .integer(0)], outputs: ["target"])
    file.add("Reshape", ["part", "target"])
    return file.bytes
  }()

  @Test("Random changes give an error or a network, never a crash")
  func flips() throws {
    #expect(try ONNXNetwork(ONNXModel(Self.file, path: "x")).classCount == 96)
    var stream = RandomStream(seed: 1, name: "damage")
    var failures = 0
    for round in 0..<1500 {
      var copy = Self.file
      for _ in 0...(round % 4) {
        let byte = stream.integer(below: copy.count)
        copy[byte] =
          round % 2 == 0
          ? UInt8(stream.integer(below: 256)) : copy[byte] ^ (1 << UInt8(stream.integer(below: 8)))
      }
      if (try? ONNXNetwork(ONNXModel(copy, path: "x"))) == nil { failures += 1 }
    }
    for length in stride(from: 0, to: Self.file.count, by: 7) {
      if (try? ONNXNetwork(ONNXModel(Self.file.prefix(length), path: "x"))) == nil { failures += 1 }
    }
    #expect(failures > 100)
  }

  @Test(
    "Numbers at the edge of what 64 bits hold are refused",
    arguments: [
      ("ConstantOfShape", [Int.max, 2]), ("Expand", [Int.max, Int.max, 1, 1]),
      ("Reshape", [Int.max, Int.max]), ("Reshape", [Int.min, -1]),
      ("Pad", [0, 0, Int.max, Int.max, 0, 0, Int.max, Int.max]),
    ])
  func edges(operation: String, numbers: [Int]) {
    var file = SmallONNX()
    file.constant("n", numbers)
    if operation == "ConstantOfShape" {
      file.add(operation, ["n"], outputs: ["c"])
      file.add("Add", ["x", "c"])
    } else {
      file.add(operation, ["x", "n"])
    }
    file.add("Flatten")
    #expect(throws: VisionModelError.self) { try file.network() }
  }
}
