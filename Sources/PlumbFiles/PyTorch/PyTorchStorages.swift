import Foundation

/// Where the numbers of a checkpoint lie.
enum PyTorchStorages: Sendable {
  /// In members of a zip archive, `PREFIX/data/KEY`.
  case zip(ZipArchive, prefix: String, path: String)
  /// In one file, at these bytes.
  case legacy(Data, ranges: [String: Range<Int>], path: String)

  /// Checks that a tensor lies within its storage, and that within the file.
  func check(_ tensor: PickledTensor, name: String, fileByteCount: Int) throws(PyTorchError) {
    let (storage, path) = (tensor.storage, self.path)
    guard let available = byteCount(of: storage.key) else {
      throw .missingStorage(file: path, tensor: name, key: storage.key)
    }
    let needed = storage.type.byteCount(of: [storage.totalCount]) ?? Int.max
    guard needed <= available else {
      throw .storageTooShort(file: path, tensor: name, needed: needed, available: available)
    }
    guard tensor.isInside else {
      throw .tensorOutside(
        file: path, tensor: name, shape: tensor.shape, strides: tensor.strides,
        available: storage.count)
    }
    // With a stride of 0 a tensor can be larger than its storage.
    let whole = storage.type.byteCount(of: tensor.shape) ?? Int.max
    guard whole <= max(available, fileByteCount) else {
      throw .tensorTooLarge(file: path, tensor: name, shape: tensor.shape)
    }
  }

  /// Returns the bytes of a storage's run.
  func bytes(of storage: PickledStorage) throws(PyTorchError) -> Data {
    let all: Data
    switch self {
    case .zip(let archive, let prefix, let path):
      do throws(ZipProblem) {
        all = try archive.contents(of: "\(prefix)/data/\(storage.key)")
      } catch {
        throw .damagedArchive(file: path, problem: error.text)
      }
    case .legacy(let data, let ranges, let path):
      guard let range = ranges[storage.key] else {
        throw .missingStorage(file: path, tensor: "", key: storage.key)
      }
      all = data.dropFirst(range.lowerBound).prefix(range.count)
    }
    let size = storage.type.byteCount
    return all.dropFirst(storage.offset * size).prefix(storage.count * size)
  }

  private var path: String {
    switch self {
    case .zip(_, _, let path), .legacy(_, _, let path): path
    }
  }

  private func byteCount(of key: String) -> Int? {
    switch self {
    case .zip(let archive, let prefix, _): archive.members["\(prefix)/data/\(key)"]?.byteCount
    case .legacy(_, let ranges, _): ranges[key]?.count
    }
  }
}

// The two formats.
extension PyTorchStorages {
  typealias Opened = (unpickler: Unpickler, root: PickleValue, storages: PyTorchStorages)

  /// Opens the zip format: a pickle in `PREFIX/data.pkl`, each storage in a member of its own.
  static func openZip(_ data: Data, path: String) throws(PyTorchError) -> Opened {
    func contents(
      _ archive: ZipArchive, _ name: String
    ) throws(PyTorchError) -> Data {
      do throws(ZipProblem) {
        return try archive.contents(of: name)
      } catch {
        throw .damagedArchive(file: path, problem: error.text)
      }
    }
    let archive: ZipArchive
    do throws(ZipProblem) {
      archive = try ZipArchive(data)
    } catch {
      throw .damagedArchive(file: path, problem: error.text)
    }
    let suffix = "/data.pkl"
    // The folder inside is named after the file; the shortest name is the outermost.
    guard
      let name = archive.members.keys.filter({ $0.hasSuffix(suffix) })
        .min(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) })
    else { throw .damagedArchive(file: path, problem: "it has no member 'data.pkl'") }
    let prefix = String(name.dropLast(suffix.count))
    if archive.members["\(prefix)/constants.pkl"] != nil { throw .torchScript(file: path) }
    if archive.members["\(prefix)/byteorder"] != nil {
      let order = try contents(archive, "\(prefix)/byteorder")
      if order.elementsEqual("big".utf8) { throw .bigEndian(file: path) }
    }
    guard (archive.members[name]?.byteCount ?? 0) <= Unpickler.maximumByteCount else {
      throw .damagedArchive(file: path, problem: "its pickle is longer than any state dict's")
    }
    let pickle = try contents(archive, name)
    var unpickler = Unpickler(pickle)
    let root = try load(&unpickler, path: path)
    return (unpickler, root, .zip(archive, prefix: prefix, path: path))
  }

  /// Opens the format before PyTorch 1.6: five pickles (a magic number, a version, notes on the
  /// machine, the saved value, the keys of the storages), then each storage behind its count.
  static func openLegacy(_ data: Data, path: String) throws(PyTorchError) -> Opened {
    // The magic number 0x1950a86a20f9469cfc6c as pickle protocol 2 and later write it.
    let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    guard data.prefix(64).starts(with: [0x80]) else { throw .unknownFormat(file: path) }
    var position = 0
    guard case .longInteger(magic) = try? next(data, &position, path: path).root else {
      throw .unknownFormat(file: path)
    }
    guard case .integer(1001) = try next(data, &position, path: path).root else {
      throw .unknownFormat(file: path)
    }
    let (notes, machine) = try next(data, &position, path: path)
    if case .dictionary(let entries) = notes.object(machine) {
      for entry in entries {
        if case .string("little_endian") = entry.key, case .bool(false) = entry.value {
          throw .bigEndian(file: path)
        }
      }
    }
    let (unpickler, root) = try next(data, &position, path: path)
    let keysStart = position
    let (keyList, keys) = try next(data, &position, path: path)
    guard case .list(let items) = keyList.object(keys) else {
      throw .malformedPickle(
        file: path, byte: keysStart, problem: "the keys of the storages are no list")
    }
    var ranges: [String: Range<Int>] = [:]
    for item in items {
      guard case .string(let key) = item,
        let count = data.littleEndian(at: position, as: UInt64.self).flatMap(Int.init(exactly:)),
        let type = unpickler.storageTypes[key], let byteCount = type.byteCount(of: [count]),
        byteCount <= data.count - position - 8
      else {
        throw .damagedArchive(file: path, problem: "its storages end at byte \(position)")
      }
      position += 8
      ranges[key] = position..<(position + byteCount)
      position += byteCount
    }
    return (unpickler, root, .legacy(data, ranges: ranges, path: path))
  }

  private static func next(
    _ data: Data, _ position: inout Int, path: String
  ) throws(PyTorchError) -> (unpickler: Unpickler, root: PickleValue) {
    var unpickler = Unpickler(data, at: position)
    let root = try load(&unpickler, path: path)
    position = unpickler.position
    return (unpickler, root)
  }

  private static func load(
    _ unpickler: inout Unpickler, path: String
  ) throws(PyTorchError) -> PickleValue {
    do throws(Unpickler.Problem) {
      return try unpickler.load()
    } catch {
      switch error {
      case .malformed(let byte, let problem):
        throw .malformedPickle(file: path, byte: byte, problem: problem)
      case .forbidden(let name): throw .forbiddenGlobal(file: path, name: name)
      }
    }
  }
}
