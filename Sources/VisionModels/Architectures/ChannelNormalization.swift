import PlumbGraph
import PlumbRuntime

/// Batch normalization behind each convolution, while a network is trained.
///
/// Parameters of the convolution `NAME`: `NAME_norm.gamma`, `.beta`, `.mean` and `.variance`, each
/// `[channel]`; the last two are running averages, which no gradient changes.
enum ChannelNormalization: Sendable {
  /// With the moments of the batch, which also move the running averages.
  case batch
  /// With the running averages.
  case running

  /// What is added to variances, as PyTorch has it.
  static let epsilon: Float = 1e-5
  /// The share of the latest batch in a running average, as PyTorch has it.
  static let momentum: Float = 0.1

  func normalized(
    _ x: Node, _ name: String, _ averages: inout [String: Node]
  ) throws(GraphError) -> Node {
    let channels: Shape = [x.shape[1]]
    func parameter(_ part: String) -> Node { .parameter("\(name)_norm.\(part)", channels) }
    let (gamma, beta) = (parameter("gamma"), parameter("beta"))
    switch self {
    case .running:
      return try x.normalizedChannels(
        mean: parameter("mean"), variance: parameter("variance"), gamma: gamma, beta: beta,
        epsilon: Self.epsilon)
    case .batch:
      let moments = try x.channelMoments()
      for (row, part) in ["mean", "variance"].enumerated() {
        let latest = try moments.sliced(axis: 0, row..<row + 1).reshaped(channels)
        averages["\(name)_norm.\(part)"] =
          try parameter(part) * (1 - Self.momentum) + latest * Self.momentum
      }
      return try x.batchNormalized(
        moments: moments, gamma: gamma, beta: beta, epsilon: Self.epsilon)
    }
  }

  /// Initial values for a convolution with so many outputs.
  static func initialParameters(_ name: String, channels: Int) -> [String: Tensor] {
    [
      "\(name)_norm.gamma": Tensor([channels], filledWith: 1),
      "\(name)_norm.beta": Tensor([channels], filledWith: 0),
      "\(name)_norm.mean": Tensor([channels], filledWith: 0),
      "\(name)_norm.variance": Tensor([channels], filledWith: 1),
    ]
  }

  /// The weight and bias of the convolution that computes what `NAME` and its normalization with
  /// running averages compute together.
  static func folded(
    weight: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor
  ) -> (weight: Tensor, bias: Tensor) {
    var (weight, bias) = (weight, beta)
    let perChannel = weight.elements.count / max(gamma.elements.count, 1)
    for channel in gamma.elements.indices {
      let scale = gamma.elements[channel] / (variance.elements[channel] + epsilon).squareRoot()
      bias.elements[channel] -= mean.elements[channel] * scale
      for index in channel * perChannel..<(channel + 1) * perChannel {
        weight.elements[index] *= scale
      }
    }
    return (weight, bias)
  }
}
