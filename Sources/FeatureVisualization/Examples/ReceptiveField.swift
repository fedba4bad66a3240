import PlumbGraph

/// Which part of an image can change one position of a layer.
public struct ReceptiveField: Sendable, Hashable {
  /// Along one axis of the image, in pixels.
  struct Extent: Sendable, Hashable {
    /// The first pixel that position 0 sees; negative where padding is seen.
    var start: Int
    /// How many pixels a position sees.
    var size: Int
    /// The distance between the first pixels of neighboring positions.
    var step: Int
  }

  /// Rows, then columns; `nil` if every position sees the whole image.
  private let extents: [Extent]?
  private let imageSize: [Int]

  /// Finds the receptive field of a layer's positions.
  ///
  /// Convolutions and pools widen it; where branches meet, it is what any of them sees.
  ///
  /// - Parameters:
  ///   - layer: The layer, `[batch, channel, height, width]`; of another rank it sees everything.
  ///   - image: The image from which it is computed, `[batch, channel, height, width]`.
  public init(of layer: Node, on image: Node) {
    imageSize = Array(image.shape.sizes[2...])
    var known: [Node: [Extent]?] = [:]
    known[image] = [Extent(start: 0, size: 1, step: 1), Extent(start: 0, size: 1, step: 1)]
    for node in Graph(["layer": layer]).nodes where known[node] == nil {
      let seen = node.inputs.compactMap { input in known[input].map { (input, $0) } }
      // Weights and constants see nothing of the image.
      guard !seen.isEmpty else { continue }
      known[node] = .some(Self.extents(of: node, seen))
    }
    extents = layer.shape.rank == 4 ? known[layer] ?? nil : nil
  }

  private static func extents(of node: Node, _ inputs: [(Node, [Extent]?)]) -> [Extent]? {
    var parts: [[Extent]] = []
    for (_, extents) in inputs {
      guard let extents else { return nil }
      parts.append(extents)
    }
    switch node.operation {
    case let convolution as Convolution:
      let geometry = convolution.geometry
      return parts[0].indices.map { axis in
        parts[0][axis].widened(
          window: node.inputs[1].shape[axis + 2], stride: geometry.strides[axis],
          dilation: geometry.dilations[axis], before: geometry.before[axis])
      }
    case let pool as MaxPool: return pooled(parts[0], pool.geometry)
    case let pool as AveragePool: return pooled(parts[0], pool.geometry)
    case is Named, is StopGradient, is Concatenate, is LocalResponseNormalization,
      is BatchNormalization, is any PointwiseOperation:
      return union(parts)
    case is Slice
    where node.shape.sizes.suffix(2).elementsEqual(node.inputs[0].shape.sizes.suffix(2)):
      return parts[0]
    default:
      return nil
    }
  }

  private static func pooled(_ extents: [Extent], _ geometry: PoolingGeometry) -> [Extent] {
    extents.indices.map { axis in
      extents[axis].widened(
        window: geometry.window[axis], stride: geometry.strides[axis], dilation: 1,
        before: geometry.before[axis])
    }
  }

  /// What any of several branches sees; `nil` if their positions do not lie alike.
  private static func union(_ parts: [[Extent]]) -> [Extent]? {
    var result = parts[0]
    for part in parts.dropFirst() {
      for axis in result.indices {
        guard result[axis].step == part[axis].step else { return nil }
        let start = min(result[axis].start, part[axis].start)
        let end = max(
          result[axis].start + result[axis].size, part[axis].start + part[axis].size)
        result[axis].start = start
        result[axis].size = end - start
      }
    }
    return result
  }

  /// Returns the part of the image that a position sees.
  ///
  /// - Parameters:
  ///   - row: The position's row.
  ///   - column: The position's column.
  /// - Returns: Rows and columns of the image, in pixels; without what is outside of it.
  public func pixels(row: Int, column: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    guard let extents else { return (0..<imageSize[0], 0..<imageSize[1]) }
    let ranges = zip([row, column], zip(extents, imageSize)).map { place, axis in
      let start = axis.0.start + place * axis.0.step
      let low = min(max(start, 0), axis.1 - 1)
      return low..<max(min(start + axis.0.size, axis.1), low + 1)
    }
    return (ranges[0], ranges[1])
  }
}

extension ReceptiveField.Extent {
  /// What a window over positions like these sees.
  fileprivate func widened(window: Int, stride: Int, dilation: Int, before: Int) -> Self {
    Self(
      start: start - before * step, size: size + (window - 1) * dilation * step,
      step: step * stride)
  }
}
