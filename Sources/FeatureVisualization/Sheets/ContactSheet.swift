import PlumbFiles

/// Pictures in rows, each with a caption under it.
public struct ContactSheet: Sendable {
  /// A picture with its caption.
  public struct Tile: Sendable {
    /// The picture.
    public let picture: PixelImage
    /// Lines of text under it.
    public let caption: [String]

    /// Creates a tile.
    public init(_ picture: PixelImage, caption: [String] = []) {
      self.picture = picture
      self.caption = caption
    }
  }

  /// A line of text with pictures under it.
  public struct Section: Sendable {
    /// The line above; none if empty.
    public let title: String
    /// The pictures, from left to right.
    public let tiles: [Tile]

    /// Creates a section.
    public init(_ title: String = "", tiles: [Tile]) {
      self.title = title
      self.tiles = tiles
    }
  }

  /// The sections from top to bottom.
  public var sections: [Section]
  /// The most pictures in a row; more go on in the next.
  public var columns: Int
  /// The side in pixels of the square in which each picture is shown, enlarged by whole factors or
  /// made smaller.
  public var side: Int

  /// Creates a sheet.
  ///
  /// - Parameters:
  ///   - sections: The sections from top to bottom.
  ///   - columns: The most pictures in a row, at least 1.
  ///   - side: The side in pixels of the square in which each picture is shown.
  public init(_ sections: [Section], columns: Int, side: Int) {
    self.sections = sections
    self.columns = max(columns, 1)
    self.side = max(side, 8)
  }

  /// Creates a sheet of one section, about as wide as it is high.
  public init(_ tiles: [Tile], side: Int) {
    var columns = 1
    while columns * columns < tiles.count { columns += 1 }
    self.init([Section(tiles: tiles)], columns: columns, side: side)
  }

  private static let margin = 8
  private static let background: [UInt8] = [250, 250, 250]

  /// The sheet as a picture.
  public func rendered() -> PixelImage {
    let margin = Self.margin
    let columns = min(columns, max(sections.map(\.tiles.count).max() ?? 1, 1))
    let width = margin + columns * (side + margin)
    // Where each row of tiles and each title begins.
    var y = margin
    var titles: [(text: String, row: Int)] = []
    var rows: [(tiles: ArraySlice<Tile>, row: Int)] = []
    for section in sections {
      if !section.title.isEmpty {
        titles.append((section.title, y))
        y += PixelFont.lineHeight
      }
      for first in stride(from: 0, to: section.tiles.count, by: columns) {
        let tiles = section.tiles[first..<min(first + columns, section.tiles.count)]
        rows.append((tiles, y))
        let lines = tiles.map { self.lines(of: $0).count }.max() ?? 0
        let captions = lines > 0 ? 3 + lines * PixelFont.lineHeight : 0
        y += side + captions + margin
      }
    }
    var sheet = PixelImage(height: max(y, 1), width: width, filledWith: Self.background)
    for (text, row) in titles { sheet.draw(text, row: row, column: margin) }
    for (tiles, row) in rows {
      for (index, tile) in tiles.enumerated() {
        draw(tile, on: &sheet, row: row, column: margin + index * (side + margin))
      }
    }
    return sheet
  }

  private func draw(_ tile: Tile, on sheet: inout PixelImage, row: Int, column: Int) {
    let picture = fitted(tile.picture.rgb())
    sheet.draw(
      picture, row: row + (side - picture.height) / 2,
      column: column + (side - picture.width) / 2)
    for (index, line) in lines(of: tile).enumerated() {
      sheet.draw(
        line, row: row + side + 3 + index * PixelFont.lineHeight, column: column)
    }
  }

  /// The caption, broken where it is wider than the tile.
  private func lines(of tile: Tile) -> [String] {
    let limit = max((side + Self.margin - 2) / PixelFont.advance, 4)
    return tile.caption.flatMap { Self.broken($0, limit) }
  }

  /// A text in lines of at most so many characters, broken at spaces where there are any.
  static func broken(_ text: String, _ limit: Int) -> [String] {
    var lines: [String] = []
    var rest = text[...]
    while rest.count > limit {
      let head = rest.prefix(limit + 1)
      let end = head.lastIndex(of: " ").flatMap { $0 > head.startIndex ? $0 : nil }
      let cut = end ?? rest.index(rest.startIndex, offsetBy: limit)
      lines.append(String(rest[..<cut]))
      rest = rest[cut...].drop { $0 == " " }
    }
    if !rest.isEmpty || lines.isEmpty { lines.append(String(rest)) }
    return lines
  }

  /// The picture as large as fits: by a whole factor if it is small, so that its pixels stay sharp.
  private func fitted(_ picture: PixelImage) -> PixelImage {
    let longer = max(picture.height, picture.width)
    if longer <= side {
      let factor = side / longer
      return factor > 1 ? picture.enlarged(factor) : picture
    }
    let scale = Double(side) / Double(longer)
    return picture.resized(
      height: max(Int((Double(picture.height) * scale).rounded()), 1),
      width: max(Int((Double(picture.width) * scale).rounded()), 1))
  }
}

extension PixelImage {
  /// Each pixel as a square of so many.
  fileprivate func enlarged(_ factor: Int) -> PixelImage {
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for row in 0..<height * factor {
      for column in 0..<width * factor {
        let place = ((row / factor) * width + column / factor) * channels
        result += pixels[place..<place + channels]
      }
    }
    return PixelImage(
      height: height * factor, width: width * factor, channels: channels, pixels: result)
  }
}
