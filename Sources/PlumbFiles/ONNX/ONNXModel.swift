import Foundation
import SwiftProtobuf

/// An ONNX model as its file tells it: nodes in their order, constant tensors, inputs and outputs.
public struct ONNXModel: Sendable {
  /// The path the model was read from.
  public let path: String
  /// The version of the file format.
  public let formatVersion: Int
  /// The program that wrote the file, such as "pytorch 2.4".
  public let producer: String
  /// The version of each set of operators that the nodes use; the standard set is "".
  public let operatorSets: [String: Int]
  /// What must be fed in; initializers, which older files also list here, are left out.
  public let inputs: [ONNXValue]
  /// What comes out.
  public let outputs: [ONNXValue]
  /// What the file notes about values between the nodes.
  public let intermediates: [ONNXValue]
  /// The operations, each behind those whose outputs it uses.
  public let nodes: [ONNXNode]
  /// The constant tensors, mostly weights, by name.
  public let initializers: [String: StoredTensor]

  /// Reads a model, and its external data from beside it.
  ///
  /// - Parameter path: The path of an `.onnx` file.
  /// - Throws: ``ONNXError`` if the file, or one that it refers to, cannot be read or lies.
  public init(path: String) throws(ONNXError) {
    let data: Data
    do throws(UnreadableFile) {
      data = try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    try self.init(data, path: path)
  }

  /// Reads a model that is already in memory; `path` is for messages and external data.
  public init(_ data: Data, path: String) throws(ONNXError) {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    let model: ONNXModelProto
    do {
      model = try ONNXModelProto(serializedBytes: data, options: options)
    } catch {
      throw .malformed(file: path)
    }
    guard model.hasGraph else {
      throw model.irVersion > 0 ? .noGraph(file: path) : .malformed(file: path)
    }
    let reader = ONNXTensorReader(path: path)
    self.path = path
    formatVersion = Int(model.irVersion)
    producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }
      .joined(separator: " ")
    operatorSets = Dictionary(
      model.opsetImport.map { ($0.domain == "ai.onnx" ? "" : $0.domain, Int($0.version)) },
      uniquingKeysWith: max)
    var initializers: [String: StoredTensor] = [:]
    for tensor in model.graph.initializer {
      let stored = try reader.read(tensor, name: tensor.name)
      if initializers.updateValue(stored, forKey: tensor.name) != nil {
        throw .duplicateInitializer(file: path, name: tensor.name)
      }
    }
    self.initializers = initializers
    inputs = model.graph.input.filter { initializers[$0.name] == nil }.map(ONNXValue.init)
    outputs = model.graph.output.map(ONNXValue.init)
    intermediates = model.graph.valueInfo.map(ONNXValue.init)
    var nodes: [ONNXNode] = []
    for node in model.graph.node { nodes.append(try ONNXNode(node, reader: reader)) }
    self.nodes = nodes
  }
}

/// What an ONNX file says of a value: its name, type and shape.
public struct ONNXValue: Sendable, Hashable {
  /// The size of one axis.
  public enum Dimension: Sendable, Hashable {
    /// So many elements.
    case fixed(Int)
    /// Any number, the same wherever the name is used, such as the batch size `N`.
    case symbolic(String)
    /// Any number.
    case unknown
  }

  /// The value's name.
  public let name: String
  /// The type of its elements, if it is noted and one that is read.
  public let type: StoredType?
  /// Its shape, if it is noted.
  public let shape: [Dimension]?

  init(_ value: ONNXValueInfoProto) {
    name = value.name
    let tensor = value.type.tensorType
    type = ONNXElementType(rawValue: Int(tensor.elemType))?.stored
    guard case .tensorType = value.type.value, tensor.hasShape else {
      shape = nil
      return
    }
    shape = tensor.shape.dim.map { dimension in
      switch dimension.value {
      case .dimValue(let size) where size >= 0: .fixed(Int(size))
      case .dimParam(let name) where !name.isEmpty: .symbolic(name)
      default: .unknown
      }
    }
  }
}

/// One operation of an ONNX graph.
public struct ONNXNode: Sendable {
  /// The node's name, which may be empty.
  public let name: String
  /// What it computes, such as "Conv".
  public let operation: String
  /// The set of operators it is from; empty for the standard set.
  public let domain: String
  /// The names of the values it takes; an empty name is an input left out.
  public let inputs: [String]
  /// The names of the values it gives; an empty name is one that nobody wants.
  public let outputs: [String]
  /// Its settings by name.
  public let attributes: [String: ONNXAttribute]

  init(_ node: ONNXNodeProto, reader: ONNXTensorReader) throws(ONNXError) {
    name = node.name
    operation = node.opType
    domain = node.domain == "ai.onnx" ? "" : node.domain
    inputs = node.input
    outputs = node.output
    var attributes: [String: ONNXAttribute] = [:]
    for attribute in node.attribute {
      attributes[attribute.name] = try ONNXAttribute(attribute, node: node, reader: reader)
    }
    self.attributes = attributes
  }
}

/// A setting of an ONNX node.
public enum ONNXAttribute: Sendable, Hashable {
  /// A real number.
  case float(Float)
  /// A whole number.
  case integer(Int)
  /// A text; what is not UTF-8 becomes U+FFFD.
  case string(String)
  /// A constant tensor.
  case tensor(StoredTensor)
  /// Real numbers.
  case floats([Float])
  /// Whole numbers.
  case integers([Int])
  /// Texts.
  case strings([String])
  /// A kind that is not read, such as the subgraph of `If`; named so that a message can say so.
  case unsupported(kind: String)

  init(
    _ attribute: ONNXAttributeProto, node: ONNXNodeProto, reader: ONNXTensorReader
  ) throws(ONNXError) {
    let tensorName = "\(node.name.isEmpty ? node.opType : node.name).\(attribute.name)"
    guard attribute.refAttrName.isEmpty else {
      self = .unsupported(kind: "reference to '\(attribute.refAttrName)'")
      return
    }
    switch attribute.type {
    case .float: self = .float(attribute.f)
    case .int: self = .integer(Int(attribute.i))
    case .string: self = .string(String(decoding: attribute.s, as: UTF8.self))
    case .tensor: self = .tensor(try reader.read(attribute.t, name: tensorName))
    case .floats: self = .floats(attribute.floats)
    case .ints: self = .integers(attribute.ints.map { Int($0) })
    case .strings: self = .strings(attribute.strings.map { String(decoding: $0, as: UTF8.self) })
    case .undefined:
      // The first version of the format left the type out.
      switch attribute.single {
      case .f(let value): self = .float(value)
      case .i(let value): self = .integer(Int(value))
      case .s(let value): self = .string(String(decoding: value, as: UTF8.self))
      case .t(let value): self = .tensor(try reader.read(value, name: tensorName))
      case nil where !attribute.floats.isEmpty: self = .floats(attribute.floats)
      case nil where !attribute.strings.isEmpty:
        self = .strings(attribute.strings.map { String(decoding: $0, as: UTF8.self) })
      case nil: self = .integers(attribute.ints.map { Int($0) })
      }
    case .graph, .graphs: self = .unsupported(kind: "subgraph")
    case .tensors: self = .unsupported(kind: "list of tensors")
    case .sparseTensor, .sparseTensors: self = .unsupported(kind: "sparse tensor")
    case .typeProto, .typeProtos: self = .unsupported(kind: "type")
    case .UNRECOGNIZED(let code): self = .unsupported(kind: "attribute type \(code)")
    }
  }
}
