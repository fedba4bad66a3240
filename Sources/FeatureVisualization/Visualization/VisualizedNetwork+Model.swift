import PlumbModels

extension VisualizedNetwork {
  /// The network of a loaded model, with its weights and labels.
  public init(_ model: VisionModel) {
    self.init(
      parameters: model.parameters, labels: model.labelNames,
      classSize: model.needsItsSize ? [model.input.height, model.input.width] : nil
    ) { image, rule in
      try model.network(on: image, rule: rule)
    }
  }
}
