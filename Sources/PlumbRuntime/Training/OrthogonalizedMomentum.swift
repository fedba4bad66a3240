import PlumbGraph

/// The step of ``Optimizer/muon(momentum:weightDecay:)`` for one matrix, as a graph.
///
/// With the gradient G and the momentum M of the step before: `M' = mu M + G`, and the step goes
/// along the orthogonal matrix nearest to `G + mu M'`.
struct OrthogonalizedMomentum {
  /// The name of the parameter that keeps the momentum.
  let label: String
  /// The momentum after this step, with the gradient's shape.
  let momentum: Node
  /// Where to go, with the gradient's shape; its root mean square is about 0.2, as that of Adam's
  /// steps.
  let direction: Node
  /// The sum of the squares of the gradient, for reports.
  let squaredGradient: Node

  init(of gradient: Node, for name: String, momentum mu: Float) throws(GraphError) {
    label = "momentum of \(name)"
    momentum = try .parameter(label, gradient.shape) * mu + gradient
    let ahead = try gradient + momentum * mu
    let rows = gradient.shape[0]
    let matrix = try ahead.reshaped([rows, gradient.shape.count / rows])
    let scale = 0.2 * Float(max(matrix.shape[0], matrix.shape[1])).squareRoot()
    direction = try (Self.orthogonalized(matrix) * scale).reshaped(gradient.shape)
    squaredGradient = try gradient.squared().sum()
  }

  /// The matrix with the same singular vectors and singular values near 1, by five steps of a
  /// Newton-Schulz iteration whose coefficients were tuned for speed: values end between about 0.7
  /// and 1.2, which is near enough for a direction.
  static func orthogonalized(_ matrix: Node) throws(GraphError) -> Node {
    let isTall = matrix.shape[0] > matrix.shape[1]
    var x = isTall ? try matrix.transposed() : matrix
    x = try x / x.norm(epsilon: 1e-14)
    for _ in 0..<5 {
      let gram = try x.matrixProduct(x, transposesRight: true)
      let polynomial = try gram * -4.7750 + gram.matrixProduct(gram) * 2.0315
      x = try x * 3.4445 + polynomial.matrixProduct(x)
    }
    return isTall ? try x.transposed() : x
  }
}
