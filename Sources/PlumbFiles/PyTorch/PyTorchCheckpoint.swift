import CCodecs
import Foundation
import PlumbText

/// The tensors of a PyTorch checkpoint: a state dict that `torch.save` wrote, in the zip format or
/// the one before PyTorch 1.6.
///
/// Nothing inside the file is executed. Dictionaries and lists inside the saved value are flattened:
/// the tensor `{"layers": [x]}` is called `layers.0`. A dictionary under `state_dict`,
/// `model_state_dict` or `model` in a file without tensors beside it is taken for the whole.
public struct PyTorchCheckpoint: Checkpoint {
  /// The path the checkpoint was opened at.
  public let path: String
  /// The names of the tensors in the order in which they were saved.
  public let names: [String]

  private let tensors: [String: PickledTensor]
  private let storages: PyTorchStorages

  /// Opens a checkpoint and checks that every tensor lies within the file.
  ///
  /// - Parameter path: The path of a `.pth`, `.pt` or `.bin` file.
  /// - Throws: ``PyTorchError`` if the file cannot be read, lies, or wants code to be run.
  public init(path: String) throws(PyTorchError) {
    let data: Data
    do throws(UnreadableFile) {
      data = try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    try self.init(data, path: path)
  }

  /// Reads a checkpoint that is already in memory; `path` is for messages only.
  public init(_ data: Data, path: String) throws(PyTorchError) {
    let (unpickler, root, storages) =
      data.starts(with: [0x50, 0x4B])
      ? try PyTorchStorages.openZip(data, path: path)
      : try PyTorchStorages.openLegacy(data, path: path)
    var walk = TensorWalk(unpickler: unpickler, path: path)
    try walk.visit(root)
    guard !walk.names.isEmpty else { throw .noTensors(file: path) }
    for name in walk.names {
      guard let tensor = walk.tensors[name] else { continue }
      try storages.check(tensor, name: name, fileByteCount: data.count)
    }
    self.path = path
    names = walk.names
    tensors = walk.tensors
    self.storages = storages
  }

  /// Returns a tensor in row-major order, whatever order its numbers have in the file.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The tensor; its bytes stay in the file if they lie there in row-major order.
  /// - Throws: ``PyTorchError`` if there is no such tensor or its bytes are damaged.
  public func tensor(_ name: String) throws(PyTorchError) -> StoredTensor {
    guard let tensor = tensors[name] else {
      throw .missingTensor(file: path, name: name, nearest: names.nearest(to: name))
    }
    let size = tensor.storage.type.byteCount
    let bytes = try storages.bytes(of: tensor.storage).dropFirst(tensor.offset * size)
    let count = tensor.count ?? 0
    return StoredTensor(
      type: tensor.storage.type, shape: tensor.shape,
      bytes: count == 0 || tensor.isContiguous
        ? bytes.prefix(count * size) : Self.gather(tensor, from: bytes, count: count))
  }

  private static func gather(_ tensor: PickledTensor, from bytes: Data, count: Int) -> Data {
    let size = tensor.storage.type.byteCount
    var gathered = Data(count: count * size)
    let shape = tensor.shape.map { Int64($0) }
    let strides = tensor.strides.map { Int64($0) }
    // `check` has seen that every element lies within `bytes`, and that there are `count` of them.
    unsafe gathered.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe ccodecs_gather(from, shape, strides, shape.count, size, to)
      }
    }
    return gathered
  }
}

/// Finds the tensors inside the saved value and gives them names.
private struct TensorWalk {
  let unpickler: Unpickler
  let path: String
  var names: [String] = []
  var tensors: [String: PickledTensor] = [:]

  // Containers may share and contain each other, so a walk needs limits of its own.
  private var visits = 0
  private static let maximumDepth = 32

  init(unpickler: Unpickler, path: String) {
    self.unpickler = unpickler
    self.path = path
  }

  mutating func visit(_ root: PickleValue) throws(PyTorchError) {
    if case .dictionary(let entries) = unpickler.object(root),
      !entries.contains(where: { if case .tensor = $0.value { true } else { false } })
    {
      for key in ["state_dict", "model_state_dict", "model"] {
        for entry in entries {
          if case .string(key) = entry.key, case .dictionary = unpickler.object(entry.value) {
            return try visit(entry.value, name: "", depth: 0)
          }
        }
      }
    }
    try visit(root, name: "", depth: 0)
  }

  private mutating func visit(
    _ value: PickleValue, name: String, depth: Int
  ) throws(PyTorchError) {
    visits += 1
    guard depth <= Self.maximumDepth, visits <= Unpickler.maximumObjectCount else {
      throw .malformedPickle(file: path, byte: 0, problem: "its containers are nested too deeply")
    }
    if case .tensor(let tensor) = value {
      let name = name.isEmpty ? "tensor" : name
      if tensors.updateValue(tensor, forKey: name) != nil {
        throw .duplicateName(file: path, name: name)
      }
      names.append(name)
      return
    }
    switch unpickler.object(value) {
    case .dictionary(let entries):
      for entry in entries {
        switch entry.key {
        case .string(let key):
          try visit(entry.value, name: name.isEmpty ? key : "\(name).\(key)", depth: depth + 1)
        case .integer(let key):
          try visit(entry.value, name: name.isEmpty ? "\(key)" : "\(name).\(key)", depth: depth + 1)
        default: continue
        }
      }
    case .list(let items), .tuple(let items):
      for (index, item) in items.enumerated() {
        try visit(item, name: name.isEmpty ? "\(index)" : "\(name).\(index)", depth: depth + 1)
      }
    case nil: break
    }
  }
}
