import Foundation
import PlumbFiles

extension ExampleScan {
  /// What is noted beside the tensors.
  private struct Notes: Codable {
    let origin: Origin
    let layers: [String]
    let passed: Int
    let isComplete: Bool
    let damaged: [Damage]
    let names: [Int: String]
    let statistics: PhotographStatistics?
  }

  private static let notesKey = "plumb-scan"

  /// Writes the scan into a safetensors file, whole or not at all.
  ///
  /// Per layer: `LAYER.top.values`, `.top.images`, `.top.positions` (row, column), the same with
  /// `bottom`, `LAYER.histogram` (counts of each unit's maxima) and `LAYER.histogram.range` (start and
  /// width of the bins); names of images and the rest are JSON in the metadata. Lists that are shorter
  /// than the longest end in image -1.
  ///
  /// - Parameter path: The file; one that exists is replaced.
  /// - Throws: `SafetensorsError.unwritable`.
  public func save(to path: String) throws {
    var tensors: [String: StoredTensor] = [:]
    for layer in layers {
      for (kind, lists) in [
        ("top", layer.units.map(\.top)), ("bottom", layer.units.map(\.bottom)),
      ] {
        let size = max(lists.map(\.count).max() ?? 0, 1)
        let padded = lists.flatMap { list in
          list
            + Array(
              repeating: Example(value: 0, image: -1, row: 0, column: 0), count: size - list.count)
        }
        let shape = [lists.count, size]
        tensors["\(layer.name).\(kind).values"] = StoredTensor(padded.map(\.value), shape: shape)
        tensors["\(layer.name).\(kind).images"] = Self.integers(padded.map(\.image), shape)
        tensors["\(layer.name).\(kind).positions"] = Self.integers(
          padded.flatMap { [$0.row, $0.column] }, shape + [2])
      }
      tensors["\(layer.name).histogram"] = Self.integers(
        layer.units.flatMap(\.maxima.counts), [layer.units.count, ValueHistogram.binCount])
      tensors["\(layer.name).histogram.range"] = StoredTensor(
        layer.units.flatMap { [Float($0.maxima.start), Float($0.maxima.width)] },
        shape: [layer.units.count, 2])
      tensors["\(layer.name).size"] = Self.integers([layer.height, layer.width], [2])
    }
    let notes = Notes(
      origin: origin, layers: layers.map(\.name), passed: passed, isComplete: isComplete,
      damaged: damaged, names: names, statistics: statistics)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try SafetensorsWriter.write(
      tensors,
      metadata: [Self.notesKey: String(decoding: try encoder.encode(notes), as: UTF8.self)],
      to: path)
  }

  /// Reads a scan that ``save(to:)`` wrote.
  ///
  /// - Throws: ``ExampleScanError``, or a `SafetensorsError` if the file cannot be read.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    guard let text = file.metadata[Self.notesKey],
      let notes = try? JSONDecoder().decode(Notes.self, from: Data(text.utf8))
    else { throw ExampleScanError.noScan(file: path) }
    self.init(origin: notes.origin, layers: [])
    layers = try notes.layers.map { try Self.layer($0, in: file) }
    passed = notes.passed
    isComplete = notes.isComplete
    damaged = notes.damaged
    names = notes.names
    statistics = notes.statistics
  }

  private static func layer(_ name: String, in file: SafetensorsFile) throws -> Layer {
    func tensor(_ part: String, _ shape: [Int]? = nil) throws -> StoredTensor {
      let tensor = try file.tensor("\(name).\(part)")
      guard shape == nil || tensor.shape == shape else {
        throw ExampleScanError.damaged(file: file.path, tensor: "\(name).\(part)")
      }
      return tensor
    }
    func integers(_ part: String, _ shape: [Int]? = nil) throws -> [Int] {
      guard let values = try tensor(part, shape).integers() else {
        throw ExampleScanError.damaged(file: file.path, tensor: "\(name).\(part)")
      }
      return values
    }
    let size = try integers("size", [2])
    let shape = try tensor("top.values").shape
    guard shape.count == 2 else {
      throw ExampleScanError.damaged(file: file.path, tensor: "\(name).top.values")
    }
    func lists(_ kind: String) throws -> [[Example]] {
      let shape = try tensor("\(kind).values").shape
      guard shape.count == 2 else {
        throw ExampleScanError.damaged(file: file.path, tensor: "\(name).\(kind).values")
      }
      let values = try tensor("\(kind).values").floats()
      let images = try integers("\(kind).images", shape)
      let positions = try integers("\(kind).positions", shape + [2])
      return (0..<shape[0]).map { unit in
        (unit * shape[1]..<(unit + 1) * shape[1]).compactMap { place in
          images[place] < 0
            ? nil
            : Example(
              value: values[place], image: images[place], row: positions[2 * place],
              column: positions[2 * place + 1])
        }
      }
    }
    let (top, bottom) = (try lists("top"), try lists("bottom"))
    let counts = try integers("histogram", [top.count, ValueHistogram.binCount])
    let ranges = try tensor("histogram.range", [top.count, 2]).floats()
    guard bottom.count == top.count else {
      throw ExampleScanError.damaged(file: file.path, tensor: "\(name).bottom.values")
    }
    return Layer(
      name: name, height: size[0], width: size[1],
      units: top.indices.map { unit in
        let bins = ValueHistogram.binCount
        return Unit(
          top: top[unit], bottom: bottom[unit],
          maxima: ValueHistogram(
            start: Double(ranges[2 * unit]), width: Double(ranges[2 * unit + 1]),
            counts: Array(counts[unit * bins..<(unit + 1) * bins])))
      })
  }

  private static func integers(_ values: [Int], _ shape: [Int]) -> StoredTensor {
    var bytes = Data(capacity: values.count * 4)
    for value in values {
      let word = UInt32(bitPattern: Int32(clamping: value))
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
    return StoredTensor(type: .int32, shape: shape, bytes: bytes)
  }
}
