import Foundation
import VisionModels

extension VisionScores {
  /// Measures a model on the validation pictures of Tiny ImageNet.
  ///
  /// - Parameters:
  ///   - model: The model; its labels must be the data's classes, in the same order.
  ///   - folder: The folder of the data set.
  /// - Throws: ``ModelTrainingError`` if the data are missing or are others than the model's.
  public init(of model: VisionModel, dataSet folder: String) throws {
    let dataSet = try TinyImageNet(folder: folder)
    guard model.classCount == dataSet.classes.count,
      model.labels?.labels.map(\.wordNetID) == dataSet.classes
    else {
      throw ModelTrainingError.unusableData(
        path: dataSet.folder,
        reason: "its \(dataSet.classes.count) classes are not those of the model \(model.name)")
    }
    try self.init(
      on: dataSet.validationImages(), parameters: model.parameters, classes: model.classCount
    ) { try model.network(on: $0) }
  }
}
