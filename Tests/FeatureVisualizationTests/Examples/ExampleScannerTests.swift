import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import FeatureVisualization

@Suite("Scans for examples")
struct ExampleScannerTests {
  static let side = 16

  /// Random pictures of changing sizes in a folder, with a damaged one among them.
  private func pictures(_ count: Int, in folder: TemporaryFolder) throws {
    for index in 0..<count {
      var random = RandomStream(seed: UInt64(index), name: "picture")
      let (height, width) = (index % 3 == 0 ? 16 : 24, index % 2 == 0 ? 16 : 20)
      // Smooth in one direction, so that pictures differ.
      let values = random.uniform(3 * height)
      var image = Tensor([1, 3, height, width], filledWith: 0)
      for channel in 0..<3 {
        for y in 0..<height {
          for x in 0..<width { image[0, channel, y, x] = values[channel * height + y] }
        }
      }
      try ImageFile.write(
        ImageFile.png(image.picture(0)), to: folder.path(String(format: "%03d.png", index)))
    }
    try Data("not a picture".utf8).write(to: folder.url.appending(path: "005a.png"))
    try Data("a note".utf8).write(to: folder.url.appending(path: "note.txt"))
  }

  private func origin(_ folder: TemporaryFolder, top: Int = 4) -> ExampleScan.Origin {
    .init(
      model: "small", digest: "none", images: folder.url.path, height: Self.side,
      width: Self.side, topCount: top)
  }

  private func scanner(
    _ folder: TemporaryFolder, layers: [String], continuing earlier: ExampleScan? = nil
  ) throws -> ExampleScanner {
    try ExampleScanner(
      SmallNetwork.network(), layers: layers, collection: ImageCollection(path: folder.url.path),
      origin: origin(folder), continuing: earlier)
  }

  @Test("Finds what looking at each picture by itself finds")
  func agreesWithPlainSearch() throws {
    let folder = TemporaryFolder()
    try pictures(21, in: folder)
    let scanner = try scanner(folder, layers: ["second", "scores"])
    while try scanner.step() {}
    let scan = scanner.scan
    #expect(scan.imageCount == 21)
    #expect(scan.passed == 22)
    #expect(scan.damaged.map(\.name) == ["005a.png"])
    #expect(
      scan.damaged[0].reason
        == "\(folder.path("005a.png")) is neither a JPEG nor a PNG; convert it to one of them.")

    let network = try SmallNetwork.network()
    let image = Node.input("image", .images(batch: 1, channels: 3, height: 16, width: 16))
    let program = try Program(
      Graph(["second": network.network(on: image).layer("second")]),
      parameters: network.parameters)
    var best: [[(value: Float, name: String, place: Int)]] = Array(repeating: [], count: 12)
    var reader = try ImageCollection(path: folder.url.path).reader()
    while let unread = try reader.next() {
      guard let picture = try? unread.decoded().picture.get() else { continue }
      try program.set("image", picture.centralPart(height: 16, width: 16).tensor)
      try program.run()
      let values = try program.output("second").elements
      for channel in 0..<12 {
        let plane = values[channel * 64..<(channel + 1) * 64]
        let largest = try #require(plane.max())
        let place = try #require(plane.firstIndex(of: largest)) - channel * 64
        best[channel].append((largest, unread.name, place))
      }
    }
    for channel in 0..<12 {
      let expected = best[channel].sorted { ($0.value, $1.name) > ($1.value, $0.name) }.prefix(4)
      let unit = try #require(scan.layer("second")).units[channel]
      #expect(unit.top.count == 4)
      for (got, wanted) in zip(unit.top, expected) {
        // Batches of eight may be summed in another order than single pictures.
        #expect(abs(got.value - wanted.value) < 1e-5)
        #expect(scan.name(of: got) == wanted.name)
        #expect(got.row * 8 + got.column == wanted.place)
      }
      #expect(unit.maxima.total == 21)
      let weakest = try #require(unit.bottom.first)
      #expect(weakest.value <= unit.bottom[3].value)
    }
    #expect(scan.layer("scores")?.units.count == 5)
    // Of 22 entries the first twenty, one of which is damaged, and number 20 are measured.
    #expect(scan.statistics?.count == 20)
  }

  @Test("An interrupted scan goes on from its file to the same end")
  func resumes() throws {
    let folder = TemporaryFolder()
    try pictures(21, in: folder)
    let whole = try scanner(folder, layers: ["first"])
    while try whole.step() {}

    let part = try scanner(folder, layers: ["first"])
    _ = try part.step()
    part.finish()
    #expect(!part.scan.isComplete)
    let place = TemporaryFolder()
    try part.scan.save(to: place.path("scan.safetensors"))
    let read = try ExampleScan(path: place.path("scan.safetensors"))
    let rest = try scanner(folder, layers: ["first"], continuing: read)
    while try rest.step() {}
    #expect(rest.scan.isComplete)
    #expect(rest.scan.passed == whole.scan.passed)
    #expect(rest.scan.names == whole.scan.names)
    // The few photographs of the first part do not stay the last word.
    #expect(read.statistics?.count == 8 && rest.scan.statistics?.count == 12)
    for (a, b) in zip(rest.scan.layers[0].units, whole.scan.layers[0].units) {
      #expect(a.top == b.top)
      #expect(a.bottom == b.bottom)
      #expect(a.maxima == b.maxima)
    }
    #expect(throws: ExampleScanError.otherScan) {
      try scanner(folder, layers: ["second"], continuing: read)
    }
  }

  @Test("A saved scan is read as it was")
  func savesAndReads() throws {
    let folder = TemporaryFolder()
    try pictures(3, in: folder)
    let scanner = try scanner(folder, layers: ["first", "scores"])
    while try scanner.step() {}
    let place = TemporaryFolder()
    try scanner.scan.save(to: place.path("scan.safetensors"))
    let read = try ExampleScan(path: place.path("scan.safetensors"))
    #expect(read.origin == scanner.scan.origin)
    #expect(read.damaged == scanner.scan.damaged)
    #expect(read.names == scanner.scan.names)
    #expect(read.statistics == scanner.scan.statistics)
    for (a, b) in zip(read.layers, scanner.scan.layers) {
      #expect(a.name == b.name && a.height == b.height && a.width == b.width)
      #expect(a.units.map(\.top) == b.units.map(\.top))
      #expect(a.units.map(\.bottom) == b.units.map(\.bottom))
      #expect(a.units.map(\.maxima) == b.units.map(\.maxima))
    }
    let other = place.path("other.safetensors")
    try SafetensorsWriter.write(["x": StoredTensor([1], shape: [1])], to: other)
    #expect(throws: ExampleScanError.noScan(file: other)) { try ExampleScan(path: other) }
  }

  @Test("Folders without pictures and places that are not there are errors that say so")
  func errors() throws {
    let folder = TemporaryFolder()
    try Data("a note".utf8).write(to: folder.url.appending(path: "note.txt"))
    #expect(throws: ImageCollectionError.empty(path: folder.url.path)) {
      try ImageCollection(path: folder.url.path)
    }
    let missing = folder.path("missing")
    #expect(throws: ImageCollectionError.missing(path: missing)) {
      try ImageCollection(path: missing)
    }
    #expect(
      ImageCollectionError.missing(path: "pictures").description
        == "There is no folder or archive at pictures; check the path.")
    try pictures(2, in: folder)
    #expect(throws: ObjectiveError.self) { try scanner(folder, layers: ["secnd"]) }
  }

  @Test("Examples are cropped to what the unit saw, in the picture's own pixels")
  func crops() throws {
    let folder = TemporaryFolder()
    try pictures(6, in: folder)
    let scanner = try scanner(folder, layers: ["first", "second"])
    while try scanner.step() {}
    let units = [
      ExampleSheet.Unit(name: "first:2", layer: "first", channel: 2),
      ExampleSheet.Unit(name: "second:3", layer: "second", channel: 3),
    ]
    let sheet = try ExampleSheet(
      scanner.scan, of: units, on: SmallNetwork.network(),
      collection: ImageCollection(path: folder.url.path), showsBottom: true)
    let example = try #require(scanner.scan.layer("first")?.units[2].top.first)
    let crop = try #require(sheet.crop(example, layer: "first"))
    // 3 x 3 pixels of 16, in pictures of 16 to 24; fewer at an edge.
    #expect((2...5).contains(crop.height) && (2...5).contains(crop.width))
    let picture = sheet.sheet(units, showsBottom: true, side: 32).rendered()
    #expect(picture.width > 4 * 32)
    #expect(picture.height > 4 * 32)
  }
}

@Suite("Receptive fields")
struct ReceptiveFieldTests {
  @Test("Grow with windows and strides, and end at the image")
  func fields() throws {
    let image = Node.input("image", .images(batch: 1, channels: 3, height: 16, width: 16))
    let network = try SmallNetwork.network().network(on: image)
    let first = ReceptiveField(of: try network.layer("first"), on: image)
    #expect(first.pixels(row: 5, column: 7).rows == 4..<7)
    #expect(first.pixels(row: 5, column: 0).columns == 0..<2)
    let second = ReceptiveField(of: try network.layer("second"), on: image)
    // 3 wide with stride 2 over 3 wide: 5 pixels from 2 · 2 - 2 on.
    #expect(second.pixels(row: 2, column: 2).rows == 2..<7)
    let scores = ReceptiveField(of: try network.layer("scores"), on: image)
    #expect(scores.pixels(row: 0, column: 0).rows == 0..<16)
  }

  @Test("Changing pixels outside changes nothing, changing pixels inside does")
  func isExact() throws {
    let network = try SmallNetwork.network()
    let image = Node.input("image", .images(batch: 1, channels: 3, height: 16, width: 16))
    let layer = try network.network(on: image).layer("second")
    let seen = ReceptiveField(of: layer, on: image).pixels(row: 3, column: 4)
    let gradient = try gradient(
      of: layer.sliced(starts: [0, 0, 3, 4], sizes: [1, 12, 1, 1]).sum(), for: [image])[0]
    let program = try Program(Graph(["gradient": gradient]), parameters: network.parameters)
    try program.set("image", ParameterizationTests.picture(16, 16))
    try program.run()
    let values = try program.output("gradient")
    for y in 0..<16 {
      for x in 0..<16 {
        let changes = (0..<3).contains { values[0, $0, y, x] != 0 }
        if changes { #expect(seen.rows.contains(y) && seen.columns.contains(x)) }
      }
    }
    #expect((0..<3).contains { values[0, $0, seen.rows.lowerBound, seen.columns.lowerBound] != 0 })
  }
}

@Suite("Histograms of values")
struct ValueHistogramTests {
  @Test("Count every value, whatever range they turn out to have")
  func counts() {
    var random = RandomStream(seed: 3, name: "values")
    var histogram = ValueHistogram()
    var values: [Double] = []
    for index in 0..<1000 {
      let value = Double(random.normal(1)[0]) * (index < 20 ? 0.01 : 50)
      values.append(value)
      histogram.add(value)
    }
    #expect(histogram.total == 1000)
    #expect(histogram.counts.count == ValueHistogram.binCount)
    values.sort()
    for share in [0.1, 0.5, 0.9] {
      let got = histogram.share(below: values[Int(share * 1000)])
      // A bin holds a few percent.
      #expect(abs(got - share) < 0.05)
    }
    #expect(histogram.share(below: -1e9) == 0)
    #expect(histogram.share(below: 1e9) == 1)
    histogram.add(.nan)
    #expect(histogram.total == 1000)
  }

  @Test("Zeros alone, and then larger values")
  func zeros() {
    var histogram = ValueHistogram()
    histogram.add(0)
    histogram.add(0)
    histogram.add(7)
    #expect(histogram.total == 3)
    #expect(abs(histogram.share(below: 3) - 2.0 / 3) < 1e-9)
  }
}

@Suite("The largest values")
struct TopValuesTests {
  @Test("Are kept in order, earlier ones first among equals")
  func keeps() {
    var top = TopValues(capacity: 3)
    for (image, value) in [1.0, 5, 3, 5, 2, 4].enumerated() {
      top.insert(.init(value: Float(value), image: image, position: 0))
    }
    #expect(top.entries.map(\.value) == [5, 5, 4])
    #expect(top.entries.map(\.image) == [1, 3, 5])
    #expect(!top.accepts(4))
    #expect(top.accepts(4.5))
  }
}
