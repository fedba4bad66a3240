import Foundation
import PlumbFiles
import PlumbGraph
import PlumbKernels
import PlumbRuntime
import PlumbText

/// A scan of a collection of images under way: one pass, with memory for the best examples alone.
///
/// Iterating goes through the collection batch by batch, in the caller's task, and stops with a
/// `CancellationError` when that is cancelled; ``scan`` then holds what was found so far, and another
/// scanner can go on from it.
public final class ExampleScanner {
  /// What was found so far.
  public private(set) var scan: ExampleScan

  private let collection: ImageCollection
  private let program: Program
  private let batch: Int
  private var reader: ImageCollection.Reader
  /// Pictures that were decoded and not yet looked at.
  private var prepared: ArraySlice<Prepared> = []
  /// Why nothing more can be read, to be said once all before it was looked at.
  private var readingError: (any Error)?
  private var tops: [[TopValues]]
  private var bottoms: [[TopValues]]
  private var measurement: PhotographMeasurement?

  /// How many photographs are enough to know what they have in common.
  private static let measuredCount = 500
  /// Whether the photograph of a number is one of those: all of the first, then one in five, since
  /// the pictures of a folder often lie in the order of their classes.
  private static func isMeasured(_ number: Int) -> Bool { number < 20 || number % 5 == 0 }
  /// Pictures that are decoded together.
  private static let preparedCount = 16

  /// Prepares a scan.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - layers: The names of the layers whose units are looked at.
  ///   - collection: The images.
  ///   - origin: What is scanned, with the size of the images that the network gets and the number
  ///     of examples to keep.
  ///   - earlier: A scan of the same origin and layers to go on with.
  /// - Throws: ``ObjectiveError`` if the network has no such layer; ``ExampleScanError`` if the earlier
  ///   scan is of something else.
  public init(
    _ network: VisualizedNetwork, layers: [String], collection: ImageCollection,
    origin: ExampleScan.Origin, continuing earlier: ExampleScan? = nil
  ) throws {
    // Small images leave the processor idle one at a time; large ones fill it.
    batch = origin.height * origin.width <= 128 * 128 ? 8 : 1
    let image = Node.input(
      "image", .images(batch: batch, channels: 3, height: origin.height, width: origin.width))
    let graph = try network.network(on: image)
    let vocabulary = ObjectiveVocabulary(graph, labels: network.labels)
    var outputs: [Graph.Output] = []
    var found: [ExampleScan.Layer] = []
    for name in layers {
      let layer: ObjectiveVocabulary.Layer
      do throws(ObjectiveProblem) {
        layer = try vocabulary.layer(name)
      } catch {
        throw ObjectiveError(error)
      }
      let value = try graph.layer(name)
      // A layer without positions has one.
      let hasPositions = value.shape.rank == 4
      let image = hasPositions ? value : try value.reshaped(Shape(value.shape.sizes + [1, 1]))
      outputs.append(.init(name, try image.positionExtremes()))
      found.append(
        ExampleScan.Layer(
          name: name, height: layer.height, width: layer.width,
          units: Array(
            repeating: .init(top: [], bottom: [], maxima: ValueHistogram()),
            count: layer.channels)))
    }
    program = try Program(Graph(outputs), parameters: network.parameters)
    self.collection = collection
    reader = try collection.reader()
    if let earlier {
      let isSame =
        earlier.origin == origin && earlier.layers.map(\.name) == found.map(\.name)
      guard isSame else { throw ExampleScanError.otherScan }
      scan = earlier
      for _ in 0..<earlier.passed { _ = try reader.next() }
    } else {
      scan = ExampleScan(origin: origin, layers: found)
    }
    tops = scan.layers.map { layer in
      layer.units.map { Self.values($0.top, layer, origin.topCount, sign: 1) }
    }
    bottoms = scan.layers.map { layer in
      layer.units.map { Self.values($0.bottom, layer, origin.topCount, sign: -1) }
    }
    if scan.statistics?.count ?? 0 < Self.measuredCount,
      Swift.min(origin.height, origin.width) >= 4
    {
      measurement = try PhotographMeasurement(side: Swift.min(origin.height, origin.width))
    }
  }

  /// The pictures in the collection, if that is known before reading.
  public var total: Int? { collection.count }

  private static func values(
    _ examples: [ExampleScan.Example], _ layer: ExampleScan.Layer, _ capacity: Int, sign: Float
  ) -> TopValues {
    TopValues(
      capacity: capacity,
      entries: examples.map {
        .init(value: sign * $0.value, image: $0.image, position: $0.row * layer.width + $0.column)
      })
  }

  // MARK: Steps

  /// A picture as the network gets it.
  private struct Prepared: Sendable {
    let name: String
    /// Red, green and blue, each a plane, and the square to measure if it is one of the first.
    let content: Result<(planes: [Float], square: [Float]?), ImageError>
  }

  /// Adds what one image made of a layer to what is known of it.
  ///
  /// - Parameters:
  ///   - extremes: `[channel, largest or smallest, value or position]`.
  ///   - image: The image's number.
  ///   - units: What is known of the layer's units.
  ///   - top: Their largest values.
  ///   - bottom: Their smallest values, with the sign changed.
  /// - Returns: Whether the image is an example of a unit now.
  private static func note(
    _ extremes: ArraySlice<Float>, of image: Int, in units: inout [ExampleScan.Unit],
    top: inout [TopValues], bottom: inout [TopValues]
  ) -> Bool {
    var isKept = false
    var place = extremes.startIndex
    for channel in units.indices {
      let (largest, smallest) = (extremes[place], extremes[place + 2])
      units[channel].maxima.add(Double(largest))
      if top[channel].accepts(largest) {
        top[channel].insert(
          .init(value: largest, image: image, position: Int(extremes[place + 1])))
        isKept = true
      }
      if bottom[channel].accepts(-smallest) {
        bottom[channel].insert(
          .init(value: -smallest, image: image, position: Int(extremes[place + 3])))
        isKept = true
      }
      place += 4
    }
    return isKept
  }

  /// Looks at the next batch.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: An `ArchiveError` if the archive is damaged; errors of the runtime.
  public func step() throws -> Bool {
    if scan.isComplete { return false }
    var images: [(number: Int, name: String)] = []
    var pixels: [Float] = []
    while images.count < batch {
      if prepared.isEmpty { try prepare() }
      guard let next = prepared.popFirst() else {
        scan.isComplete = true
        break
      }
      let number = scan.passed
      scan.passed += 1
      switch next.content {
      case .success(let (planes, square)):
        images.append((number, next.name))
        pixels += planes
        if let square { try measure(square) }
      case .failure(let error):
        scan.damaged.append(.init(name: next.name, reason: error.description))
      }
    }
    if !images.isEmpty {
      let shape: Shape = [batch, 3, scan.origin.height, scan.origin.width]
      pixels += [Float](repeating: 0, count: shape.count - pixels.count)
      try program.set("image", Tensor(shape, pixels))
      try program.run()
      for index in scan.layers.indices { try note(index, images) }
    }
    if scan.isComplete { finish() }
    return true
  }

  /// Reads and decodes the next pictures, several at a time on all threads.
  private func prepare() throws {
    var unread: [ImageCollection.Unread] = []
    do {
      while readingError == nil, unread.count < Self.preparedCount, let next = try reader.next() {
        unread.append(next)
      }
    } catch {
      readingError = error
    }
    if unread.isEmpty, let readingError { throw readingError }
    let (height, width) = (scan.origin.height, scan.origin.width)
    let first = scan.passed
    let measuredSide = measurement.flatMap { $0.count < Self.measuredCount ? $0.side : nil }
    let sources = unread
    let pictures = try ComputeThread.shared().run {
      ParallelRows.map(sources.count, work: sources.count * 3 * height * width) { index in
        let entry = sources[index].decoded()
        return Prepared(
          name: entry.name,
          content: entry.picture.map { picture in
            let side = Self.isMeasured(first + index) ? measuredSide : nil
            return (
              picture.centralPart(height: height, width: width).tensor.elements,
              side.map { picture.centralSquare(side: $0).tensor.elements }
            )
          })
      }
    }
    prepared = pictures[...]
  }

  /// Notes the values of one layer.
  private func note(_ index: Int, _ images: [(number: Int, name: String)]) throws {
    let extremes = try program.output(scan.layers[index].name).elements
    let count = scan.layers[index].units.count * 4
    for (row, image) in images.enumerated()
    where Self.note(
      extremes[row * count..<(row + 1) * count], of: image.number,
      in: &scan.layers[index].units, top: &tops[index], bottom: &bottoms[index])
    {
      scan.names[image.number] = image.name
    }
  }

  private func measure(_ square: [Float]) throws {
    guard var current = measurement, current.count < Self.measuredCount else { return }
    // Moved out and back, so that the sums are not copied.
    measurement = nil
    try current.add(square: square)
    measurement = current
  }

  /// Brings the lists into ``scan`` and forgets names that no list holds; done at the end, and by
  /// whoever wants to see what was found so far.
  public func finish() {
    var needed: Set<Int> = []
    for index in scan.layers.indices {
      let width = scan.layers[index].width
      for channel in scan.layers[index].units.indices {
        let (top, bottom) = (tops[index][channel], bottoms[index][channel])
        scan.layers[index].units[channel].top = Self.examples(top, width, sign: 1)
        scan.layers[index].units[channel].bottom = Self.examples(bottom, width, sign: -1)
        needed.formUnion((top.entries + bottom.entries).map(\.image))
      }
    }
    scan.names = scan.names.filter { needed.contains($0.key) }
    // Gray photographs have no colors to speak of; they leave the built-in statistics in force.
    if let measurement, measurement.count > scan.statistics?.count ?? 0 {
      scan.statistics = (try? measurement.statistics()) ?? scan.statistics
    }
  }

  private static func examples(
    _ values: TopValues, _ width: Int, sign: Float
  ) -> [ExampleScan.Example] {
    values.entries.map {
      .init(
        value: sign * $0.value, image: $0.image, row: $0.position / Swift.max(width, 1),
        column: $0.position % Swift.max(width, 1))
    }
  }
}

extension ExampleScanner: AsyncSequence {
  /// Reads what is left, one batch per element.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let scanner: ExampleScanner

    /// Looks at a batch and returns how many pictures were passed, or `nil` at the end.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Int? {
      try Task.checkCancellation()
      await Task.yield()
      return try scanner.step() ? scanner.scan.passed : nil
    }

    /// Looks at a batch and returns how many pictures were passed, or `nil` at the end.
    public mutating func next() async throws -> Int? { try await next(isolation: nil) }
  }

  /// Returns an iterator that goes on where the scan is.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(scanner: self) }
}
