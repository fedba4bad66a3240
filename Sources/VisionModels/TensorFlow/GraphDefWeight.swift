import PlumbFiles
import PlumbGraph
import PlumbRuntime

/// A constant of a TensorFlow graph, turned to our order of axes.
struct GraphDefWeight {
  /// How the axes are turned.
  enum Order: Hashable {
    /// As they are.
    case same
    /// A convolution's `[height, width, channel, output]` to `[output, channel, height, width]`.
    case convolution
    /// A depthwise convolution's `[height, width, channel, multiplier]` to
    /// `[channel * multiplier, 1, height, width]`.
    case depthwise
  }

  let stored: StoredTensor
  let order: Order

  /// The shape after turning.
  var shape: [Int] {
    let sizes = stored.shape
    switch order {
    case .same: return sizes
    case .convolution: return [sizes[3], sizes[2], sizes[0], sizes[1]]
    case .depthwise: return [sizes[2] * sizes[3], 1, sizes[0], sizes[1]]
    }
  }

  /// The numbers after turning.
  func tensor() throws -> Tensor {
    let values = stored.floats()
    guard order != .same else { return try Tensor(Shape(shape), values) }
    let sizes = stored.shape
    let (window, channels, outputs) = (sizes[0] * sizes[1], sizes[2], sizes[3])
    var turned = [Float](repeating: 0, count: values.count)
    for place in 0..<window {
      for channel in 0..<channels {
        for output in 0..<outputs {
          let row =
            order == .convolution ? output * channels + channel : channel * outputs + output
          turned[row * window + place] = values[(place * channels + channel) * outputs + output]
        }
      }
    }
    return try Tensor(Shape(shape), turned)
  }
}
