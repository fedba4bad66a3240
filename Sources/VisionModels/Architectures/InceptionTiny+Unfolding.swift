import PlumbGraph
import PlumbRuntime

extension InceptionTiny {
  /// The parameters of training whose folding gives these weights: the opposite of ``folded(_:)``.
  ///
  /// What batch normalization will subtract and divide by is measured, and its gains and offsets are
  /// such that they undo it. Kernels get the scale with which they began, since batch normalization
  /// hides it and the optimizer's steps are relative to it.
  ///
  /// - Parameters:
  ///   - weights: Weights of ``network(on:rule:)``.
  ///   - batches: Images as the training will see them, `[batch, 3, height, width]` each, all of one
  ///     shape; at least one batch.
  /// - Returns: Weights and running averages of ``trainingNetwork(on:)``.
  /// - Throws: ``InceptionTinyError/missingWeight(_:)`` if a weight is missing, or an error of the
  ///   engine if one has another shape.
  public func unfolded(
    _ weights: [String: Tensor], measuredOn batches: some Sequence<Tensor>
  ) throws -> [String: Tensor] {
    func value(_ name: String) throws(InceptionTinyError) -> Tensor {
      guard let tensor = weights[name] else { throw .missingWeight(name) }
      return tensor
    }
    var parameters: [String: Tensor] = [:]
    for name in ["softmax2_pre_activation_matmul.weight", "softmax2_pre_activation_matmul.bias"] {
      parameters[name] = try value(name)
    }
    let convolutions = try convolutionNames.map { name in
      (
        name, try value("\(name)_pre_relu_conv.weight"), try value("\(name)_pre_relu_conv.bias")
      )
    }
    let moments = try self.moments(weights, on: batches)
    for (name, kernels, bias) in convolutions {
      var weight = kernels
      let channels = bias.elements.count
      let perChannel = weight.elements.count / max(channels, 1)
      var (mean, variance, gamma) = (bias, bias, bias)
      for channel in 0..<channels {
        let kernel = channel * perChannel..<(channel + 1) * perChannel
        let square = weight.elements[kernel].reduce(0.0) { $0 + Double($1) * Double($1) }
        // The mean square of initial kernels is 2 / inputs.
        let scale = square > 0 ? Float((2 / square).squareRoot()) : 1
        for index in kernel { weight.elements[index] *= scale }
        let (center, spread) = (
          moments[name]?.mean[channel] ?? 0, moments[name]?.variance[channel] ?? 1
        )
        mean.elements[channel] = (center - bias.elements[channel]) * scale
        variance.elements[channel] = spread * scale * scale
        gamma.elements[channel] =
          (variance.elements[channel] + ChannelNormalization.epsilon).squareRoot() / scale
      }
      parameters["\(name)_pre_relu_conv.weight"] = weight
      parameters["\(name)_norm.gamma"] = gamma
      // The mean of the result: what is subtracted comes back.
      parameters["\(name)_norm.beta"] = try Tensor(
        bias.shape, moments[name]?.mean ?? bias.elements)
      parameters["\(name)_norm.mean"] = mean
      parameters["\(name)_norm.variance"] = variance
    }
    return parameters
  }

  /// The mean over batches of what each convolution's channels have as mean and variance, biases
  /// included.
  private func moments(
    _ weights: [String: Tensor], on batches: some Sequence<Tensor>
  ) throws -> [String: (mean: [Float], variance: [Float])] {
    var program: Program?
    var sums: [String: [Float]] = [:]
    var count: Float = 0
    for images in batches {
      let measuring = try program ?? momentsProgram(weights, shape: images.shape)
      program = measuring
      for (name, moments) in try measuring(["images": images]) {
        sums[name] = zip(
          sums[name] ?? Array(repeating: 0, count: moments.elements.count), moments.elements
        ).map { $0 + $1 }
      }
      count += 1
    }
    return sums.mapValues { sum in
      let means = sum.map { $0 / count }
      return (Array(means.prefix(means.count / 2)), Array(means.suffix(means.count / 2)))
    }
  }

  private func momentsProgram(_ weights: [String: Tensor], shape: Shape) throws -> Program {
    let network = try network(on: .input("images", shape))
    let outputs = try convolutionNames.map { name in
      Graph.Output(name, try network.layer("\(name)_pre_relu").channelMoments())
    }
    return try Program(Graph(outputs), parameters: ParameterStore(weights))
  }
}
