import Foundation
import SwiftProtobuf

/// A frozen TensorFlow graph as its file tells it: nodes in the order in which they are written.
public struct GraphDef: Sendable {
  /// The path the graph was read from.
  public let path: String
  /// TensorFlow's number for the version that wrote the graph, 0 if it is not noted.
  public let producer: Int
  /// The nodes; names are unique, and inputs may come before or behind.
  public let nodes: [GraphDefNode]

  private let indices: [String: Int]

  /// Reads a graph.
  ///
  /// - Parameter path: The path of a binary `.pb` file.
  /// - Throws: ``GraphDefError`` if the file cannot be read or lies.
  public init(path: String) throws(GraphDefError) {
    let data: Data
    do throws(UnreadableFile) {
      data = try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    try self.init(data, path: path)
  }

  /// Reads a graph that is already in memory; `path` is for messages only.
  public init(_ data: Data, path: String) throws(GraphDefError) {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    let graph: TFGraphDef
    do {
      graph = try TFGraphDef(serializedBytes: data, options: options)
    } catch {
      throw .malformed(file: path)
    }
    // Almost any file of a few bytes is a valid message without nodes.
    guard !graph.node.isEmpty, graph.node.allSatisfy({ !$0.name.isEmpty && !$0.op.isEmpty }) else {
      throw .malformed(file: path)
    }
    self.path = path
    producer = Int(graph.versions.producer)
    var reader = GraphDefTensorReader(path: path, fileByteCount: data.count)
    var nodes: [GraphDefNode] = []
    var indices: [String: Int] = [:]
    for node in graph.node {
      if indices.updateValue(nodes.count, forKey: node.name) != nil {
        throw .duplicateNode(file: path, name: node.name)
      }
      nodes.append(try GraphDefNode(node, reader: &reader))
    }
    self.nodes = nodes
    self.indices = indices
  }

  /// Returns the node of that name, if there is one.
  public func node(named name: String) -> GraphDefNode? { indices[name].map { nodes[$0] } }
}

/// One operation of a TensorFlow graph.
public struct GraphDefNode: Sendable, Hashable {
  /// An output of another node.
  public struct Input: Sendable, Hashable {
    /// The name of that node.
    public let node: String
    /// Which of its outputs, from 0; `nil` if the node must only run before this one.
    public let output: Int?
  }

  /// The node's name, unique in the graph.
  public let name: String
  /// What it computes, such as "Conv2D".
  public let operation: String
  /// Where its values come from.
  public let inputs: [Input]
  /// The device it was meant for; mostly empty.
  public let device: String
  /// Its settings by name.
  public let attributes: [String: GraphDefAttribute]

  /// The numbers of a `Const` node.
  public var constant: StoredTensor? {
    guard operation == "Const", case .tensor(let tensor) = attributes["value"] else { return nil }
    return tensor
  }

  init(_ node: TFNodeDef, reader: inout GraphDefTensorReader) throws(GraphDefError) {
    name = node.name
    operation = node.op
    device = node.device
    inputs = node.input.map(Input.init)
    var attributes: [String: GraphDefAttribute] = [:]
    for (key, value) in node.attr {
      attributes[key] = try GraphDefAttribute(value, node: node.name, reader: &reader)
    }
    self.attributes = attributes
  }
}

extension GraphDefNode.Input {
  /// Reads `name`, `name:1` or `^name`.
  init(_ text: String) {
    if text.hasPrefix("^") {
      node = String(text.dropFirst())
      output = nil
    } else if let colon = text.lastIndex(of: ":"),
      let index = Int(text[text.index(after: colon)...]),
      index >= 0
    {
      node = String(text[..<colon])
      output = index
    } else {
      node = text
      output = 0
    }
  }
}

/// A setting of a TensorFlow node.
public indirect enum GraphDefAttribute: Sendable, Hashable {
  /// A text; what is not UTF-8 becomes U+FFFD.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// A real number.
  case float(Float)
  /// A truth value.
  case bool(Bool)
  /// An element type, by TensorFlow's name such as "float"; see ``StoredType`` for those read.
  case type(String)
  /// A shape; an axis of any size is `nil`, and so is a shape of any rank.
  case shape([Int?]?)
  /// A constant tensor.
  case tensor(StoredTensor)
  /// Several settings of one kind.
  case list([GraphDefAttribute])
  /// A kind that is not read, such as a tensor of texts; named so that a message can say so.
  case unsupported(kind: String)

  init(
    _ value: TFAttrValue, node: String, reader: inout GraphDefTensorReader
  ) throws(GraphDefError) {
    switch value.value {
    case .s(let bytes): self = .string(String(decoding: bytes, as: UTF8.self))
    case .i(let integer): self = .integer(Int(integer))
    case .f(let float): self = .float(float)
    case .b(let bool): self = .bool(bool)
    case .type(let code): self = .type(GraphDefElementType.name(of: Int(code)))
    case .shape(let shape): self = .shape(Self.axes(of: shape))
    case .tensor(let tensor): self = try reader.read(tensor, node: node)
    case .placeholder: self = .unsupported(kind: "placeholder")
    case nil: self = .unsupported(kind: "function")
    case .list(let list):
      var items: [GraphDefAttribute] = list.s.map { .string(String(decoding: $0, as: UTF8.self)) }
      items += list.i.map { .integer(Int($0)) }
      items += list.f.map { .float($0) }
      items += list.b.map { .bool($0) }
      items += list.type.map { .type(GraphDefElementType.name(of: Int($0))) }
      items += list.shape.map { .shape(Self.axes(of: $0)) }
      for tensor in list.tensor { items.append(try reader.read(tensor, node: node)) }
      self = .list(items)
    }
  }

  private static func axes(of shape: TFTensorShapeProto) -> [Int?]? {
    shape.unknownRank ? nil : shape.dim.map { $0.size < 0 ? nil : Int($0.size) }
  }
}
