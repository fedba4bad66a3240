import Foundation
import TemporaryFolders
import Testing

@testable import PlumbTokenizers

@Suite("Training a tokenizer")
struct BPETrainerTests {
  static let texts = [
    "low low low lower lowest newest newest widest aaaaaaa aaaaaaa baba baba caf\u{E9} caf\u{E9}s\n",
    "new news    renewed 1234 12345\n\n",
  ]

  // Hugging Face `tokenizers` 0.23.3: BpeTrainer, min_frequency 2, ByteLevel alphabet.
  static let merges = [
    "a a", "e w", "l o", "n ew", "lo w", "b a", "e s", "Ġ low", "aa aa", "es t", "Ġ new", "1 2",
    "3 4", "a f", "c af", "Ã ©", "Ġ Ġ", "Ġ ba", "Ġ aaaa", "Ġ 12", "Ġ caf", "aa a", "Ġnew est",
    "Ġba ba", "Ġaaaa aaa", "Ġ12 34", "Ġcaf Ã©",
  ]

  private func merges(of tokenizer: BPETokenizer) throws -> [String] {
    try withFolder { folder in
      try tokenizer.save(to: folder)
      let text = try String(
        contentsOf: folder.appendingPathComponent("merges.txt"), encoding: .utf8)
      return text.split(separator: "\n").dropFirst().map(String.init)
    }
  }

  @Test("Finds the merges that Hugging Face finds, and stops where pairs are rare")
  func matchesHuggingFace() throws {
    var trainer = try BPETrainer(vocabularySize: 1000)
    for text in Self.texts { trainer.add(text) }
    let tokenizer = try trainer.train()
    #expect(try merges(of: tokenizer) == Self.merges)
    #expect(tokenizer.vocabularySize == 256 + Self.merges.count + 1)
    #expect(tokenizer.endOfText == 256 + Self.merges.count)
    #expect(try tokenizer.piece(220) == [0x20])
  }

  @Test("Makes the same tokenizer in whatever order the texts come")
  func isDeterministic() throws {
    var random = SeededGenerator(state: 9)
    let words = (0..<400).map { _ in
      String(
        (0..<Int.random(in: 1...9, using: &random)).map { _ in
          "abcde\u{E9}".randomElement(using: &random) ?? "a"
        })
    }
    let texts = (0..<60).map { _ in
      (0..<50).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
    }
    var first = try BPETrainer(vocabularySize: 400)
    for text in texts { first.add(text) }
    let expected = try merges(of: first.train())
    #expect(expected.count == 400 - 257)
    for _ in 0..<3 {
      var trainer = try BPETrainer(vocabularySize: 400)
      for text in texts.shuffled(using: &random) { trainer.add(text) }
      #expect(try merges(of: trainer.train()) == expected)
    }
  }

  @Test("Gives the merges of a trainer that counts all pairs anew for each")
  func matchesPlainTraining() throws {
    var random = SeededGenerator(state: 4)
    for _ in 0..<20 {
      var text = ""
      for _ in 0..<200 { text += String("aaabc ".randomElement(using: &random) ?? "a") }
      var trainer = try BPETrainer(vocabularySize: 300)
      trainer.add(text)
      #expect(try merges(of: trainer.train()) == plainMerges(of: text, count: 300 - 257))
    }
  }

  /// The rule as it is documented, with nothing kept from one merge to the next.
  private func plainMerges(of text: String, count: Int) -> [String] {
    let bytes = Array(text.utf8)
    var words: [[String]] = []
    var start = 0
    while start < bytes.count {
      let end = Splitter(.gpt2).end(from: start, in: bytes.span)
      words.append(bytes[start..<end].map { ByteAlphabet.text(for: [$0]) })
      start = end
    }
    var order = ByteAlphabet.order.map { ByteAlphabet.text(for: [$0]) }
    var merges: [String] = []
    while order.count < 256 + count {
      var counts: [[String]: Int] = [:]
      for word in words {
        for pair in zip(word, word.dropFirst()) { counts[[pair.0, pair.1], default: 0] += 1 }
      }
      func rank(_ pair: [String]) -> [Int] { pair.map { order.firstIndex(of: $0) ?? 0 } }
      let best = counts.max {
        $0.value != $1.value
          ? $0.value < $1.value : rank($1.key).lexicographicallyPrecedes(rank($0.key))
      }
      guard let best, best.value >= 2 else { break }
      merges.append(best.key.joined(separator: " "))
      let product = best.key.joined()
      if !order.contains(product) { order.append(product) }
      words = words.map { word in
        var merged: [String] = []
        var index = 0
        while index < word.count {
          if index + 1 < word.count, [word[index], word[index + 1]] == best.key {
            merged.append(product)
            index += 2
          } else {
            merged.append(word[index])
            index += 1
          }
        }
        return merged
      }
    }
    return merges
  }

  @Test("The end of text parts pieces and is never learned")
  func endOfTextIsNotCounted() throws {
    var trainer = try BPETrainer(vocabularySize: 300)
    trainer.add(String(repeating: "ab<|endoftext|>", count: 100))
    let tokenizer = try trainer.train()
    #expect(try merges(of: tokenizer) == ["a b"])
    #expect(
      tokenizer.encode("abab<|endoftext|>", recognizingSpecialTokens: true) == [256, 256, 257])
  }

  @Test("A file counts as its text does")
  func readsFiles() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("text.txt")
      try Self.texts[0].write(to: file, atomically: true, encoding: .utf8)
      var fromFile = try BPETrainer()
      try fromFile.add(contentsOf: file)
      var fromText = try BPETrainer()
      fromText.add(Self.texts[0])
      #expect(fromFile.distinctPieces == fromText.distinctPieces)
      #expect(try merges(of: fromFile.train()) == merges(of: fromText.train()))
    }
  }

  @Test("What is saved loads to a tokenizer with equal results, from either form")
  func savesAndLoads() throws {
    var trainer = try BPETrainer()
    for text in Self.texts { trainer.add(text) }
    let tokenizer = try trainer.train()
    try withFolder { folder in
      try tokenizer.save(to: folder)
      let single = try BPETokenizer.load(from: folder)
      let pair = try BPETokenizer(
        vocabulary: folder.appendingPathComponent("vocab.json"),
        merges: folder.appendingPathComponent("merges.txt"))
      for loaded in [single, pair] {
        #expect(loaded.vocabularySize == tokenizer.vocabularySize)
        #expect(loaded.addedTokens == tokenizer.addedTokens)
        #expect(loaded.configuration == tokenizer.configuration)
        for text in Self.texts + ["x<|endoftext|>\u{E9}\u{1F600}\"\\\u{1}"] {
          for recognizing in [false, true] {
            #expect(
              loaded.encode(text, recognizingSpecialTokens: recognizing)
                == tokenizer.encode(text, recognizingSpecialTokens: recognizing))
          }
        }
      }
    }
  }

  @Test("Every family is saved with its settings", arguments: 0..<5)
  func savesFamilies(fixture: Int) throws {
    let tokenizer = try EncodingTests.fixtures[fixture].tokenizer()
    try withFolder { folder in
      try tokenizer.save(to: folder)
      let loaded = try BPETokenizer.load(from: folder)
      #expect(loaded.configuration == tokenizer.configuration)
      #expect(loaded.addedTokens == tokenizer.addedTokens)
      let text = "hello   world 1234 surprise e\u{301}\n\n<|endoftext|> <|end_of_text|>"
      #expect(
        loaded.encode(text, recognizingSpecialTokens: true)
          == tokenizer.encode(text, recognizingSpecialTokens: true))
    }
  }

  @Test("Training stops where its task is cancelled")
  func isCancelled() async throws {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      var trainer = try BPETrainer()
      trainer.add(Self.texts[0])
      return try trainer.train().vocabularySize
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
