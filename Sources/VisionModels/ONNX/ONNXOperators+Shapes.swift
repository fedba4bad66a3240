import PlumbFiles
import PlumbGraph

extension ONNXBuilder {
  /// What changes shapes, and what computes with them.
  static let shapeOperators: [String: Compute] = [
    "Constant": { operation, builder in
      switch operation.node.attributes.first(where: { $0.key.hasPrefix("value") })?.value {
      case .tensor(let tensor):
        let label = operation.node.outputs.first ?? operation.node.name
        return [tensor.type.isFloatingPoint ? .weight(label: label, tensor) : .known(.init(tensor))]
      case .float(let value): return [.known(KnownNumbers([value], shape: []))]
      case .floats(let values): return [.known(KnownNumbers(values))]
      case .integer(let value): return [.known(KnownNumbers([value], shape: []))]
      case .integers(let values): return [.known(KnownNumbers(values))]
      default: throw ONNXOperation.Problem("it has no value that can be read")
      }
    },
    "ConstantOfShape": { operation, builder in
      guard let shape = try operation.known(0)?.integers?.map(ONNXOperation.limited),
        shape.allSatisfy({ $0 >= 0 }), shape.reduce(1.0, { $0 * Double($1) }) <= 1_048_576
      else { throw ONNXOperation.Problem("its shape must be a few whole numbers") }
      let count = shape.reduce(1, *)
      if case .tensor(let tensor) = operation.node.attributes["value"], tensor.count == 1 {
        return [
          .known(KnownNumbers(tensor).picking(Array(repeating: 0, count: count), shape: shape))
        ]
      }
      return [.known(KnownNumbers([Float](repeating: 0, count: count), shape: shape))]
    },
    "Shape": { operation, builder in
      let shape = try operation.value(0).shape ?? []
      let start = try operation.integer("start", default: 0)
      let end = try operation.integer("end", default: shape.count)
      let range = [start, end].map { min(max($0 < 0 ? $0 + shape.count : $0, 0), shape.count) }
      return [.known(KnownNumbers(Array(shape[range[0]..<max(range[0], range[1])])))]
    },
    "Size": { operation, builder in
      [.known(KnownNumbers([(try operation.value(0).shape ?? []).reduce(1, *)], shape: []))]
    },
    "Cast": { operation, builder in
      // Types 1, 10, 11 and 16 of ONNX are real numbers.
      let type = try operation.integer("to", default: 1)
      let isReal = [1, 10, 11, 16].contains(type)
      switch try operation.value(0) {
      case .known(let numbers): return [.known(isReal ? numbers.real : numbers.truncated)]
      case let value where isReal: return [value]
      default: throw ONNXOperation.Problem("it makes whole numbers of values that are computed")
      }
    },
    "Reshape": { operation, builder in
      let value = try operation.value(0)
      guard let sizes = value.shape, let target = try operation.integers("shape", orOperand: 1)
      else { throw ONNXOperation.Problem("its shape must be whole numbers") }
      let shape = try builder.shape(
        of: sizes, as: target, keepsZeros: operation.integer("allowzero", default: 0) != 0)
      return [try reshaped(value, shape, &builder)]
    },
    "Flatten": { operation, builder in
      let value = try operation.value(0)
      let sizes = value.shape ?? []
      let axis = try operation.integer("axis", default: 1)
      let split = axis < 0 ? axis + sizes.count : axis
      guard (0...sizes.count).contains(split) else {
        throw ONNXOperation.Problem("it has no axis \(axis) of \(sizes.count)")
      }
      let shape = [sizes[..<split].reduce(1, *), sizes[split...].reduce(1, *)]
      return [try reshaped(value, shape, &builder)]
    },
    "Squeeze": { operation, builder in
      let value = try operation.value(0)
      let sizes = value.shape ?? []
      let axes = try operation.integers("axes", orOperand: 1)?.map {
        try operation.axis($0, rank: sizes.count)
      }
      let kept = sizes.indices.filter { axis in
        axes.map { !$0.contains(axis) } ?? (sizes[axis] != 1)
      }
      let shape = kept.map { sizes[$0] }
      return [try reshaped(value, shape, &builder)]
    },
    "Unsqueeze": { operation, builder in
      let value = try operation.value(0)
      var sizes = value.shape ?? []
      let given = try operation.integers("axes", orOperand: 1) ?? []
      let rank = sizes.count + given.count
      for axis in try given.map({ try operation.axis($0, rank: rank) }).sorted() {
        guard axis <= sizes.count else { throw ONNXOperation.Problem("its axes are \(given)") }
        sizes.insert(1, at: axis)
      }
      return [try reshaped(value, sizes, &builder)]
    },
    "Transpose": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let order = try operation.integers("perm") ?? Array((0..<x.shape.rank).reversed())
      return [.node(try x.transposed(order))]
    },
    "Expand": { operation, builder in
      guard let target = try operation.known(1)?.integers?.map(ONNXOperation.limited),
        target.allSatisfy({ $0 > 0 })
      else { throw ONNXOperation.Problem("its shape must be whole numbers") }
      try ONNXOperation.check(size: target)
      let value = try operation.value(0)
      if case .known(let numbers) = value {
        guard let (shape, places, _) = KnownNumbers.broadcast(numbers.shape, target) else {
          throw ONNXOperation.Problem("its operand does not stretch to \(target)")
        }
        return [.known(numbers.picking(places, shape: shape))]
      }
      let x = builder.node(value)
      guard let shape = x.shape.broadcast(with: Shape(target)) else {
        throw ONNXOperation.Problem("its operand does not stretch to \(target)")
      }
      return [.node(try x.broadcasted(to: shape))]
    },
    "DepthToSpace": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let block = try operation.integer("blocksize", default: 1)
      guard x.shape.rank == 4, block > 0, block < 1 << 12, x.shape[1] % (block * block) == 0 else {
        throw ONNXOperation.Problem("its block size is \(block)")
      }
      let (b, c, h, w) = (x.shape[0], x.shape[1] / (block * block), x.shape[2], x.shape[3])
      let isColumnRow = try operation.string("mode", default: "DCR") == "CRD"
      let split: Shape = isColumnRow ? [b, c, block, block, h, w] : [b, block, block, c, h, w]
      let order = isColumnRow ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
      return [
        .node(
          try x.reshaped(split).transposed(order).reshaped([b, c, h * block, w * block]))
      ]
    },
  ]

  static func reshaped(
    _ value: GraphValue, _ shape: [Int], _ builder: inout ONNXBuilder
  ) throws -> GraphValue {
    try ONNXOperation.check(size: shape)
    guard shape.reduce(1, *) == (value.shape ?? []).reduce(1, *) else {
      throw ONNXOperation.Problem(
        "\(value.shape ?? []) cannot be seen as \(shape), which has another number of elements")
    }
    if case .known(let numbers) = value { return .known(numbers.reshaped(shape)) }
    return .node(try builder.node(value).reshaped(Shape(shape)))
  }

  /// The shape that a reshape asks for: 0 keeps a size, -1 is what is left.
  ///
  /// A file that was written for one batch size has it in its shapes; another batch size takes its
  /// place.
  func shape(of sizes: [Int], as target: [Int], keepsZeros: Bool) throws -> [Int] {
    var shape = target.enumerated().map { axis, size in
      size == 0 && !keepsZeros && axis < sizes.count ? sizes[axis] : size
    }
    try ONNXOperation.check(size: shape.map { max($0, 1) })
    let count = sizes.reduce(1, *)
    if let declaredBatch, declaredBatch != batch, sizes.first == batch,
      shape.first == declaredBatch
    {
      let rest = shape.dropFirst()
      let product = rest.filter { $0 > 0 }.reduce(1, *)
      if rest.contains(-1) || product * batch == count { shape[0] = batch }
    }
    if let unknown = shape.firstIndex(of: -1) {
      let product = shape.filter { $0 != -1 }.reduce(1, *)
      guard product > 0, count % product == 0 else {
        throw ONNXOperation.Problem("\(sizes) cannot be seen as \(target)")
      }
      shape[unknown] = count / product
    }
    return shape
  }
}
