import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime

@testable import VisionModels

/// A small ONNX file that a test makes.
struct SmallONNX {
  /// A setting of a node.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case string(String)
  }

  var version = 17
  var inputShape: [Int?] = [1, 3, 4, 4]
  private var nodes: [Data] = []
  private var initializers: [Data] = []
  private var last = "x"
  private var extraInputs: [String] = []

  init(version: Int = 17, inputShape: [Int?] = [1, 3, 4, 4]) {
    self.version = version
    self.inputShape = inputShape
  }

  /// Adds a node; without inputs it takes the result of the one before.
  mutating func add(
    _ operation: String, _ inputs: [String]? = nil, _ attributes: [String: Attribute] = [:],
    outputs: [String] = [], domain: String = ""
  ) {
    let outputs = outputs.isEmpty ? ["v\(nodes.count)"] : outputs
    var node = ProtobufMessage()
    for input in inputs ?? [last] { node.add(1, input == "" ? "" : input == "_" ? last : input) }
    for output in outputs { node.add(2, output) }
    node.add(3, "node\(nodes.count)")
    node.add(4, operation)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      node.add(5) { attribute in
        attribute.add(1, name)
        switch value {
        case .float(let value):
          attribute.add(2, value)
          attribute.add(20, 1)
        case .integer(let value):
          attribute.add(3, value)
          attribute.add(20, 2)
        case .string(let value):
          attribute.add(4, value)
          attribute.add(20, 3)
        case .integers(let values):
          for value in values { attribute.add(8, value) }
          attribute.add(20, 7)
        }
      }
    }
    if !domain.isEmpty { node.add(7, domain) }
    nodes.append(node.bytes)
    last = outputs[0]
  }

  /// Adds a constant tensor of real numbers.
  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) {
    initializers.append(tensor(name, shape, type: 1, littleEndianBytes(values)))
  }

  /// Adds a constant tensor of whole numbers.
  mutating func constant(_ name: String, _ values: [Int], shape: [Int]? = nil) {
    var bytes = Data()
    for value in values {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }
    initializers.append(tensor(name, shape ?? [values.count], type: 7, bytes))
  }

  /// Adds another input.
  mutating func input(_ name: String) { extraInputs.append(name) }

  private func tensor(_ name: String, _ shape: [Int], type: Int, _ bytes: Data) -> Data {
    var message = ProtobufMessage()
    for size in shape { message.add(1, size) }
    message.add(2, type)
    message.add(8, name)
    message.add(9, bytes)
    return message.bytes
  }

  /// The file; its output is the last node's.
  var bytes: Data {
    func value(_ name: String, _ shape: [Int?]) -> Data {
      var message = ProtobufMessage()
      message.add(1, name)
      message.add(2) { type in
        type.add(1) { tensor in
          tensor.add(1, 1)
          tensor.add(2) { sizes in
            for size in shape {
              sizes.add(1) { axis in
                if let size { axis.add(1, size) } else { axis.add(2, "N") }
              }
            }
          }
        }
      }
      return message.bytes
    }
    var model = ProtobufMessage()
    model.add(1, 8)
    model.add(8) { $0.add(2, version) }
    model.add(7) { graph in
      for node in nodes { graph.add(1, node) }
      for tensor in initializers { graph.add(5, tensor) }
      graph.add(11, value("x", inputShape))
      for name in extraInputs { graph.add(11, value(name, [1])) }
      graph.add(12) { $0.add(1, last) }
    }
    return model.bytes
  }

  func network() throws -> ONNXNetwork { try ONNXNetwork(ONNXModel(bytes, path: "small.onnx")) }

  /// What the nodes make of an image, made into a score per class at the end.
  ///
  /// The image holds 0, 1, 2, ... divided by its count.
  func output(_ shape: Shape? = nil) throws -> (shape: [Int], values: [Float]) {
    var file = self
    let wanted = last
    // Readers insist on scores; the value before them is what is looked at.
    file.add("Flatten", [wanted])
    let network = try file.network()
    let shape = shape ?? Shape(inputShape.map { $0 ?? 2 })
    let built = try network.network(on: .input("image", shape), rule: .plain)
    let value = try built.layer(wanted)
    let program = try Program(Graph(["value": value]), parameters: network.parameters)
    let image = try Tensor(shape, (0..<shape.count).map { Float($0) / Float(shape.count) })
    let result = try program(["image": image])["value"]
    return (result?.shape.sizes ?? [], result?.elements ?? [])
  }
}
