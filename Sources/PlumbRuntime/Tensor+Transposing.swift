import PlumbGraph

extension Tensor {
  /// A matrix with its rows and columns exchanged, `[rows, columns] -> [columns, rows]`.
  public func transposed() -> Tensor {
    precondition(shape.rank == 2, "a tensor of shape \(shape) is no matrix")
    let (rows, columns) = (shape[0], shape[1])
    var result = Tensor([columns, rows], filledWith: 0)
    // In squares that stay in the cache.
    let size = 32
    for top in stride(from: 0, to: rows, by: size) {
      for left in stride(from: 0, to: columns, by: size) {
        for row in top..<min(top + size, rows) {
          for column in left..<min(left + size, columns) {
            result.elements[column * rows + row] = elements[row * columns + column]
          }
        }
      }
    }
    return result
  }
}
