import Foundation
import PlumbModels

extension VisionTraining {
  /// Top-1 and top-5 accuracy on the validation pictures, each shown once and whole, with Wilson
  /// intervals; then the top-1 accuracy of each class.
  ///
  /// - Parameters:
  ///   - folder: The model folder.
  ///   - data: The data folder.
  ///   - progress: Is told what is about to be measured.
  /// - Returns: The scores.
  /// - Throws: ``ModelTrainingError`` if the data are missing or are others than the model's.
  func scores(
    ofModelIn folder: String, data: String, progress: (String) -> Void
  ) throws -> [HeldOutScore] {
    let model = try VisionModel(ModelLibrary().find(folder))
    let dataSet = try TinyImageNet(folder: "\(data)/\(self.data)")
    guard let labels = model.labels, model.classCount == dataSet.classes.count,
      labels.labels.map(\.wordNetID) == dataSet.classes
    else {
      throw ModelTrainingError.unusableData(
        path: dataSet.folder,
        reason: "its \(dataSet.classes.count) classes are not those of the model \(model.name)")
    }
    progress("the validation pictures")
    let scores = try VisionScores(
      on: dataSet.validationImages(), parameters: model.parameters, classes: model.classCount
    ) { try model.network(on: $0) }

    func score(_ name: String, _ interval: WilsonInterval, _ count: Int) -> HeldOutScore {
      HeldOutScore(
        name: name, unit: "of the pictures right", estimate: interval.share, low: interval.low,
        high: interval.high, count: count)
    }
    let all = scores.counts.reduce(0, +)
    return [score("top-1", scores.accuracy, all), score("top-5", scores.accuracyInFive, all)]
      + labels.labels.map { label in
        let (right, count) = (scores.right[label.index], scores.counts[label.index])
        return score(label.name, WilsonInterval(successes: right, of: count), count)
      }
  }
}
