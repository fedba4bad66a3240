import PlumbGraph

// Measures of the untransformed images.
extension ObjectiveGraph {
  /// The images without their opacity, `[batch, 3, height, width]`.
  var colors: Node {
    get throws(GraphError) {
      image.shape[1] > 3 ? try image.sliced(axis: 1, 0..<3) : image
    }
  }

  /// The sum of absolute differences between neighbors along rows and columns.
  func totalVariation() throws(GraphError) -> Node {
    let image = try colors
    var total = Node.fill(0)
    for axis in [2, 3] where image.shape[axis] > 1 {
      let count = image.shape[axis]
      let later = try image.sliced(axis: axis, 1..<count)
      let earlier = try image.sliced(axis: axis, 0..<count - 1)
      total = try total + (later - earlier).absolute().sum()
    }
    return total
  }

  /// Half the squared distance from the blurred images, which hold still meanwhile.
  func blur() throws(GraphError) -> Node {
    let image = try colors
    let blurred = try Self.blurred(image, window: 3).stoppingGradient()
    return try (image - blurred).squared().sum() * 0.5
  }

  /// Lucid's penalty for restless margins, its sign turned around.
  func boundary(width: Int) throws -> Node {
    guard width >= 1 else { throw ObjectiveProblem.emptyBoundary }
    let image = try colors
    let (height, columns) = (image.shape[2], image.shape[3])
    var mask = [Float](repeating: 1, count: height * columns)
    for y in 0..<height where y >= width && y < height - width {
      for x in 0..<columns where x >= width && x < columns - width { mask[y * columns + x] = 0 }
    }
    let differences =
      try (Self.blurred(image, window: 5) - image).squared() + (image + -0.5).squared() * 0.8
    return try (differences * .constant(mask, [height, columns])).sum()
  }

  /// The mean opacity.
  func alpha() throws -> Node {
    guard image.shape[1] == 4 else { throw ObjectiveProblem.noAlpha }
    return try image.sliced(axis: 1, 3..<4).mean()
  }

  /// Each pixel as the weighted mean of a square around it: 1 inside, 1/2 along the border of the
  /// square, 0 outside the image.
  private static func blurred(_ image: Node, window: Int) throws(GraphError) -> Node {
    let reach = window / 2
    let weight = { (offset: Int) in abs(offset) == reach }
    let kernel = (-reach...reach).flatMap { y in
      (-reach...reach).map { x in weight(y) || weight(x) ? Float(0.5) : 1 }
    }
    let (height, width) = (image.shape[2], image.shape[3])
    // What the weights inside the image sum to.
    var sums: [Float] = []
    for y in 0..<height {
      for x in 0..<width {
        var sum: Float = 0
        for dy in -reach...reach where (0..<height).contains(y + dy) {
          for dx in -reach...reach where (0..<width).contains(x + dx) {
            sum += kernel[(dy + reach) * window + dx + reach]
          }
        }
        sums.append(1 / sum)
      }
    }
    let channels = image.shape[1]
    let weights = try Node.constant(
      (0..<channels).flatMap { _ in kernel }, [channels, 1, window, window])
    return try image.convolved(
      with: weights, geometry: .init(padding: [reach, reach], groups: channels))
      * .constant(sums, [height, width])
  }
}
