import Foundation
import Goldens
import Testing

@testable import PlumbFiles

@Suite("PyTorch checkpoints")
struct PyTorchCheckpointTests {
  @Test(
    "Tensors of any strides, types and storages are read as torch reads them",
    arguments: [
      "strided.zip.pth", "strided.legacy.pth", "strided.deflated.pth",
    ])
  func reads(name: String) throws {
    let expected = try SafetensorsFile(path: Fixtures.path("expected.safetensors"))
    let checkpoint = try PyTorchCheckpoint(path: Fixtures.path(name))
    #expect(checkpoint.names.first == "plain")
    #expect(checkpoint.names.sorted() == expected.names.sorted())
    for name in expected.names {
      #expect(try checkpoint.tensor(name) == (try expected.tensor(name)), "\(name)")
    }
  }

  @Test("A state dict inside a training script's dictionary is found, and lists are flattened")
  func training() throws {
    let checkpoint = try PyTorchCheckpoint(path: Fixtures.path("training.zip.pth"))
    #expect(checkpoint.names == ["layers.0", "layers.1.bias"])
    #expect(try checkpoint.tensor("layers.0").floats() == [1, 1])
    let single = try PyTorchCheckpoint(path: Fixtures.path("tensor.legacy.pth"))
    #expect(single.names == ["tensor"])
    #expect(try single.tensor("tensor").shape == [2, 2])
  }

  @Test("The kind of a checkpoint is told by its first bytes")
  func opens() throws {
    #expect(try CheckpointFile.open(Fixtures.path("tensor.legacy.pth")).names == ["tensor"])
    #expect(try CheckpointFile.open(Fixtures.path("strided.zip.pth")) is PyTorchCheckpoint)
    #expect(try CheckpointFile.open(Fixtures.path("expected.safetensors")) is SafetensorsFile)
  }

  @Test("Code is named and never run")
  func hostile() throws {
    #expect(
      message { _ = try PyTorchCheckpoint(try Fixtures.data("hostile.zip.pth"), path: "F") }
        == "F wants to call the Python name 'posix.system', which is not needed for tensors and "
        + "is never run; write a checkpoint with torch.save(model.state_dict(), path).")
    #expect(
      message { _ = try PyTorchCheckpoint(try Fixtures.data("script.zip.pt"), path: "F") }
        == "F holds a TorchScript program; write a checkpoint with "
        + "torch.save(model.state_dict(), path).")
  }

  @Test("Files that are no checkpoints, or damaged ones, are refused in one sentence")
  func refused() throws {
    func open(_ data: Data) -> String { message { _ = try PyTorchCheckpoint(data, path: "F") } }
    #expect(
      open(Data("hello".utf8))
        == "F is not a PyTorch checkpoint; write one with torch.save(model.state_dict(), path).")
    let zip = try Fixtures.data("strided.zip.pth")
    #expect(
      open(zip.dropLast(1))
        == "F is a damaged checkpoint (its directory is missing, so it is cut off); "
        + "copy or download it again.")
    let legacy = try Fixtures.data("strided.legacy.pth")
    #expect(
      open(legacy.dropLast(1))
        == "F is a damaged checkpoint (its storages end at byte \(legacy.count - 11)); "
        + "copy or download it again.")
    let checkpoint = try PyTorchCheckpoint(zip, path: "F")
    #expect(
      message { _ = try checkpoint.tensor("plan") }
        == "F has no tensor named 'plan'. The nearest name is 'plain'.")
    // The bytes of `plain` lie behind the pickle; one of them changes, and its checksum does not.
    var damaged = zip
    let plain = try checkpoint.tensor("plain").bytes
    let place = try #require(zip.range(of: plain))
    damaged[place.lowerBound] ^= 1
    let reopened = try PyTorchCheckpoint(damaged, path: "F")
    #expect(
      message { _ = try reopened.tensor("plain") }
        == "F is a damaged checkpoint (the checksum of its member 'strided.zip/data/0' is wrong); "
        + "copy or download it again.")
  }

  @Test(
    "Damaged checkpoints throw or are read, and never crash",
    arguments: [
      "strided.zip.pth", "strided.legacy.pth", "strided.deflated.pth", "training.zip.pth",
      "hostile.zip.pth",
    ])
  func damaged(name: String) throws {
    damage(try Fixtures.data(name), cuts: 600, flips: 2000) { data in
      let checkpoint = try PyTorchCheckpoint(data, path: "F")
      for name in checkpoint.names { _ = try? checkpoint.tensor(name).floats() }
    }
  }

  @Test(
    "The golden checkpoint has the golden tensors",
    .enabled(if: SharedFiles.has("golden/onnx"), "\(SharedFiles.reason)"))
  func golden() throws {
    let expected = try SafetensorsFile(
      path: SharedFiles.path("golden/onnx/squeezenet1_1.state_dict.safetensors"))
    let checkpoint = try PyTorchCheckpoint(
      path: SharedFiles.path("golden/onnx/squeezenet1_1.zip.pth"))
    #expect(checkpoint.names.sorted() == expected.names.sorted())
    for name in expected.names {
      #expect(try checkpoint.tensor(name) == (try expected.tensor(name)), "\(name)")
    }
  }
}

@Suite("Restricted pickles")
struct UnpicklerTests {
  /// Runs a pickle written by hand; returns what a person would read.
  private func load(_ pickle: String) -> String {
    var unpickler = Unpickler(Data(pickle.unicodeScalars.map { UInt8($0.value) }))
    do throws(Unpickler.Problem) {
      _ = try unpickler.load()
      return "no error"
    } catch {
      switch error {
      case .malformed(let byte, let problem): return "\(byte): \(problem)"
      case .forbidden(let name): return name
      }
    }
  }

  private let storage = "(U\u{7}storagectorch\nFloatStorage\nU\u{1}0U\u{3}cpuK\u{4}t"

  @Test(
    "Each function has its own kind of arguments, and others are refused",
    arguments: [
      ("cbuiltins\neval\n(U\u{1}1tR.", "builtins.eval"),
      ("\u{8C}\u{2}os\u{8C}\u{6}system\u{93}.", "os.system"),
      ("ctorch\nload\n.", "torch.load"),
      ("ctorch._utils\n_rebuild_tensor_v2\n)R.", "34: a tensor is made of the wrong things"),
      (
        "ctorch._utils\n_rebuild_parameter\n)R.",
        "34: a parameter is made of something else than a tensor"
      ),
      ("ctorch\nFloatStorage\n)R.", "21: a storage is called like a function"),
      ("ctorch\nSize\n(K\u{1}tR.", "16: torch.Size is called with something else than a tuple"),
      (
        "ccollections\nOrderedDict\n(K\u{1}tR.",
        "29: OrderedDict is called with something else than a list"
      ),
      ("K\u{1})R.", "3: what is called is no function"),
      ("(K\u{1}tQ.", "4: a persistent id is not that of a storage"),
      ("K\u{1}K\u{2}a.", "4: something is appended to what is no list"),
      ("]K\u{1}K\u{2}s.", "5: an entry is set in what is no dictionary"),
      ("](K\u{1}u.", "4: a key has no value"),
      ("]}b.", "2: attributes are set on something else than a dictionary"),
      ("i", "0: the operation 0x69 is not needed for tensors and is never run"),
      ("\u{81}.", "0: the operation 0x81 is not needed for tensors and is never run"),
      (".", "0: the stack is empty"),
      ("K\u{1}(0.", "3: the stack is empty"),
      ("t.", "0: there is no mark"),
      ("h\u{5}.", "0: nothing was remembered as 5"),
      ("X\u{FF}\u{FF}\u{FF}\u{7F}a.", "0: it ends too early or is too long"),
      ("U\u{1}\u{FF}.", "0: a string is not UTF-8"),
      ("", "0: it ends too early or is too long"),
      ("]]h", "2: it ends too early or is too long"),
    ])
  func refuses(pickle: String, expected: String) {
    #expect(load(pickle) == expected)
  }

  @Test("A pickle cannot make objects without end")
  func bounded() {
    // Two million empty lists, each of one byte.
    let many = String(repeating: "]", count: Unpickler.maximumObjectCount + 1) + "."
    #expect(load(many) == "2000000: it makes more than 2000000 objects")
  }

  @Test("A list inside itself, or shared a thousand times, is no trap")
  func cycles() throws {
    // l = []; l.append(l)
    #expect(load("]q\u{0}h\u{0}a.") == "no error")
    // Each list holds the one before twice: 2^60 paths from the outermost.
    var pickle = "]q\u{0}0"
    for level in 0..<60 {
      let old = Character(UnicodeScalar(UInt8(level)))
      let new = Character(UnicodeScalar(UInt8(level + 1)))
      pickle += "]q\(new)h\(old)ah\(old)a0"
    }
    pickle += "h\u{3C}."
    #expect(load(pickle) == "no error")
    // The walk over what was loaded stops too. Magic number, version, notes, value, keys.
    let cyclic = "]q\u{0}h\u{0}a."
    for value in [pickle, cyclic] {
      let file =
        "\u{80}\u{2}\u{8A}\u{A}l\u{FC}\u{9C}F\u{F9} j\u{A8}P\u{19}." + "M\u{E9}\u{3}." + "}."
        + value + "]."
      let data = Data(file.unicodeScalars.map { UInt8($0.value) })
      #expect(
        message { _ = try PyTorchCheckpoint(data, path: "F") }
          == "The pickle in F is malformed at byte 0: its containers are nested too deeply; "
          + "copy or download the file again.")
    }
  }

  /// A file in the older format with one tensor over a storage of four floats.
  private func file(
    offset: Int = 0, shape: String, strides: String, count: UInt8 = 4, data: Int = 16
  ) -> Data {
    let tensor =
      "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)QK\(Character(UnicodeScalar(UInt8(offset))))"
      + "\(shape)\(strides)\u{89}}tR"
    let text =
      "\u{80}\u{2}\u{8A}\u{A}l\u{FC}\u{9C}F\u{F9} j\u{A8}P\u{19}." + "M\u{E9}\u{3}." + "}."
      + "}U\u{1}w\(tensor)s." + "]U\u{1}0a."
    return Data(text.unicodeScalars.map { UInt8($0.value) }) + Data([count, 0, 0, 0, 0, 0, 0, 0])
      + Data((0..<data).map { UInt8($0 % 4 == 3 ? 64 : 0) })
  }

  @Test("A tensor that reaches outside its storage, or outgrows the file, is refused")
  func outside() throws {
    func open(_ data: Data) -> String { message { _ = try PyTorchCheckpoint(data, path: "F") } }
    // Legacy pickles of shape [2, 2] and so on, with one-byte integers.
    let square = "K\u{2}K\u{2}\u{86}"
    let rows = "K\u{2}K\u{1}\u{86}"
    let good = try PyTorchCheckpoint(file(shape: square, strides: rows), path: "F")
    #expect(try good.tensor("w").floats() == [2, 2, 2, 2])
    let reach = "which reach outside its 4 elements; copy or download the file again."
    #expect(
      open(file(offset: 1, shape: square, strides: rows))
        == "Tensor 'w' of F has the shape [2, 2] and the strides [2, 1], " + reach)
    #expect(
      open(file(shape: square, strides: "K\u{3}K\u{1}\u{86}"))
        == "Tensor 'w' of F has the shape [2, 2] and the strides [3, 1], " + reach)
    #expect(
      open(file(shape: square, strides: "J\u{FF}\u{FF}\u{FF}\u{FF}K\u{1}\u{86}"))
        == "Tensor 'w' of F has the shape [2, 2] and the strides [-1, 1], " + reach)
    let huge = "\u{8A}\u{8}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{40}"
    #expect(
      open(file(shape: "\(huge)\(huge)\u{86}", strides: "K\u{0}K\u{0}\u{86}")).hasPrefix(
        "Tensor 'w' of F has the shape [4611686018427387904, 4611686018427387904]"))
    #expect(
      open(file(shape: "\(huge)\u{85}", strides: "K\u{0}\u{85}"))
        == "Tensor 'w' of F repeats its numbers over the shape [4611686018427387904], more than "
        + "the file holds; save it after .contiguous().")
    #expect(
      open(file(shape: square, strides: rows, count: 3))
        == "Tensor 'w' of F needs a storage of 16 bytes, but 12 are there; "
        + "copy or download the file again.")
    #expect(
      open(file(shape: square, strides: rows, count: 5)).hasPrefix(
        "F is a damaged checkpoint (its storages end at byte "))
    let zero = try PyTorchCheckpoint(
      file(shape: "K\u{0}\(huge)\(huge)\u{87}", strides: "K\u{1}K\u{1}K\u{1}\u{87}"), path: "F")
    #expect(try zero.tensor("w").floats().isEmpty)
  }
}
