import Foundation
import LanguageModels
import PlumbRuntime
import PlumbTokenizers

extension LanguageTraining {
  /// Bits per byte on the held-out documents: of each register, and of the mixture.
  ///
  /// The mixture weighs registers as training did. Intervals are of 1,000 bootstrap resamples of the
  /// documents.
  func scores(
    ofModelIn folder: String, data: String, progress: (String) -> Void
  ) throws -> [HeldOutScore] {
    let model = try TransformerModel.load(from: folder)
    let tokenizer = try BPETokenizer.load(from: URL(fileURLWithPath: folder))
    let texts = try corpora.map { corpus in
      HeldOutText(
        register: corpus.register,
        documents: try TextCorpus(path: data + "/" + corpus.file).heldOut, tokenizer: tokenizer)
    }
    return try scores(
      LanguageEvaluation(model.configuration, copying: model.parameters), on: texts,
      progress: progress)
  }

  /// Bits per byte on the held-out documents of each corpus.
  func scores(
    _ evaluation: LanguageEvaluation, on texts: [HeldOutText], progress: (String) -> Void
  ) throws -> [HeldOutScore] {
    var examples: [String: [(numerator: Double, denominator: Double)]] = [:]
    var shares: [String: Double] = [:]
    for (corpus, text) in zip(corpora, texts) {
      progress(corpus.file)
      examples[corpus.register, default: []] += try evaluation.measure(text).map { ($0, $1) }
      shares[corpus.register, default: 0] += corpus.share
    }
    let registers = examples.keys.sorted()
    let total = shares.values.reduce(0, +)
    let ratios = registers.enumerated().map { index, register in
      BootstrappedRatio(
        examples[register] ?? [],
        stream: RandomStream(seed: 0, name: "bootstrap of held-out documents").substream(index))
    }
    func score(_ name: String, _ estimate: Double, _ resamples: [Double], _ count: Int)
      -> HeldOutScore
    {
      let (low, high) = BootstrappedRatio.interval(resamples)
      return HeldOutScore(
        name: name, unit: "bits per byte", estimate: estimate, low: low, high: high, count: count)
    }
    let weights = registers.map { (shares[$0] ?? 0) / total }
    let mixture = (0..<1000).map { index in
      zip(weights, ratios).reduce(0) { $0 + $1.0 * $1.1.resamples[index] }
    }
    let all = score(
      "mixture", zip(weights, ratios).reduce(0) { $0 + $1.0 * $1.1.estimate }, mixture,
      examples.values.reduce(0) { $0 + $1.count })
    return [all]
      + zip(registers, ratios).map {
        score($0, $1.estimate, $1.resamples, examples[$0]?.count ?? 0)
      }
  }
}
