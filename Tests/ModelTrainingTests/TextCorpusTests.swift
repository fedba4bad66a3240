import Foundation
import TemporaryFolders
import Testing

@testable import ModelTraining

@Suite("Text corpora")
struct TextCorpusTests {
  @Test("Documents end at the separator's line; empty ones do not count")
  func documents() throws {
    let folder = TemporaryFolder()
    let path = try folder.write(
      "corpus.txt", "one\ntwo\n<|endoftext|>\n\n<|endoftext|>\nthree <|endoftext|> inside\n")
    let corpus = try TextCorpus(path: path)
    #expect(
      corpus.documents.map { String(decoding: $0, as: UTF8.self) } == [
        "one\ntwo", "three <|endoftext|> inside",
      ])
  }

  @Test("Every fiftieth document is held out, from the eighth")
  func heldOut() throws {
    let folder = TemporaryFolder()
    let text = (0..<120).map { "document \($0)\n<|endoftext|>\n" }.joined()
    let corpus = try TextCorpus(path: folder.write("corpus.txt", text))
    #expect(
      corpus.heldOut.map { String(decoding: $0, as: UTF8.self) } == [
        "document 7", "document 57", "document 107",
      ])
    #expect(corpus.training.count == 117)
    #expect(!corpus.training.contains(Array("document 57".utf8)))
  }

  @Test("A missing file says which option names its folder")
  func missing() {
    #expect {
      try TextCorpus(path: "nowhere/corpus.txt")
    } throws: {
      "\($0)"
        == "There are no training data at nowhere/corpus.txt. Name the folder of the texts with "
        + "--data."
    }
  }

  @Test("A file without text is named")
  func empty() throws {
    let folder = TemporaryFolder()
    let path = try folder.write("empty.txt", "<|endoftext|>\n")
    #expect {
      try TextCorpus(path: path)
    } throws: {
      "\($0)" == "\(path) cannot be used for training: it holds no text."
    }
  }
}
