// Fits the classifier of registers that `plumb drift` uses, and writes it:
//
//     swift run -c release FitRegisters DATA Sources/LanguageModeling/Registers/Resources/registers.txt
//
// DATA is the folder of the corpora from which the default language model is trained. Every fiftieth
// document is held out; the accuracy on snippets of those is printed.

import Foundation
import LanguageModeling
import PlumbFiles
import PlumbRuntime

let corpora: [(register: String, files: [String])] = [
  ("fiction", ["gutenberg_fiction"]),
  ("White House remarks", ["whitehouse_remarks"]),
  ("White House briefings", ["whitehouse_briefings"]),
  ("UN debates", ["un_general_debate"]),
  ("presidents", ["us_presidents"]),
  ("Wikinews", ["wikinews_2019_2020", "gum_wikinews"]),
  ("dialogues", ["sgd_dialogues", "switchboard_sample"]),
  (
    "code",
    [
      "code_leetcode_kamyu104", "code_leetcode_walkccc", "code_thealgorithms",
      "code_keon_algorithms",
      "code_geekcomputers", "code_cpython_lib",
    ]
  ),
]
let snippetsPerRegister = 12_000

/// The words of each document, training and held out apart; at most 8 million bytes per file, spread
/// over it.
func documents(_ path: String) throws -> (training: [[String]], heldOut: [[String]]) {
  var texts: [String] = []
  var lines: [String] = []
  let stream = try ByteStream(path: path)
  while let line = try stream.readLine() {
    if line == "<|endoftext|>" {
      if !lines.isEmpty { texts.append(lines.joined(separator: "\n")) }
      lines = []
    } else {
      lines.append(line)
    }
  }
  let total = texts.reduce(0) { $0 + $1.utf8.count }
  let share = min(1, 8_000_000 / Double(max(total, 1)))
  var result: (training: [[String]], heldOut: [[String]]) = ([], [])
  for (index, text) in texts.enumerated() {
    let part = String(
      decoding: text.utf8.prefix(Int(Double(text.utf8.count) * share)), as: UTF8.self)
    let words = WordList.words(of: part)
    if index % 50 == 7 { result.heldOut.append(words) } else { result.training.append(words) }
  }
  return result
}

/// Snippets as long as the words of a completion of 30 tokens.
func snippets(
  _ documents: [[String]], _ register: Int, count: Int, _ stream: inout RandomStream
) -> [RegisterClassifier.Example] {
  let lengths = documents.map { Double($0.count) }
  let total = lengths.reduce(0, +)
  guard total > 0 else { return [] }
  return zip(documents, lengths).flatMap { words, length in
    (0..<Int((Double(count) * length / total).rounded(.up))).map { _ in
      let size = min(words.count, 8 + stream.integer(below: 17))
      let start = stream.integer(below: words.count - size + 1)
      return RegisterClassifier.Example(
        words: Array(words[start..<start + size]), register: register)
    }
  }
}

guard CommandLine.arguments.count == 3 else {
  print("Usage: FitRegisters DATA OUTPUT")
  exit(2)
}
let data = URL(fileURLWithPath: CommandLine.arguments[1])
var stream = RandomStream(seed: 0, name: "register snippets")
var training: [RegisterClassifier.Example] = []
var heldOut: [RegisterClassifier.Example] = []
for (index, corpus) in corpora.enumerated() {
  var all: (training: [[String]], heldOut: [[String]]) = ([], [])
  for file in corpus.files {
    let part = try documents(data.appendingPathComponent("\(file).txt.bz2").path)
    all.training += part.training
    all.heldOut += part.heldOut
  }
  training += snippets(all.training, index, count: snippetsPerRegister, &stream)
  heldOut += snippets(all.heldOut, index, count: 1000, &stream)
  print("\(corpus.register): \(all.training.count) documents, \(all.heldOut.count) held out")
}
let classifier = RegisterClassifier.fit(
  training, registers: corpora.map(\.register), seed: 0)
// What is shipped is rounded; so is what is measured.
guard let shipped = RegisterClassifier(text: classifier.text) else {
  print("The classifier cannot be read back.")
  exit(1)
}
let score = shipped.score(on: heldOut)
print("held-out snippets: \(score.right) of \(score.total) right")
for (index, corpus) in corpora.enumerated() {
  let part = shipped.score(on: heldOut.filter { $0.register == index })
  print("  \(corpus.register): \(part.right) of \(part.total)")
}
var political = (right: 0, total: 0)
for example in heldOut {
  guard let probability = shipped.politicalProbability(of: example.words) else { continue }
  political.total += 1
  let isPolitical = RegisterClassifier.political.contains(corpora[example.register].register)
  if (probability > 0.5) == isPolitical { political.right += 1 }
}
print("political or not: \(political.right) of \(political.total) right")
try Data(shipped.text.utf8).write(
  to: URL(fileURLWithPath: CommandLine.arguments[2]), options: .atomic)
