extension TrainingRecipe {
  /// Reads the data and makes the network that the recipe speaks of.
  ///
  /// - Parameters:
  ///   - data: The folder of the training data.
  ///   - folder: The folder of the run, where the task keeps what it derives from the data.
  /// - Returns: The task.
  /// - Throws: ``ModelTrainingError`` if data are missing or damaged beyond use.
  public func task(data: String, folder: String) throws -> any TrainingTask {
    switch subject {
    case .language(let training):
      try LanguageTask(training, recipe: self, data: data, folder: folder)
    case .vision(let training):
      try VisionTask(training, recipe: self, data: data)
    }
  }
}
