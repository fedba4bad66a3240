import PlumbGraph
import PlumbKernels

extension Lowering {
  /// A matrix product, by a kernel of our own where that is faster, else through oneDNN.
  func lowerMatrixProduct(_ node: Node, _ operation: MatrixProduct) throws {
    var left = plainValue(of: node.inputs[0])
    var right = plainValue(of: node.inputs[1])
    let result = allocate(node.shape, .plain)
    var product = result
    let n = node.shape[node.shape.rank - 1]
    let k = left.shape[left.shape.rank - (operation.transposesLeft ? 2 : 1)]

    // One matrix on the right: the left operand's batch is more rows of the same product.
    if right.shape.rank == 2 || right.shape.sizes.dropLast(2).allSatisfy({ $0 == 1 }),
      !operation.transposesLeft
    {
      let rows = left.shape.count / max(k, 1)
      left = view(of: left, shape: [rows, k])
      product = view(of: result, shape: [rows, n])
      right = view(of: right, shape: Shape(Array(right.shape.sizes.suffix(2))))
    }

    if !addOwnProduct(node, operation, left, right, product) {
      try addOneDNNProduct(node, operation, left, right, product)
    }
    set(result, for: node)
  }

  /// Adds the product by our own kernel, if it is one that is faster there than through oneDNN.
  ///
  /// Without AVX-512 oneDNN reaches some 60 % of the processor's arithmetic, and half of that with a
  /// transposed left factor. A few rows are not worth the copying.
  private func addOwnProduct(
    _ node: Node, _ operation: MatrixProduct, _ left: Value, _ right: Value, _ product: Value
  ) -> Bool {
    let (rows, columns) = (
      product.shape[product.shape.rank - 2], product.shape[product.shape.rank - 1]
    )
    let inner = left.shape[left.shape.rank - (operation.transposesLeft ? 2 : 1)]
    let batch = product.shape.count / max(rows * columns, 1)
    let (leftSize, rightSize) = (rows * inner, inner * columns)
    guard block == 8, rows >= 12, columns >= 12, inner > 0,
      [leftSize, batch * leftSize].contains(left.shape.count),
      [rightSize, batch * rightSize].contains(right.shape.count)
    else { return false }
    add(node, reads: [left, right], writes: [product]) { placement in
      MatrixKernels.product(
        batch: batch, rows: rows, columns: columns, inner: inner,
        result: placement.slice(product), left: placement.slice(left),
        .init(
          rows: rows, columns: inner, isTransposed: operation.transposesLeft,
          isShared: left.shape.count == leftSize),
        right: placement.slice(right),
        .init(
          rows: inner, columns: columns, isTransposed: operation.transposesRight,
          isShared: right.shape.count == rightSize))
    }
    return true
  }

  /// Adds the product through oneDNN; a frozen right operand is packed once.
  private func addOneDNNProduct(
    _ node: Node, _ operation: MatrixProduct, _ left: Value, _ right: Value, _ product: Value
  ) throws {
    var right = right
    let rank = max(product.shape.rank, left.shape.rank, right.shape.rank)
    let source = try matrixDescriptor(left.shape, rank, operation.transposesLeft)
    let destination = try matrixDescriptor(product.shape, rank, false)
    let rows = try matrixDescriptor(right.shape, rank, operation.transposesRight)
    let packsRight = isConstant(right) && right.shape.rank == 2
    let primitive = try Primitive.matrixProduct(
      source: source,
      weights: packsRight ? MemoryDescriptor(shape: rows.shape, layout: .any) : rows,
      destination: destination)
    if packsRight {
      let descriptor = primitive.required(.weights)
      if descriptor != rows {
        let reorder = try Primitive.reorder(source: rows, destination: descriptor)
        right = try derive(
          from: right, of: node.inputs[1], key: .packedMatrix(from: rows, descriptor),
          result: allocate(byteCount: descriptor.byteCount)
        ) { result, source in
          [try reorder.call([.source: source, .destination: result])]
        }
      }
    }
    addPrimitive(
      node, primitive, reads: [(.source, left), (.weights, right)],
      writes: [(.destination, product)])
  }

  /// The descriptor of a batch of row-major matrices, seen as transposed if asked for.
  private func matrixDescriptor(
    _ shape: Shape, _ rank: Int, _ isTransposed: Bool
  ) throws -> MemoryDescriptor {
    let missing = rank - shape.rank
    var sizes = Array(repeating: 1, count: missing) + shape.sizes
    var strides = Array(repeating: shape.count, count: missing) + shape.strides
    if isTransposed {
      sizes.swapAt(rank - 1, rank - 2)
      strides.swapAt(rank - 1, rank - 2)
    }
    return try MemoryDescriptor(shape: sizes, strides: strides)
  }
}
