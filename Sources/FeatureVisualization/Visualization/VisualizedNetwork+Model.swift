import VisionModels

extension VisualizedNetwork {
  /// A model from the library, with its labels and its preprocessing.
  public init(_ model: VisionModel) {
    let table = model.labels
    self.init(
      parameters: model.parameters, labels: model.labelNames,
      wordNetIDs: table.map { table in
        (0..<model.classCount).map { table[$0]?.wordNetID ?? "" }
      } ?? [],
      classSize: model.needsItsSize ? [model.input.height, model.input.width] : nil
    ) { image, rule in
      try model.network(on: image, rule: rule)
    }
  }
}
