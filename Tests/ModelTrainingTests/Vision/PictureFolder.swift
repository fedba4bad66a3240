import Foundation
import PlumbFiles

@testable import ModelTraining

/// A folder in the layout of Tiny ImageNet with a few synthetic pictures, removed at the end.
final class PictureFolder {
  let path: String
  let classes: [String]

  /// Makes shards whose pictures have a color of their class, with noise.
  init(classes count: Int, trainingShards: Int = 2, perClass: Int = 4) throws {
    path = NSTemporaryDirectory() + "plumb-pictures-\(UUID().uuidString)/set"
    classes = (0..<count).map { "n0000000\($0)" }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data(classes.joined(separator: "\n").utf8).write(
      to: URL(fileURLWithPath: path + "/wnids.txt"))
    for shard in 0..<trainingShards {
      try write("train_0\(shard).tar", members(folder: "train", perClass, seed: shard))
    }
    try write("val.tar.xz", members(folder: "val", perClass, seed: 99))
  }

  deinit {
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }

  /// Writes an archive; readers tell by the contents that it is not compressed.
  func write(_ name: String, _ members: [(name: String, bytes: Data)]) throws {
    var archive = Data()
    for member in members { archive += Self.tarEntry(member.name, member.bytes) }
    archive += Data(count: 1024)
    try archive.write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func members(folder: String, _ perClass: Int, seed: Int) -> [(name: String, bytes: Data)] {
    var members: [(name: String, bytes: Data)] = []
    for index in 0..<perClass {
      for (label, name) in classes.enumerated() {
        let picture = Self.picture(label: label, index: index + 100 * seed)
        members.append(("\(folder)/\(name)/\(index).JPEG", ImageFile.png(picture)))
      }
    }
    return members
  }

  /// A picture whose three channels tell its class, with some noise.
  static func picture(label: Int, index: Int) -> PixelImage {
    let pixels = (0..<64 * 64 * 3).map { at in
      let isBright = (label >> (at % 3)) & 1 == 1
      let noise = (at &* 2_654_435_761 &+ index &* 40503) >> 5 & 63
      return UInt8((isBright ? 160 : 30) + noise)
    }
    return PixelImage(height: 64, width: 64, channels: 3, pixels: pixels)
  }

  private static func tarEntry(_ name: String, _ bytes: Data) -> Data {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    func octal(_ number: Int, _ width: Int) -> String {
      let digits = String(number, radix: 8)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put(octal(bytes.count, 11), at: 124)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    put("        ", at: 148)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
    return Data(header) + bytes + Data(count: (512 - bytes.count % 512) % 512)
  }
}
