import Foundation
import PlumbGraph

extension ONNXBuilder {
  /// Changes of resolution.
  static let resizingOperators: [String: Compute] = [
    "Resize": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let isOld = builder.version < 11
      var scales = try operation.known(isOld ? 1 : 2)?.reals
      if scales?.isEmpty == true { scales = nil }
      let sizes = isOld ? nil : try operation.known(3)?.integers?.map(ONNXOperation.limited)
      if let axes = try operation.integers("axes"), axes.sorted() != Array(0..<x.shape.rank) {
        throw ONNXOperation.Problem("resizing some axes alone is not known")
      }
      let coordinates = try operation.string(
        "coordinate_transformation_mode", default: isOld ? "asymmetric" : "half_pixel")
      let nearest = try operation.string(
        "nearest_mode", default: isOld ? "floor" : "round_prefer_floor")
      return [
        .node(
          try resized(
            operation, x, scales: scales, sizes: sizes, coordinates: coordinates, nearest: nearest))
      ]
    },
    "Upsample": { operation, builder in
      let x = try operation.tensor(0, &builder)
      var scales = try operation.known(1)?.reals
      if case .floats(let values) = operation.node.attributes["scales"] { scales = values }
      return [
        .node(
          try resized(
            operation, x, scales: scales, sizes: nil, coordinates: "asymmetric", nearest: "floor"))
      ]
    },
  ]

  private static func resized(
    _ operation: ONNXOperation, _ x: Node, scales: [Float]?, sizes: [Int]?, coordinates: String,
    nearest: String
  ) throws -> Node {
    guard x.shape.rank == 4 else { throw ONNXOperation.Problem("only images are resized") }
    if let policy = operation.node.attributes["keep_aspect_ratio_policy"],
      policy != .string("stretch")
    {
      throw ONNXOperation.Problem("keeping the ratio of height and width is not known")
    }
    if let scales, !scales.allSatisfy({ $0 > 1e-3 && $0 < 1e3 }) {
      throw ONNXOperation.Problem("its scales are \(scales)")
    }
    var size: [Int] = []
    var ratio: [Float] = []
    if let sizes, sizes.count == 4 {
      size = Array(sizes[2...])
      ratio = zip(x.shape.sizes[2...], size).map { Float($0) / Float(max($1, 1)) }
    } else if let scales, scales.count == 4 {
      size = zip(x.shape.sizes[2...], scales[2...]).map { Int((Float($0) * $1).rounded(.down)) }
      ratio = scales[2...].map { 1 / $0 }
    } else {
      throw ONNXOperation.Problem("it needs four scales or sizes")
    }
    guard size.allSatisfy({ $0 > 0 }) else { throw ONNXOperation.Problem("its size is \(size)") }
    try ONNXOperation.check(size: Array(x.shape.sizes[..<2]) + size)
    let isSame = (scales?[..<2]).map { $0.allSatisfy { $0 == 1 } } ?? true
    guard isSame, sizes.map({ Array($0[..<2]) == Array(x.shape.sizes[..<2]) }) ?? true else {
      throw ONNXOperation.Problem("only height and width are resized")
    }
    let mode: ResamplingMode
    switch try operation.string("mode", default: "nearest") {
    case "nearest": mode = .nearest
    case "linear", "bilinear": mode = .bilinear
    case let mode: throw ONNXOperation.Problem("the mode '\(mode)' is not known")
    }
    if mode == .bilinear, try operation.integer("antialias", default: 0) != 0,
      ratio.contains(where: { $0 > 1 })
    {
      throw ONNXOperation.Problem("smoothing while shrinking is not known")
    }
    var (scale, offset): ([Float], [Float]) = ([], [])
    for axis in 0..<2 {
      let (input, output) = (x.shape[axis + 2], size[axis])
      switch coordinates {
      case "half_pixel", "pytorch_half_pixel":
        let isPoint = coordinates == "pytorch_half_pixel" && output == 1
        scale.append(ratio[axis])
        offset.append(isPoint ? 0 : ratio[axis] / 2 - 0.5)
      case "asymmetric":
        scale.append(ratio[axis])
        offset.append(0)
      case "align_corners":
        scale.append(output > 1 ? Float(input - 1) / Float(output - 1) : 0)
        offset.append(0)
      default: throw ONNXOperation.Problem("the coordinates '\(coordinates)' are not known")
      }
    }
    if mode == .nearest {
      // Resampling takes floor(place + 1/2); a small shift decides the ties as the file says.
      let shift: Float
      switch nearest {
      case "round_prefer_floor": shift = -1e-4
      case "round_prefer_ceil": shift = 0
      case "floor": shift = -0.5 + 1e-4
      case "ceil": shift = 0.5 - 1e-4
      default: throw ONNXOperation.Problem("the nearest mode '\(nearest)' is not known")
      }
      offset = offset.map { $0 + shift }
    }
    return try Node.make(Resample(mode: mode, size: size, scale: scale, offset: offset), [x])
  }
}
