import PlumbFiles

extension PixelImage {
  /// The rows and columns of the largest part in the middle that has the shape of a smaller image.
  func centralPart(ofShape height: Int, _ width: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    // The side that is too long is cut on both ends.
    let partHeight = min(self.height, max(self.width * height / width, 1))
    let partWidth = min(self.width, max(self.height * width / height, 1))
    let (top, left) = ((self.height - partHeight) / 2, (self.width - partWidth) / 2)
    return (top..<top + partHeight, left..<left + partWidth)
  }

  /// The part in the middle as RGB, resized.
  func centralPart(height: Int, width: Int) -> PixelImage {
    if self.height == height, self.width == width { return rgb() }
    let part = centralPart(ofShape: height, width)
    return rgb().cropped(
      row: part.rows.lowerBound, column: part.columns.lowerBound, height: part.rows.count,
      width: part.columns.count
    ).resized(height: height, width: width)
  }

  /// Returns the part of a picture that lies behind a part of the resized middle of it.
  ///
  /// - Parameters:
  ///   - rows: Rows of the resized middle.
  ///   - columns: Columns of it.
  ///   - height: Height of the whole resized middle.
  ///   - width: Width of it.
  /// - Returns: The part, in the picture's own pixels.
  func part(
    rows: Range<Int>, columns: Range<Int>, ofMiddle height: Int, _ width: Int
  ) -> PixelImage {
    let middle = centralPart(ofShape: height, width)
    func scaled(_ range: Range<Int>, _ size: Int, _ whole: Range<Int>) -> Range<Int> {
      let low = whole.lowerBound + range.lowerBound * whole.count / size
      let high = whole.lowerBound + (range.upperBound * whole.count + size - 1) / size
      return low..<max(min(high, whole.upperBound), low + 1)
    }
    let y = scaled(rows, height, middle.rows)
    let x = scaled(columns, width, middle.columns)
    return rgb().cropped(
      row: y.lowerBound, column: x.lowerBound, height: y.count, width: x.count)
  }
}
