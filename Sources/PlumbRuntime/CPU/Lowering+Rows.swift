import PlumbGraph
import PlumbKernels

extension Lowering {
  // MARK: Reductions

  /// Each run of neighboring axes in one kernel, innermost first.
  func lowerReduction(_ node: Node, _ operation: Reduction) {
    let x = node.inputs[0]
    if operation.kind == .sum, operation.axes == [0, 2, 3], let map = blockedMap(of: x),
      map.isDense
    {
      lowerChannelSums(node, x, map)
      return
    }
    let statistic: ReductionKernels.Statistic =
      switch operation.kind {
      case .sum: .sum
      case .mean: .mean
      case .maximum: .maximum
      case .minimum: .minimum
      }
    var current = plainValue(of: x)
    var remaining = operation.axes
    while let last = remaining.popLast() {
      var first = last
      while remaining.last == first - 1 {
        first -= 1
        remaining.removeLast()
      }
      let sizes = current.shape.sizes
      let outer = sizes[..<first].reduce(1, *)
      let inner = sizes[(last + 1)...].reduce(1, *)
      let reduce = sizes[first...last].reduce(1, *)
      var shape = current.shape
      for axis in first...last { shape = shape.replacing(axis: axis, with: 1) }
      let (source, result) = (current, allocate(shape, .plain))
      add(node, reads: [source], writes: [result]) { placement in
        ReductionKernels.reduce(
          statistic, outer: outer, reduce: reduce, inner: inner,
          result: placement.slice(result), source: placement.slice(source))
      }
      current = result
    }
    set(view(of: current, shape: node.shape), for: node)
  }

  private func lowerChannelSums(_ node: Node, _ x: Node, _ map: ChannelMap) {
    let source = value(of: x, in: .blocked(map))
    let result = allocate(node.shape, .plain)
    let shape = ActivationShape(
      batch: x.shape[0], channels: x.shape[1], spatial: x.shape[2] * x.shape[3], block: map.block)
    add(node, reads: [source], writes: [result]) { placement in
      ChannelKernels.sums(
        shape, result: placement.slice(result), source: placement.slice(source))
    }
    set(result, for: node)
  }

  // MARK: Rows

  /// Adds the steps of an operation on rows; returns whether the node is one.
  func lowerRows(_ node: Node) -> Bool {
    switch node.operation {
    case let operation as LayerNormalization: lowerLayerNormalization(node, operation)
    case let operation as LayerNormalizationGradient:
      lowerLayerNormalizationGradient(node, operation)
    case let operation as LayerNormalizationScaleGradient:
      lowerLayerNormalizationScaleGradient(node, operation)
    case let operation as RMSNormalization: lowerRMSNormalization(node, operation)
    case let operation as RMSNormalizationGradient: lowerRMSNormalizationGradient(node, operation)
    case let operation as RMSNormalizationScaleGradient:
      lowerRMSNormalizationScaleGradient(node, operation)
    case let operation as Softmax: lowerSoftmax(node, operation)
    case is SoftmaxGradient: lowerSoftmaxGradient(node)
    case is LogSoftmax: lowerLogSoftmax(node)
    case is LogSoftmaxGradient: lowerLogSoftmaxGradient(node)
    case is CrossEntropy: lowerCrossEntropy(node)
    case is CrossEntropyGradient: lowerCrossEntropyGradient(node)
    case let operation as RotaryEmbedding: lowerRotaryEmbedding(node, operation)
    case is Gather: lowerGather(node)
    case let operation as ScatterAdd: lowerScatterAdd(node, operation)
    default: return false
    }
    return true
  }

  /// Rows and columns of a tensor whose last axis is a row.
  private func rows(_ shape: Shape) -> (rows: Int, columns: Int) {
    let columns = shape.sizes.last ?? 1
    return (shape.count / max(columns, 1), columns)
  }

  private func lowerLayerNormalization(_ node: Node, _ operation: LayerNormalization) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    let statistics = allocate([2, rows], .plain)
    auxiliaries[.init(node: node.inputs[0], kind: "layer \(operation.epsilon)")] = statistics
    add(node, reads: inputs, writes: [result, statistics]) { placement in
      RowKernels.layerNormalize(
        rows: rows, columns: columns, epsilon: operation.epsilon,
        result: placement.slice(result), statistics: placement.slice(statistics),
        source: placement.slice(inputs[0]),
        gamma: inputs.count > 1 ? placement.slice(inputs[1]) : nil,
        beta: inputs.count > 2 ? placement.slice(inputs[2]) : nil)
    }
    set(result, for: node)
  }

  /// Mean and deviation of each row of `x`, kept from the forward pass or computed here.
  private func layerStatistics(of x: Node, epsilon: Float, for node: Node) -> Value {
    if let kept = auxiliaries[.init(node: x, kind: "layer \(epsilon)")] { return kept }
    let source = plainValue(of: x)
    let (rows, columns) = rows(x.shape)
    let statistics = allocate([2, rows], .plain)
    let unused = allocate(x.shape, .plain)
    auxiliaries[.init(node: x, kind: "layer \(epsilon)")] = statistics
    add(node, reads: [source], writes: [unused, statistics]) { placement in
      RowKernels.layerNormalize(
        rows: rows, columns: columns, epsilon: epsilon, result: placement.slice(unused),
        statistics: placement.slice(statistics), source: placement.slice(source), gamma: nil,
        beta: nil)
    }
    return statistics
  }

  private func lowerLayerNormalizationGradient(
    _ node: Node, _ operation: LayerNormalizationGradient
  ) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let statistics = layerStatistics(of: node.inputs[1], epsilon: operation.epsilon, for: node)
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: inputs + [statistics], writes: [result]) { placement in
      RowKernels.layerNormalizationGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        upstream: placement.slice(inputs[0]), source: placement.slice(inputs[1]),
        statistics: placement.slice(statistics),
        gamma: inputs.count > 2 ? placement.slice(inputs[2]) : nil)
    }
    set(result, for: node)
  }

  private func lowerLayerNormalizationScaleGradient(
    _ node: Node, _ operation: LayerNormalizationScaleGradient
  ) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let statistics = layerStatistics(of: node.inputs[1], epsilon: operation.epsilon, for: node)
    let (rows, columns) = rows(node.inputs[1].shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: inputs + [statistics], writes: [result]) { placement in
      RowKernels.layerNormalizationScaleGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        upstream: placement.slice(inputs[0]), source: placement.slice(inputs[1]),
        statistics: placement.slice(statistics))
    }
    set(result, for: node)
  }

  private func lowerRMSNormalization(_ node: Node, _ operation: RMSNormalization) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    let statistics = allocate([rows], .plain)
    auxiliaries[.init(node: node.inputs[0], kind: "rms \(operation.epsilon)")] = statistics
    add(node, reads: inputs, writes: [result, statistics]) { placement in
      RowKernels.rmsNormalize(
        rows: rows, columns: columns, epsilon: operation.epsilon,
        result: placement.slice(result), statistics: placement.slice(statistics),
        source: placement.slice(inputs[0]),
        gamma: inputs.count > 1 ? placement.slice(inputs[1]) : nil)
    }
    set(result, for: node)
  }

  private func rmsStatistics(of x: Node, epsilon: Float, for node: Node) -> Value {
    if let kept = auxiliaries[.init(node: x, kind: "rms \(epsilon)")] { return kept }
    let source = plainValue(of: x)
    let (rows, columns) = rows(x.shape)
    let statistics = allocate([rows], .plain)
    let unused = allocate(x.shape, .plain)
    auxiliaries[.init(node: x, kind: "rms \(epsilon)")] = statistics
    add(node, reads: [source], writes: [unused, statistics]) { placement in
      RowKernels.rmsNormalize(
        rows: rows, columns: columns, epsilon: epsilon, result: placement.slice(unused),
        statistics: placement.slice(statistics), source: placement.slice(source), gamma: nil)
    }
    return statistics
  }

  private func lowerRMSNormalizationGradient(_ node: Node, _ operation: RMSNormalizationGradient) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let statistics = rmsStatistics(of: node.inputs[1], epsilon: operation.epsilon, for: node)
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: inputs + [statistics], writes: [result]) { placement in
      RowKernels.rmsNormalizationGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        upstream: placement.slice(inputs[0]), source: placement.slice(inputs[1]),
        statistics: placement.slice(statistics),
        gamma: inputs.count > 2 ? placement.slice(inputs[2]) : nil)
    }
    set(result, for: node)
  }

  private func lowerRMSNormalizationScaleGradient(
    _ node: Node, _ operation: RMSNormalizationScaleGradient
  ) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let statistics = rmsStatistics(of: node.inputs[1], epsilon: operation.epsilon, for: node)
    let (rows, columns) = rows(node.inputs[1].shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: inputs + [statistics], writes: [result]) { placement in
      RowKernels.rmsNormalizationScaleGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        upstream: placement.slice(inputs[0]), source: placement.slice(inputs[1]),
        statistics: placement.slice(statistics))
    }
    set(result, for: node)
  }

  private func lowerSoftmax(_ node: Node, _ operation: Softmax) {
    let source = plainValue(of: node.inputs[0])
    let (rows, columns) = rows(node.shape)
    let queries = operation.mask == .causal ? node.shape[node.shape.rank - 2] : 0
    let result = allocate(node.shape, .plain)
    add(node, reads: [source], writes: [result], mayRunInPlace: true) { placement in
      RowKernels.softmax(
        rows: rows, columns: columns, queries: queries, result: placement.slice(result),
        source: placement.slice(source))
    }
    set(result, for: node)
  }

  private func lowerSoftmaxGradient(_ node: Node) {
    let (output, upstream) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: [upstream, output], writes: [result]) { placement in
      RowKernels.softmaxGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        output: placement.slice(output), upstream: placement.slice(upstream))
    }
    set(result, for: node)
  }

  private func lowerLogSoftmax(_ node: Node) {
    let source = plainValue(of: node.inputs[0])
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: [source], writes: [result]) { placement in
      RowKernels.logSoftmax(
        rows: rows, columns: columns, result: placement.slice(result),
        source: placement.slice(source))
    }
    set(result, for: node)
  }

  private func lowerLogSoftmaxGradient(_ node: Node) {
    let (output, upstream) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let (rows, columns) = rows(node.shape)
    let result = allocate(node.shape, .plain)
    add(node, reads: [output, upstream], writes: [result]) { placement in
      RowKernels.logSoftmaxGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        output: placement.slice(output), upstream: placement.slice(upstream))
    }
    set(result, for: node)
  }

  private func lowerCrossEntropy(_ node: Node) {
    let (logits, targets) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let (rows, columns) = rows(logits.shape)
    let result = allocate(node.shape, .plain)
    let kept = allocate([rows], .plain)
    auxiliaries[.init(node: node.inputs[0], kind: "log sum exp")] = kept
    add(node, reads: [logits, targets], writes: [result, kept]) { placement in
      RowKernels.crossEntropy(
        rows: rows, columns: columns, result: placement.slice(result),
        logSumExp: placement.slice(kept), logits: placement.slice(logits),
        targets: placement.slice(targets))
    }
    set(result, for: node)
  }

  private func lowerCrossEntropyGradient(_ node: Node) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let (rows, columns) = rows(node.shape)
    let kept: Value
    if let known = auxiliaries[.init(node: node.inputs[0], kind: "log sum exp")] {
      kept = known
    } else {
      kept = allocate([rows], .plain)
      add(node, reads: [inputs[0]], writes: [kept]) { placement in
        RowKernels.logSumExp(
          rows: rows, columns: columns, result: placement.slice(kept),
          source: placement.slice(inputs[0]))
      }
    }
    let result = allocate(node.shape, .plain)
    add(node, reads: inputs + [kept], writes: [result], mayRunInPlace: true) { placement in
      RowKernels.crossEntropyGradient(
        rows: rows, columns: columns, result: placement.slice(result),
        logits: placement.slice(inputs[0]), logSumExp: placement.slice(kept),
        targets: placement.slice(inputs[1]), upstream: placement.slice(inputs[2]))
    }
    set(result, for: node)
  }

  private func lowerRotaryEmbedding(_ node: Node, _ operation: RotaryEmbedding) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let result = allocate(node.shape, .plain)
    let sizes = node.shape.sizes
    add(node, reads: inputs, writes: [result], mayRunInPlace: true) { placement in
      RowKernels.rotate(
        batch: sizes[0], positions: sizes[1], heads: sizes[2], width: sizes[3],
        rotated: operation.rotated, adjacent: operation.style == .adjacent, inverse: false,
        result: placement.slice(result), source: placement.slice(inputs[0]),
        cosines: placement.slice(inputs[1]), sines: placement.slice(inputs[2]))
    }
    set(result, for: node)
  }

  // MARK: Rows by index

  private func lowerGather(_ node: Node) {
    let (table, ids) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let rows = table.shape[0]
    let columns = table.shape.count / max(rows, 1)
    let result = allocate(node.shape, .plain, element: node.type.element)
    let count = ids.shape.count
    add(node, reads: [table, ids], writes: [result]) { placement in
      GatherKernels.gather(
        count: count, rows: rows, columns: columns, result: placement.slice(result),
        table: placement.slice(table), ids: placement.slice(ids))
    }
    set(result, for: node)
  }

  private func lowerScatterAdd(_ node: Node, _ operation: ScatterAdd) {
    let (ids, source) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let columns = node.shape.count / max(operation.rows, 1)
    let result = allocate(node.shape, .plain)
    let count = ids.shape.count
    add(node, reads: [ids, source], writes: [result]) { placement in
      GatherKernels.scatterAdd(
        count: count, rows: operation.rows, columns: columns, result: placement.slice(result),
        source: placement.slice(source), ids: placement.slice(ids))
    }
    set(result, for: node)
  }
}
