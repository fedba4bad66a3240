import FeatureVisualization
import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import VisionModels

/// Looking for examples with InceptionV1: photographs of 224 x 224 pixels, all units of nine layers;
/// beside it the forward pass alone, which no scan can be faster than.
enum ScanningCases {
  static let side = 224
  static let layers = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"].map { "mixed\($0)" }

  private static func network() throws -> VisualizedNetwork {
    let network = try InceptionV1().network(on: image)
    let graph = try Graph(layers.map { Graph.Output($0, try network.layer($0)) })
    return .inceptionV1(parameters: try randomParameters(graph, seed: 1))
  }

  private static var image: Node {
    .input("image", .images(batch: 1, channels: 3, height: side, width: side))
  }

  /// The network up to the last of the layers.
  static func forwardGraph() throws -> Graph {
    try Graph(["last": InceptionV1().network(on: image).layer(layers[layers.count - 1])])
  }

  /// The forward pass alone.
  static func forward(seconds: Double) throws -> Double {
    let program = try Program(forwardGraph(), parameters: network().parameters)
    try program.set("image", randomTensor(image.shape, seed: 2))
    return try medianMilliseconds(seconds: seconds) { try program.run() }
  }

  /// Reading, decoding, the network, and keeping the best of all units.
  static func scan() throws -> Double {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "plumbline-scan-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (warmUp, count) = (16, 240)
    for index in 0..<warmUp + count {
      try ImageFile.write(
        ImageFile.png(picture(seed: UInt64(index))),
        to: folder.appending(path: "\(index).png").path)
    }
    let network = try network()
    let collection = try ImageCollection(path: folder.path)
    let origin = ExampleScan.Origin(
      model: "inceptionv1", digest: "", images: folder.path, height: side, width: side,
      topCount: 9)
    let scanner = try ExampleScanner(
      network, layers: layers, collection: collection, origin: origin)
    for _ in 0..<warmUp { _ = try scanner.step() }
    // Several pictures are decoded at a time, so that only many tell.
    let start = ContinuousClock.now
    while try scanner.step() {}
    return (ContinuousClock.now - start) / .milliseconds(count)
  }

  /// Smooth colors with a little noise, as photographs have them.
  private static func picture(seed: UInt64) throws -> PixelImage {
    var stream = RandomStream(seed: seed, name: "picture")
    let waves = stream.uniform(9)
    let noise = stream.uniform(3 * side * side)
    var values = [Float](repeating: 0, count: noise.count)
    for channel in 0..<3 {
      for y in 0..<side {
        for x in 0..<side {
          let phase =
            waves[channel] * Float(x) / 9 + waves[channel + 3] * Float(y) / 9
            + 6 * waves[channel + 6]
          let index = (channel * side + y) * side + x
          values[index] = 0.5 + 0.4 * sin(phase) + 0.04 * (noise[index] - 0.5)
        }
      }
    }
    return try Tensor([1, 3, side, side], values).picture(0)
  }
}
