import Foundation
import Goldens
import TemporaryFolders
import Testing

@testable import PlumbFiles

/// Returns the bytes of a safetensors file with this header and this many bytes of data.
private func file(_ header: String, dataByteCount: Int = 0) -> Data {
  let json = Data(header.utf8)
  let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
  return Data(length) + json + Data((0..<dataByteCount).map { UInt8(truncatingIfNeeded: $0) })
}

private func entry(_ type: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
  "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
}

@Suite("Safetensors files")
struct SafetensorsFileTests {
  @Test("Every type is read as floats, and integers as integers")
  func types() throws {
    let tensors: [String: StoredTensor] = [
      "F64": .init(type: .float64, shape: [1], bytes: Data([0, 0, 0, 0, 0, 0, 0xF8, 0xBF])),
      "F32": StoredTensor([1.5, -2, 3], shape: [3, 1]),
      "F16": StoredTensor([0.1, 65504, -6e-8], shape: [3], as: .float16),
      "BF16": StoredTensor([0.1, 2.9], shape: [2], as: .bfloat16),
      "I64": .init(type: .int64, shape: [], bytes: Data([UInt8](repeating: 0xFF, count: 8))),
      "I32": .init(type: .int32, shape: [1], bytes: Data([1, 1, 0, 0])),
      "I16": .init(type: .int16, shape: [1], bytes: Data([0, 0x80])),
      "I8": .init(type: .int8, shape: [2], bytes: Data([0x80, 0x7F])),
      "U8": .init(type: .uint8, shape: [2], bytes: Data([0x80, 0xFF])),
      "BOOL": .init(type: .bool, shape: [2, 1], bytes: Data([0, 1])),
      "nothing": .init(type: .float32, shape: [3, 0], bytes: Data()),
    ]
    try withFolderPath { folder in
      let path = folder + "/model.safetensors"
      try SafetensorsWriter.write(tensors, metadata: ["a \"key\"\n": "ü🙂\u{1}"], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == ["a \"key\"\n": "ü🙂\u{1}"])
      #expect(Set(file.names) == Set(tensors.keys))
      for (name, tensor) in tensors { #expect(try file.tensor(name) == tensor) }
      #expect(try file.tensor("F64").floats() == [-1.5])
      #expect(try file.tensor("F32").floats() == [1.5, -2, 3])
      #expect(try file.tensor("F16").floats() == [0.099975586, 65504, -5.9604645e-8])
      #expect(try file.tensor("BF16").floats() == [0.100097656, 2.90625])
      #expect(try file.tensor("I64").floats() == [-1])
      #expect(try file.tensor("I64").integers() == [-1])
      #expect(try file.tensor("I32").integers() == [257])
      #expect(try file.tensor("I16").integers() == [-32768])
      #expect(try file.tensor("I8").integers() == [-128, 127])
      #expect(try file.tensor("U8").integers() == [128, 255])
      #expect(try file.tensor("BOOL").integers() == [0, 1])
      #expect(try file.tensor("F32").integers() == nil)
      #expect(try file.tensor("nothing").floats().isEmpty)
      #expect(file.type(of: "BF16") == .bfloat16)
      #expect(file.shape(of: "F32") == [3, 1])
      #expect(file.shape(of: "other") == nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.safetensors"])
    }
  }

  @Test("All halves convert to the float that Swift's own conversion gives, and back")
  func halves() {
    // Swift converts from halves exactly, so equality is exact; NaN stays NaN.
    let all = (0...UInt16.max).map { $0 }
    let bytes = Data(all.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
    let floats = StoredTensor(type: .float16, shape: [65536], bytes: bytes).floats()
    #if !(os(macOS) && arch(x86_64))
      for (bits, float) in zip(all, floats) {
        let expected = Float(Float16(bitPattern: bits))
        #expect(float.bitPattern == expected.bitPattern || (float.isNaN && expected.isNaN))
      }
    #endif
    let back = StoredTensor(floats, shape: [65536], as: .float16)
    let differing = zip(back.bytes, bytes).enumerated().filter { $1.0 != $1.1 }.map {
      $0.offset / 2
    }
    #expect(differing.allSatisfy { floats[$0].isNaN })
  }

  @Test("Floats round to the nearest half and bfloat16, ties to even")
  func rounding() {
    var generator = SeededGenerator(state: 3)
    let values = (0..<4096).map { _ in
      Float(bitPattern: UInt32.random(in: 0...(.max), using: &generator))
    }
    #if !(os(macOS) && arch(x86_64))
      let halves = StoredTensor(values, shape: [4096], as: .float16).floats()
      for (value, half) in zip(values, halves) {
        #expect(half == Float(Float16(value)) || (half.isNaN && value.isNaN))
      }
    #endif
    let ties: [Float] = [1.00390625, 1.01171875, -.infinity, .greatestFiniteMagnitude]
    #expect(
      StoredTensor(ties, shape: [4], as: .bfloat16).floats() == [
        1, 1.015625, -.infinity, .infinity,
      ])
  }

  @Test("The same tensors give the same bytes, and each is aligned to its elements")
  func deterministic() throws {
    try withFolderPath { folder in
      let tensors: [String: StoredTensor] = [
        "b": .init(type: .uint8, shape: [3], bytes: Data([1, 2, 3])),
        "a": .init([1], shape: [1]), "z": .init([1], shape: [1], as: .float16),
      ]
      for name in ["1", "2"] { try SafetensorsWriter.write(tensors, to: "\(folder)/\(name)") }
      let first = try Data(contentsOf: URL(fileURLWithPath: folder + "/1"))
      #expect(first == (try Data(contentsOf: URL(fileURLWithPath: folder + "/2"))))
      #expect(try SafetensorsFile(first, path: "1").names == ["a", "z", "b"])
      #expect(first[0] % 8 == 0)
    }
  }

  @Test(
    "Headers that lie are refused in one sentence",
    arguments: [
      (
        Data([1, 2, 3]),
        "F has 3 bytes, too few for a safetensors header of 8 bytes and its JSON; copy or download it again."
      ),
      (
        Data([UInt8](repeating: 0xFF, count: 12)),
        "F says its header has 18446744073709551615 bytes, but at most 4 are possible; it is cut off or not a safetensors file."
      ),
      (
        file("[]"),
        "The header of F is malformed at byte 8: expected '{'; copy or download the file again."
      ),
      (
        file(String(repeating: "[", count: 100_000)),
        "The header of F is malformed at byte 8: expected '{'; copy or download the file again."
      ),
      (
        file("{\"a\":\(String(repeating: "{\"a\":", count: 100_000))"),
        "The header of F is malformed at byte 18: a tensor has no field 'a'; copy or download the file again."
      ),
      (
        file("{\"a\":{}}"),
        "The header of F is malformed at byte 13: tensor 'a' lacks a dtype, a shape or two data_offsets; copy or download the file again."
      ),
      (
        file("{\"a\":\(entry("F32", "[-1]", 0, 4))}", dataByteCount: 4),
        "The header of F is malformed at byte 37: expected a whole number of 0 or more; copy or download the file again."
      ),
      (
        file("{\"a\":\(entry("F32", "[18446744073709551616]", 0, 4))}", dataByteCount: 4),
        "The header of F is malformed at byte 37: a number exceeds 64 bits; copy or download the file again."
      ),
      (
        file(
          "{\"a\":\(entry("U8", "[1]", 0, 1)),\"a\":\(entry("U8", "[1]", 1, 2))}", dataByteCount: 2),
        "F names 'a' twice, so which one is meant cannot be told; write the file again with unique names."
      ),
      (
        file("{\"a\":\(entry("F8_E4M3", "[1]", 0, 1))}", dataByteCount: 1),
        "Tensor 'a' of F has the type F8_E4M3; convert it to one of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL."
      ),
      (
        file("{\"a\":\(entry("F32", "[4294967296,4294967296]", 0, 0))}"),
        "Tensor 'a' of F claims the impossible shape [4294967296, 4294967296]; copy or download the file again."
      ),
      (
        file("{\"a\":\(entry("F32", "[2,3]", 0, 20))}", dataByteCount: 20),
        "Tensor 'a' of F has the shape [2, 3] of F32, which takes 24 bytes, but its offsets span 20; copy or download the file again."
      ),
      (
        file("{\"a\":\(entry("F32", "[2]", 8, 0))}", dataByteCount: 8),
        "Tensor 'a' of F has the shape [2] of F32, which takes 8 bytes, but its offsets span -8; copy or download the file again."
      ),
      (
        file("{\"a\":\(entry("F32", "[2]", 0, 8))}", dataByteCount: 7),
        "Tensor 'a' of F claims the data from byte 0 up to 8, but there are only 7 bytes of data; copy or download the file again."
      ),
      (
        file(
          "{\"a\":\(entry("U8", "[2]", 0, 2)),\"b\":\(entry("U8", "[2]", 1, 3))}", dataByteCount: 3),
        "Tensor 'b' of F starts at byte 1, inside another tensor that ends at 2; copy or download the file again."
      ),
      (
        file(
          "{\"a\":\(entry("U8", "[2]", 0, 2)),\"b\":\(entry("U8", "[2]", 3, 5))}", dataByteCount: 5),
        "The data of F from byte 2 up to 3 belong to no tensor; copy or download the file again."
      ),
      (
        file("{\"a\":\(entry("U8", "[2]", 0, 2))}", dataByteCount: 5),
        "The data of F from byte 2 up to 5 belong to no tensor; copy or download the file again."
      ),
    ])
  func lies(bytes: Data, expected: String) {
    #expect(message { _ = try SafetensorsFile(bytes, path: "F") } == expected)
  }

  @Test("A missing tensor suggests the nearest name")
  func missing() throws {
    let bytes = file("{\"wte.weight\":\(entry("U8", "[1]", 0, 1))}", dataByteCount: 1)
    let model = try SafetensorsFile(bytes, path: "F")
    #expect(
      message { _ = try model.tensor("wpe.weight") }
        == "F has no tensor named 'wpe.weight'. The nearest name is 'wte.weight'.")
    #expect(message { _ = try model.tensor("x") } == "F has no tensor named 'x'.")
  }

  @Test("A path without a file says so")
  func unreadable() throws {
    try withFolderPath { folder in
      #expect(
        message { _ = try SafetensorsFile(path: folder + "/none") }
          == "\(folder)/none cannot be read (no such file); check the path and its permissions.")
      #expect(
        message { try SafetensorsWriter.write([:], to: folder + "/none/file") }
          == "\(folder)/none/file cannot be written (no such file); "
          + "choose another folder or free some space.")
      #expect(
        message { _ = try SafetensorsFile(path: folder) }
          == "\(folder) cannot be read (it is a folder); check the path and its permissions.")
    }
  }

  @Test("Escapes in names are read")
  func escapes() throws {
    let bytes = file(
      "{\"\\u00e4\\ud83d\\ude42\\/\\n\":\(entry("U8", "[]", 0, 1))}   ", dataByteCount: 1)
    #expect(try SafetensorsFile(bytes, path: "F").names == ["ä🙂/\n"])
    let half = file("{\"\\ud83d\":\(entry("U8", "[]", 0, 1))}", dataByteCount: 1)
    #expect(
      message { _ = try SafetensorsFile(half, path: "F") }
        == "The header of F is malformed at byte 16: a string holds half of a surrogate pair; "
        + "copy or download the file again.")
  }

  @Test("Damaged files throw or are read, and never crash")
  func damaged() throws {
    let whole = file(
      "{\"__metadata__\":{\"k\":\"v\"},\"a\":\(entry("F32", "[2,3]", 0, 24)),"
        + "\"b\":\(entry("F16", "[1]", 24, 26))}", dataByteCount: 26)
    damage(whole, flips: 4000) { bytes in
      let model = try SafetensorsFile(bytes, path: "F")
      for name in model.names { _ = try model.tensor(name).floats() }
    }
  }

  @Test(
    "The golden state dict has the tensors its page lists",
    .enabled(if: SharedFiles.has("golden/onnx"), "\(SharedFiles.reason)"))
  func golden() throws {
    let model = try SafetensorsFile(
      path: SharedFiles.path("golden/onnx/squeezenet1_1.state_dict.safetensors"))
    #expect(model.names.count == 52)
    #expect(model.shape(of: "features.0.weight") == [16, 3, 3, 3])
    #expect(try model.tensor("features.0.weight").floats().count == 432)
  }
}

@Suite("Sharded safetensors")
struct SafetensorsShardsTests {
  private func write(_ index: String, in folder: String) throws -> String {
    let path = folder + "/model.safetensors.index.json"
    try Data(index.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test("Tensors come from the file that the index names")
  func reads() throws {
    try withFolderPath { folder in
      try SafetensorsWriter.write(["a": .init([1], shape: [1])], to: folder + "/1.safetensors")
      try SafetensorsWriter.write(["b": .init([2], shape: [1])], to: folder + "/2.safetensors")
      let index = try write(
        #"{"metadata": {"total_size": 8}, "weight_map": {"b": "2.safetensors", "a": "1.safetensors"}}"#,
        in: folder)
      let model = try SafetensorsShards(indexPath: index)
      #expect(model.names == ["a", "b"])
      #expect(try model.tensor("b").floats() == [2])
      #expect(
        message { _ = try model.tensor("c") }
          == "\(index) has no tensor named 'c'.")
    }
  }

  @Test("An index that promises too much is refused in one sentence")
  func refuses() throws {
    try withFolderPath { folder in
      try SafetensorsWriter.write(["a": .init([1], shape: [1])], to: folder + "/1.safetensors")
      var index = try write(#"{"weight_map": {"a": "3.safetensors"}}"#, in: folder)
      #expect(
        message { _ = try SafetensorsShards(indexPath: index) }
          == "\(index) needs the file '3.safetensors' beside it, which is not there; "
          + "download the missing file.")
      index = try write(#"{"weight_map": {"b": "1.safetensors"}}"#, in: folder)
      #expect(
        message { _ = try SafetensorsShards(indexPath: index) }
          == "\(folder)/1.safetensors has no tensor named 'b'.")
      index = try write(#"{"weight_map": {"b": "../1.safetensors"}}"#, in: folder)
      #expect(
        message { _ = try SafetensorsShards(indexPath: index) }
          == "\(index) names the file '../1.safetensors', which is not in its own folder; "
          + "put all files in one folder and write plain names.")
      index = try write("[]", in: folder)
      #expect(
        message { _ = try SafetensorsShards(indexPath: index) }
          == "\(index) is not an index of safetensors files: no \"weight_map\" from tensors to "
          + "files; copy or download it again.")
    }
  }
}
