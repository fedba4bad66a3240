import PlumbFiles
import PlumbGraph

/// Lays out the examples of units: what the network looks for beside what it finds.
public struct ExampleSheet {
  /// A unit to show.
  public struct Unit: Sendable {
    /// What it is called, such as `mixed4a:476`.
    public let name: String
    /// The layer.
    public let layer: String
    /// The channel.
    public let channel: Int
    /// Optimized images with their captions, in front of the examples.
    public let visualizations: [ContactSheet.Tile]

    /// Creates a unit.
    public init(
      name: String, layer: String, channel: Int, visualizations: [ContactSheet.Tile] = []
    ) {
      self.name = name
      self.layer = layer
      self.channel = channel
      self.visualizations = visualizations
    }
  }

  private let scan: ExampleScan
  private let fields: [String: ReceptiveField]
  private let pictures: [String: PixelImage]

  /// Reads the pictures that are needed.
  ///
  /// - Parameters:
  ///   - scan: The scan.
  ///   - units: The units to show.
  ///   - network: The network of the scan.
  ///   - collection: The images of the scan.
  ///   - showsBottom: Whether the weakest examples are shown too.
  /// - Throws: Errors of the network or of an archive.
  public init(
    _ scan: ExampleScan, of units: [Unit], on network: VisualizedNetwork,
    collection: ImageCollection, showsBottom: Bool
  ) throws {
    self.scan = scan
    let image = Node.input(
      "image",
      .images(batch: 1, channels: 3, height: scan.origin.height, width: scan.origin.width))
    let graph = try network.network(on: image)
    var fields: [String: ReceptiveField] = [:]
    var needed: Set<String> = []
    for unit in units {
      if fields[unit.layer] == nil {
        fields[unit.layer] = ReceptiveField(of: try graph.layer(unit.layer), on: image)
      }
      guard let found = scan.layer(unit.layer)?.units[unit.channel] else { continue }
      for example in found.top + (showsBottom ? found.bottom : []) {
        needed.insert(scan.name(of: example))
      }
    }
    self.fields = fields
    pictures = try collection.pictures(named: needed)
  }

  /// The part of an example's picture that the unit saw, in the picture's own pixels; `nil` if the
  /// picture is not there any more.
  public func crop(_ example: ExampleScan.Example, layer: String) -> PixelImage? {
    guard let picture = pictures[scan.name(of: example)], let field = fields[layer] else {
      return nil
    }
    let seen = field.pixels(row: example.row, column: example.column)
    return picture.part(
      rows: seen.rows, columns: seen.columns, ofMiddle: scan.origin.height, scan.origin.width)
  }

  /// The sheet: a row per unit, its visualizations first, then the examples from the strongest on.
  ///
  /// - Parameters:
  ///   - units: The units.
  ///   - showsBottom: Whether a second row shows the weakest examples.
  ///   - side: The side of a tile in pixels.
  /// - Returns: The sheet.
  public func sheet(_ units: [Unit], showsBottom: Bool, side: Int = 128) -> ContactSheet {
    var sections: [ContactSheet.Section] = []
    for unit in units {
      guard let found = scan.layer(unit.layer)?.units[unit.channel] else { continue }
      sections.append(
        .init(unit.name, tiles: unit.visualizations + tiles(found.top, unit.layer)))
      if showsBottom {
        sections.append(.init("\(unit.name), weakest", tiles: tiles(found.bottom, unit.layer)))
      }
    }
    let columns = sections.map(\.tiles.count).max() ?? 1
    return ContactSheet(sections, columns: columns, side: side)
  }

  private func tiles(
    _ examples: [ExampleScan.Example], _ layer: String
  ) -> [ContactSheet.Tile] {
    examples.compactMap { example in
      guard let crop = crop(example, layer: layer) else { return nil }
      let name = scan.name(of: example).split(separator: "/").last ?? ""
      return .init(crop, caption: [example.value.inFourDigits, String(name)])
    }
  }
}
