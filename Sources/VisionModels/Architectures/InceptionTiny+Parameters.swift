import PlumbGraph
import PlumbRuntime

extension InceptionTiny {
  /// The parameters of ``trainingNetwork(on:)`` before the first step.
  ///
  /// Convolutions are normal with variance 2 / inputs, so that ReLUs keep the scale; the classifier
  /// starts at zero, with every class equally likely.
  ///
  /// - Parameter seed: The seed of the draws.
  /// - Returns: Weights and running averages by name.
  /// - Throws: `GraphError` if the network cannot be built.
  ///
  /// Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015.
  public func initialParameters(seed: UInt64) throws -> [String: Tensor] {
    let images = Node.input("images", .images(batch: 1, channels: 3, height: 64, width: 64))
    guard let logits = try trainingNetwork(on: images).network.logits else {
      preconditionFailure("an inception-tiny network has logits at every size")
    }
    var parameters: [String: Tensor] = [:]
    for parameter in Graph(["logits": logits]).parameters {
      let (name, shape) = (parameter.label, parameter.type.shape)
      if shape.rank == 4 {
        var stream = RandomStream(seed: seed, name: name)
        let inputs = shape[1] * shape[2] * shape[3]
        let scale = (2 / Float(inputs)).squareRoot()
        parameters[name] = try Tensor(shape, stream.normal(shape.count).map { $0 * scale })
        let layer = String(name.dropLast("_pre_relu_conv.weight".count))
        parameters.merge(
          ChannelNormalization.initialParameters(layer, channels: shape[0])
        ) { $1 }
      } else if parameters[name] == nil {
        let value: Float = name.hasSuffix("_norm.gamma") ? 1 : 0
        parameters[name] = Tensor(shape, filledWith: value)
      }
    }
    return parameters
  }

  /// The weights of ``network(on:rule:)`` that compute what the parameters of training compute with
  /// their running averages, the logits centered.
  ///
  /// Softmax does not see what all logits share, so training leaves it to chance; a picture that is
  /// optimized for one logit would raise all of them with it. Here the mean over the classes is taken
  /// out of the classifier: logits sum to 0, and every probability stays as it was.
  ///
  /// - Parameter parameters: Weights and running averages of ``trainingNetwork(on:)``.
  /// - Returns: A weight and a bias per convolution, and the classifier.
  /// - Throws: ``InceptionTinyError/missingWeight(_:)`` if a parameter is missing.
  public func folded(
    _ parameters: [String: Tensor]
  ) throws(InceptionTinyError) -> [String: Tensor] {
    func value(_ name: String) throws(InceptionTinyError) -> Tensor {
      guard let tensor = parameters[name] else { throw .missingWeight(name) }
      return tensor
    }
    var folded: [String: Tensor] = [:]
    for name in ["softmax2_pre_activation_matmul.weight", "softmax2_pre_activation_matmul.bias"] {
      folded[name] = Self.centeredOverClasses(try value(name))
    }
    for name in convolutionNames {
      let weights = ChannelNormalization.folded(
        weight: try value("\(name)_pre_relu_conv.weight"), gamma: try value("\(name)_norm.gamma"),
        beta: try value("\(name)_norm.beta"), mean: try value("\(name)_norm.mean"),
        variance: try value("\(name)_norm.variance"))
      folded["\(name)_pre_relu_conv.weight"] = weights.weight
      folded["\(name)_pre_relu_conv.bias"] = weights.bias
    }
    return folded
  }

  /// A tensor `[class, ...]` less its mean over the classes.
  private static func centeredOverClasses(_ tensor: Tensor) -> Tensor {
    var centered = tensor
    let classes = tensor.shape[0]
    let width = tensor.elements.count / classes
    for column in 0..<width {
      let places = stride(from: column, to: tensor.elements.count, by: width)
      let mean = places.reduce(0.0) { $0 + Double(tensor.elements[$1]) } / Double(classes)
      for place in places {
        centered.elements[place] = Float(Double(tensor.elements[place]) - mean)
      }
    }
    return centered
  }

  /// The parameters that are running averages, which no gradient changes.
  public var averageNames: [String] {
    convolutionNames.flatMap { ["\($0)_norm.mean", "\($0)_norm.variance"] }
  }

  /// The names of the layers that are convolutions, in order.
  public var convolutionNames: [String] {
    ["conv2d0", "conv2d1", "conv2d2"]
      + Self.moduleNames.flatMap { name in Self.branches.map { "\(name)_\($0)" } }
  }
}
