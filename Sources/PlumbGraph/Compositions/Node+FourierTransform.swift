import Foundation

extension Node {
  /// The image whose real two-dimensional spectrum this is: the inverse of an orthonormal real
  /// Fourier transform.
  ///
  /// `[.., height, width / 2 + 1, 2] -> [.., height, width]`; the last axis holds the real and the
  /// imaginary part. Computed as matrix products with tables of cosines and sines, which at the
  /// sizes of visualization cost next to nothing and are differentiable. As in NumPy the imaginary
  /// parts of the frequencies that are their own mirror image along the width (column 0, and the
  /// last one of an even width) are ignored after the transform along the height.
  ///
  /// - Parameter width: The width of the image in pixels, at least 1.
  /// - Returns: The image, `[.., height, width]`.
  /// - Throws: ``GraphError/mismatch(operation:requirement:got:)`` if the spectrum has another size.
  public func inverseRealFourierTransform(width: Int) throws(GraphError) -> Node {
    let columns = width / 2 + 1
    guard width >= 1, shape.rank >= 3, shape[shape.rank - 1] == 2,
      shape[shape.rank - 2] == columns
    else {
      throw .mismatch(
        operation: "inverse real Fourier transform",
        requirement: "a spectrum [.., height, \(columns), 2] for the width \(width)",
        got: "\(type)")
    }
    let height = shape[shape.rank - 3]
    let outer = Array(shape.sizes.dropLast(3))
    // Rows of the matrix that meets the first table: height times (real, imaginary).
    let parts = try transposed().reshaped(Shape(outer + [height * 2, columns]))
    let rows = try Self.inverseTransformOfRows(parts, height: height)
      .reshaped(Shape(outer + [height, 2 * columns]))
    let horizontal = try Node.constant(Self.realRotationTable(width), [2 * columns, width])
    return try rows.matrixProduct(horizontal)
  }

  /// The inverse complex transform along the rows, `[.., 2 height, columns]`, real and imaginary rows
  /// in turns.
  ///
  /// The upper half of an even height is the sum of what even and odd frequencies give, the lower
  /// half their difference: two products of half the size instead of one.
  private static func inverseTransformOfRows(
    _ parts: Node, height: Int
  ) throws(GraphError) -> Node {
    guard height.isMultiple(of: 2) else {
      let table = complexRotationTable(height, places: height, frequencies: Array(0..<height))
      return try Node.constant(table, [height * 2, height * 2]).matrixProduct(parts)
    }
    let outer = Array(parts.shape.sizes.dropLast(2))
    let columns = parts.shape[parts.shape.rank - 1]
    let pairs = try parts.reshaped(Shape(outer + [height / 2, 2, 2 * columns]))
    func contribution(parity: Int) throws(GraphError) -> Node {
      let table = complexRotationTable(
        height, places: height / 2,
        frequencies: Array(stride(from: parity, to: height, by: 2)))
      let rows = try pairs.sliced(axis: outer.count + 1, parity..<parity + 1)
        .reshaped(Shape(outer + [height, columns]))
      return try Node.constant(table, [height, height]).matrixProduct(rows)
    }
    let (even, odd) = (try contribution(parity: 0), try contribution(parity: 1))
    return try Node.concatenated([even + odd, even - odd], axis: outer.count)
  }

  /// The orthonormal real two-dimensional Fourier transform of each image.
  ///
  /// `[.., height, width] -> [.., height, width / 2 + 1, 2]`; the last axis holds the real and the
  /// imaginary part. The inverse of ``inverseRealFourierTransform(width:)``, and computed like it.
  ///
  /// - Returns: The spectra.
  /// - Throws: ``GraphError/mismatch(operation:requirement:got:)`` if there are no rows and columns.
  public func realFourierTransform() throws(GraphError) -> Node {
    guard shape.rank >= 2 else {
      throw .mismatch(
        operation: "real Fourier transform", requirement: "images [.., height, width]",
        got: "\(type)")
    }
    let (height, width) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let (outer, columns) = (Array(shape.sizes.dropLast(2)), width / 2 + 1)
    let horizontal = try Node.constant(Self.realSpectrumTable(width), [width, 2 * columns])
    // Rows of real parts and rows of imaginary parts in turns.
    let parts = try matrixProduct(horizontal).reshaped(Shape(outer + [height * 2, columns]))
    // A unitary transform's inverse, turned over, is the transform.
    let table = Self.complexRotationTable(
      height, places: height, frequencies: Array(0..<height))
    return try Node.constant(table, [height * 2, height * 2])
      .matrixProduct(parts, transposesLeft: true)
      .reshaped(Shape(outer + [height, 2, columns])).transposed()
  }

  /// The transform from `size` real numbers to half a spectrum, all real parts then all imaginary
  /// parts.
  private static func realSpectrumTable(_ size: Int) -> [Float] {
    let columns = size / 2 + 1
    var table = [Float](repeating: 0, count: 2 * columns * size)
    for place in 0..<size {
      for frequency in 0..<columns {
        let (cosine, sine) = unitRotation(place * frequency, of: size)
        table[place * 2 * columns + frequency] = Float(cosine)
        table[place * 2 * columns + columns + frequency] = Float(-sine)
      }
    }
    return table
  }

  /// The inverse complex transform of `size` numbers as a real matrix on (real, imaginary) pairs: the
  /// rows of the first `places` numbers, the columns of some frequencies.
  private static func complexRotationTable(
    _ size: Int, places: Int, frequencies: [Int]
  ) -> [Float] {
    let width = 2 * frequencies.count
    var table = [Float](repeating: 0, count: 2 * places * width)
    for place in 0..<places {
      for (column, frequency) in frequencies.enumerated() {
        let (cosine, sine) = unitRotation(place * frequency, of: size)
        table[(2 * place) * width + 2 * column] = Float(cosine)
        table[(2 * place) * width + 2 * column + 1] = Float(-sine)
        table[(2 * place + 1) * width + 2 * column] = Float(sine)
        table[(2 * place + 1) * width + 2 * column + 1] = Float(cosine)
      }
    }
    return table
  }

  /// The inverse transform from half a spectrum, all real parts then all imaginary parts, to
  /// `size` real numbers.
  private static func realRotationTable(_ size: Int) -> [Float] {
    let columns = size / 2 + 1
    var table = [Float](repeating: 0, count: 2 * columns * size)
    for frequency in 0..<columns {
      // A frequency stands for its mirror image too, unless it is its own.
      let isOwnMirror = frequency == 0 || 2 * frequency == size
      for place in 0..<size {
        let (cosine, sine) = unitRotation(place * frequency, of: size)
        table[frequency * size + place] = Float(isOwnMirror ? cosine : 2 * cosine)
        table[(columns + frequency) * size + place] = isOwnMirror ? 0 : Float(-2 * sine)
      }
    }
    return table
  }

  /// Cosine and sine of `turns / size` full turns, divided by the root of `size`.
  private static func unitRotation(_ turns: Int, of size: Int) -> (cosine: Double, sine: Double) {
    let angle = 2 * Double.pi * Double(turns % size) / Double(size)
    let scale = 1 / Double(size).squareRoot()
    return (cos(angle) * scale, sin(angle) * scale)
  }
}
