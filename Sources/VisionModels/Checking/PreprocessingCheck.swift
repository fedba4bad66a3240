import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// Finds out which preprocessing a classifier was trained with, by what it makes of photographs
/// whose classes are known.
///
/// A wrong preprocessing raises no error: the scores are merely worse, and pictures of units grayer.
public struct PreprocessingCheck: Sendable {
  /// A preprocessing that models are trained with.
  public struct Candidate: Sendable, Hashable {
    /// What people call it.
    public let name: String
    /// The preprocessing.
    public let input: InputDescription
  }

  /// How a candidate did.
  public struct Result: Sendable {
    /// The candidate.
    public let candidate: Candidate
    /// The share of photographs whose class has the highest score.
    public let top1: Double
    /// The share of photographs whose class is among the five highest.
    public let top5: Double
    /// The mean of the natural logarithm of the true class's probability, in nats.
    public let meanLogProbability: Double

    let logProbabilities: [Double]
  }

  /// What the results say.
  public enum Verdict: Sendable {
    /// One candidate is right; `alsoPossible` cannot be told from it by these photographs.
    case trainedWith(Candidate, alsoPossible: [Candidate])
    /// No candidate does better than chance.
    case noneIsRight
  }

  /// The results, the best first.
  public let results: [Result]
  /// What they say.
  public let verdict: Verdict
  /// How many photographs were of the model's classes and could be read.
  public let imageCount: Int
  /// The candidate that the model is said to have, if it says one.
  public let described: Candidate?
  /// The photographs that could not be read, and why.
  public let damaged: [String]

  /// The usual preprocessings, and the one that the model is said to have.
  ///
  /// - Parameter model: The model.
  /// - Returns: The candidates, the model's own first.
  public static func candidates(for model: VisionModel) -> [Candidate] {
    let (height, width) = (model.input.height, model.input.width)
    func make(
      _ name: String, _ channels: InputDescription.ChannelOrder, _ range: [Float], _ mean: [Float],
      _ deviation: [Float]
    ) -> Candidate {
      Candidate(
        name: channels == .rgb ? name : "\(name), blue first",
        input: InputDescription(
          height: height, width: width, channels: channels, range: range, mean: mean,
          standardDeviation: deviation))
    }
    var usual: [Candidate] = []
    for channels in InputDescription.ChannelOrder.allCases {
      let caffe: [Float] = [123.68, 116.779, 103.939]
      usual += [
        make("0...1", channels, [0, 1], [0], [1]),
        make("-1...1", channels, [-1, 1], [0], [1]),
        make("0...255", channels, [0, 255], [0], [1]),
        make("0...255 minus 117", channels, [0, 255], [117], [1]),
        make(
          "0...255 minus the means of Caffe", channels, [0, 255],
          channels == .rgb ? caffe : caffe.reversed(), [1]),
        make(
          "ImageNet's mean and deviation", channels, [0, 1],
          channels == .rgb ? [0.485, 0.456, 0.406] : [0.406, 0.456, 0.485],
          channels == .rgb ? [0.229, 0.224, 0.225] : [0.225, 0.224, 0.229]),
      ]
    }
    guard model.isPreprocessingKnown else { return usual }
    if let index = usual.firstIndex(where: { $0.input.isSame(as: model.input) }) {
      let own = usual.remove(at: index)
      return [Candidate(name: own.name + " (as described)", input: model.input)] + usual
    }
    return [Candidate(name: "as described", input: model.input)] + usual
  }

  /// Runs photographs through a model with every candidate.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - images: The photographs.
  ///   - folder: Where they are from, for messages.
  ///   - progress: Is told how many of how many runs are done, after each batch.
  /// - Throws: ``LabelledImagesError`` if the classes do not match; what running throws;
  ///   `CancellationError` if the task is cancelled.
  public init(
    _ model: VisionModel, on images: LabelledImages, folder: String,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    guard let labels = model.labels else {
      throw LabelledImagesError.noLabels(model: model.name)
    }
    var views: [(view: PixelImage, index: Int)] = []
    var damaged: [String] = []
    for item in images.items {
      guard let label = try? labels.label(for: item.label), label.index < model.classCount else {
        continue
      }
      do {
        let picture = try ImageFile.read(item.path)
        views.append(
          (
            picture.centerView(height: model.input.height, width: model.input.width), label.index
          ))
      } catch {
        damaged.append("\(error)")
      }
    }
    guard !views.isEmpty else {
      throw LabelledImagesError.foreignLabels(
        folder: folder, example: images.items[0].label, model: model.name)
    }
    let candidates = Self.candidates(for: model)
    let classifier = try ImageClassifier(
      model, batch: min(8, views.count), preprocesses: false)
    var results: [Result] = []
    let total = views.count * candidates.count
    for candidate in candidates {
      var ranks: [Int] = []
      var logProbabilities: [Double] = []
      for start in stride(from: 0, to: views.count, by: classifier.batch) {
        try Task.checkCancellation()
        let part = views[start..<min(start + classifier.batch, views.count)]
        let images = try Tensor(part.map(\.view))
        let logits = try classifier.logits(of: candidate.input.preprocessed(images))
        for (row, (_, index)) in zip(logits, part) {
          ranks.append(row.count { !($0 <= row[index]) })
          logProbabilities.append(Self.logProbability(of: index, in: row))
        }
        progress(results.count * views.count + ranks.count, total)
      }
      let count = Double(ranks.count)
      results.append(
        Result(
          candidate: candidate, top1: Double(ranks.count { $0 < 1 }) / count,
          top5: Double(ranks.count { $0 < 5 }) / count,
          meanLogProbability: logProbabilities.reduce(0, +) / count,
          logProbabilities: logProbabilities))
    }
    // Ties are broken by what people assume first, which the order of the candidates has.
    self.results = results.enumerated().sorted {
      ($1.element.top1, $1.element.top5, $1.element.meanLogProbability, $0.offset)
        < ($0.element.top1, $0.element.top5, $0.element.meanLogProbability, $1.offset)
    }.map(\.element)
    self.damaged = damaged
    imageCount = views.count
    described = model.isPreprocessingKnown ? candidates.first : nil
    verdict = Self.verdict(self.results, classCount: model.classCount)
  }

  private static func logProbability(of index: Int, in logits: [Float]) -> Double {
    let highest = Double(logits.max() ?? 0)
    let total = logits.reduce(0.0) { $0 + exp(Double($1) - highest) }
    let value = Double(logits[index]) - highest - log(total)
    return value.isFinite ? value : -100
  }

  private static func verdict(_ results: [Result], classCount: Int) -> Verdict {
    guard let best = results.first else { return .noneIsRight }
    let count = best.logProbabilities.count
    // By chance a class is among the five highest with probability 5 / classes.
    let chance = min(5 / Double(classCount), 1)
    let spread = (chance * (1 - chance) / Double(count)).squareRoot()
    guard best.top5 > chance + 4 * spread + 1 / Double(count), best.top1 > 0 else {
      return .noneIsRight
    }
    // Others are possible if the photographs' differences in log-probability could be chance.
    let others = results.dropFirst().filter { other in
      let differences = zip(best.logProbabilities, other.logProbabilities).map { $0 - $1 }
      let mean = differences.reduce(0, +) / Double(count)
      let variance =
        differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(count - 1, 1))
      return mean < 2 * (variance / Double(count)).squareRoot()
    }
    return .trainedWith(best.candidate, alsoPossible: others.map(\.candidate))
  }
}

extension InputDescription {
  /// Returns images as they enter the network, computed at once.
  ///
  /// - Parameter images: RGB between 0 and 1, `[batch, 3, height, width]`.
  /// - Returns: The network's input, of the same shape.
  /// - Throws: `RuntimeError` if the images have other sizes than they say.
  func preprocessed(_ images: Tensor) throws(RuntimeError) -> Tensor {
    let plane = images.shape[2] * images.shape[3]
    var values = images.elements
    for image in 0..<images.shape[0] {
      for channel in 0..<3 {
        let from = image * 3 + (channels == .rgb ? channel : 2 - channel)
        let to = image * 3 + channel
        let factors = factors(channel)
        let (scale, offset) = (Float(factors.scale), Float(factors.offset))
        for pixel in 0..<plane {
          values[to * plane + pixel] = images.elements[from * plane + pixel] * scale + offset
        }
      }
    }
    return try Tensor(images.shape, values)
  }
}
