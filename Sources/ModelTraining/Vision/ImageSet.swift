import Foundation
import PlumbFiles
import Synchronization

/// Pictures of one size in memory, with their classes.
public struct ImageSet: Sendable {
  /// The pictures' height and width in pixels.
  public let size: Int
  /// The class of each picture.
  public let labels: [Int]
  /// What was left out: one sentence per damaged file.
  public let damages: [String]

  /// The pixels of each shard, `[picture, height, width, 3]`.
  private let shards: [[UInt8]]
  /// The index of each shard's first picture, and the number of all.
  private let starts: [Int]

  /// The number of pictures.
  public var count: Int { labels.count }

  /// Reads pictures from tar archives, several at once.
  ///
  /// A member `train/n01443537/n01443537_0.JPEG` is a picture of the class `n01443537`. A picture
  /// that cannot be decoded, has another size or is of no known class is left out and named in
  /// ``damages``; so is the rest of an archive that is cut off.
  ///
  /// - Parameters:
  ///   - paths: The archives.
  ///   - classes: The names of the classes, in order.
  ///   - size: The pictures' height and width.
  public init(archives paths: [String], classes: [String], size: Int) {
    let indices = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    let shards = concurrently(paths) { ImageShard(path: $0, classes: indices, size: size) }
    self.init(
      size: size, labels: shards.flatMap(\.labels), shards: shards.map(\.pixels),
      damages: shards.flatMap(\.damages))
  }

  /// Makes a set of pictures that are in memory, `[picture, height, width, 3]`.
  public init(pixels: [UInt8], labels: [Int], size: Int) {
    self.init(size: size, labels: labels, shards: [pixels], damages: [])
  }

  private init(size: Int, labels: [Int], shards: [[UInt8]], damages: [String]) {
    (self.size, self.labels, self.shards, self.damages) = (size, labels, shards, damages)
    var starts = [0]
    for shard in shards {
      starts.append(starts[starts.count - 1] + shard.count / (3 * size * size))
    }
    self.starts = starts
    precondition(
      starts[starts.count - 1] == labels.count,
      "\(labels.count) labels for \(starts[starts.count - 1]) pictures")
  }

  /// The pixels of some pictures, `[picture, height, width, 3]`.
  public func pixels(of pictures: [Int]) -> [UInt8] {
    let bytes = 3 * size * size
    var pixels: [UInt8] = []
    pixels.reserveCapacity(pictures.count * bytes)
    for picture in pictures {
      var shard = 0
      while starts[shard + 1] <= picture { shard += 1 }
      let first = (picture - starts[shard]) * bytes
      pixels += shards[shard][first..<first + bytes]
    }
    return pixels
  }
}

/// The pictures of one archive.
private struct ImageShard: Sendable {
  var pixels: [UInt8] = []
  var labels: [Int] = []
  var damages: [String] = []

  init(path: String, classes: [String: Int], size: Int) {
    do {
      let archive = try TarArchive(path: path, maximumMemberByteCount: 1 << 24)
      while let member = try archive.next() { add(member, classes, size) }
    } catch {
      damages.append("\(error)")
    }
  }

  private mutating func add(_ member: TarMember, _ classes: [String: Int], _ size: Int) {
    let folders = member.name.split(separator: "/")
    guard let label = folders.dropLast().last.flatMap({ classes[String($0)] }) else {
      damages.append("\(member.name) is in no class's folder.")
      return
    }
    do {
      let image = try ImageFile.decode(Data(member.bytes), name: member.name)
      guard image.height == size, image.width == size, image.channels == 3 else {
        damages.append(
          "\(member.name) has \(image.height) x \(image.width) pixels, not \(size) x \(size).")
        return
      }
      pixels += image.pixels
      labels.append(label)
    } catch {
      damages.append("\(error)")
    }
  }
}

/// Applies a function to all elements at once, as far as there are cores; results are in order.
private func concurrently<Element: Sendable, Result: Sendable>(
  _ elements: [Element], _ body: @Sendable (Element) -> Result
) -> [Result] {
  let results = Collected<Result>()
  DispatchQueue.concurrentPerform(iterations: elements.count) { index in
    results.set(index, body(elements[index]))
  }
  return results.sorted
}

/// Results of concurrent work, by index.
private final class Collected<Result: Sendable>: Sendable {
  private let results = Mutex<[Int: Result]>([:])

  func set(_ index: Int, _ result: Result) { results.withLock { $0[index] = result } }

  var sorted: [Result] { results.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }
}
