import Foundation
import TemporaryFolders
import Testing

@testable import ModelTraining

@Suite("Training recipes")
struct TrainingRecipeTests {
  @Test("A recipe without a field says which")
  func missingField() throws {
    let folder = TemporaryFolder()
    let path = try folder.write("recipe.json", #"{"name": "x", "subject": {"language": {}}}"#)
    #expect {
      try TrainingRecipe(contentsOf: path)
    } throws: {
      "\($0)" == "The recipe \(path) cannot be used: 'subject.language.corpora' is missing."
    }
  }

  @Test("A file that is no JSON is named")
  func noJSON() throws {
    let folder = TemporaryFolder()
    let path = try folder.write("recipe.json", "steps: 3")
    #expect {
      try TrainingRecipe(contentsOf: path)
    } throws: {
      "\($0)".hasPrefix("The recipe \(path) cannot be used: ")
    }
  }
}
