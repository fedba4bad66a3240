import PlumbGraph

/// One product of a convolution: which element of x meets which weight, for which result.
private struct ConvolutionTap {
  let x: [Int]
  let weight: [Int]
  let y: [Int]
}

extension ConvolutionGeometry {
  /// Calls `body` for every product of a convolution, those with padding left out.
  fileprivate func forEachTap(
    x: Shape, weight: Shape, y: Shape, _ body: (ConvolutionTap) -> Void
  ) {
    let outputsPerGroup = weight[0] / groups
    for batch in 0..<y[0] {
      for output in 0..<y[1] {
        for row in 0..<y[2] {
          for column in 0..<y[3] {
            for channel in 0..<weight[1] {
              for i in 0..<weight[2] {
                for j in 0..<weight[3] {
                  let xRow = row * strides[0] - before[0] + i * dilations[0]
                  let xColumn = column * strides[1] - before[1] + j * dilations[1]
                  guard (0..<x[2]).contains(xRow), (0..<x[3]).contains(xColumn) else { continue }
                  let xChannel = output / outputsPerGroup * weight[1] + channel
                  body(
                    ConvolutionTap(
                      x: [batch, xChannel, xRow, xColumn], weight: [output, channel, i, j],
                      y: [batch, output, row, column]))
                }
              }
            }
          }
        }
      }
    }
  }
}

extension Convolution: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (x, weight) = (operands[0], operands[1])
    var y = ReferenceTensor(shape) { operands.count > 2 ? operands[2][$0[1]] : 0 }
    geometry.forEachTap(x: x.shape, weight: weight.shape, y: shape) { tap in
      y[tap.y] += x[tap.x] * weight[tap.weight]
    }
    return y
  }
}

extension ConvolutionInputGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (dy, weight) = (operands[0], operands[1])
    var dx = ReferenceTensor(zeros: shape)
    geometry.forEachTap(x: shape, weight: weight.shape, y: dy.shape) { tap in
      dx[tap.x] += dy[tap.y] * weight[tap.weight]
    }
    return dx
  }
}

extension ConvolutionWeightGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (x, dy) = (operands[0], operands[1])
    var dw = ReferenceTensor(zeros: shape)
    geometry.forEachTap(x: x.shape, weight: shape, y: dy.shape) { tap in
      dw[tap.weight] += x[tap.x] * dy[tap.y]
    }
    return dw
  }
}

extension PoolingGeometry {
  /// The elements of x in the window of a result, in row-major order; padding is left out.
  fileprivate func elements(ofWindow y: [Int], x: Shape) -> [[Int]] {
    var elements: [[Int]] = []
    for i in 0..<window[0] {
      for j in 0..<window[1] {
        let row = y[2] * strides[0] - before[0] + i
        let column = y[3] * strides[1] - before[1] + j
        if (0..<x[2]).contains(row), (0..<x[3]).contains(column) {
          elements.append([y[0], y[1], row, column])
        }
      }
    }
    return elements
  }
}

extension MaxPool: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape) { index in
      geometry.elements(ofWindow: index, x: operands[0].shape).map { operands[0][$0] }.max()
        ?? -.infinity
    }
  }
}

extension MaxPoolGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let (x, y, dy) = (operands[0], operands[1], operands[2])
    var dx = ReferenceTensor(zeros: shape)
    for index in dy.shape.allIndices {
      let elements = geometry.elements(ofWindow: index, x: shape)
      if let first = elements.first(where: { x[$0] == y[index] }) { dx[first] += dy[index] }
    }
    return dx
  }
}

extension PositionExtremes: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let x = operands[0]
    let (height, width) = (x.shape[2], x.shape[3])
    return ReferenceTensor(shape) { index in
      let elements = (0..<height * width).map { x[index[0], index[1], $0 / width, $0 % width] }
      let extreme = (index[2] == 0 ? elements.max() : elements.min()) ?? .nan
      return index[3] == 0 ? extreme : Double(elements.firstIndex(of: extreme) ?? -1)
    }
  }
}

extension AveragePool: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape) { index in
      let elements = geometry.elements(ofWindow: index, x: operands[0].shape)
      let count = countsPadding ? geometry.window[0] * geometry.window[1] : elements.count
      return elements.reduce(0) { $0 + operands[0][$1] } / Double(count)
    }
  }
}

extension AveragePoolGradient: ReferenceOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let dy = operands[0]
    var dx = ReferenceTensor(zeros: shape)
    for index in dy.shape.allIndices {
      let elements = geometry.elements(ofWindow: index, x: shape)
      let count = countsPadding ? geometry.window[0] * geometry.window[1] : elements.count
      for element in elements { dx[element] += dy[index] / Double(count) }
    }
    return dx
  }
}
