import Foundation
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// Whether a vision model works at all: what must hold for any trained classifier.
public struct VisionModelCheck: Sendable {
  /// Everything that was looked at.
  public let findings: [ModelFinding]

  /// Whether all is as it should be.
  public var isGood: Bool { findings.allSatisfy(\.isGood) }

  /// Looks at the weights, the labels and the scores of a few made-up pictures.
  ///
  /// - Parameter model: The model.
  /// - Throws: What compiling or running throws.
  public init(_ model: VisionModel) throws {
    var findings = try [Self.weights(model), Self.labels(model)]
    let (height, width) = (model.input.height, model.input.width)
    let plane = 3 * height * width
    var stream = RandomStream(seed: 0, name: "self-check")
    let noise = stream.uniform(plane)
    let gray = [Float](repeating: 0.5, count: plane)
    let single = try ImageClassifier(model)
    let shape = { (batch: Int) in
      Shape.images(batch: batch, channels: 3, height: height, width: width)
    }
    let ofGray = try single.logits(of: Tensor(shape(1), gray))[0]
    let ofNoise = try single.logits(of: Tensor(shape(1), noise))[0]
    let isFinite = (ofGray + ofNoise).allSatisfy(\.isFinite)
    findings.append(
      ModelFinding(
        name: "scores", isGood: isFinite,
        detail: isFinite
          ? "finite for gray and for noise" : "not finite for gray or for noise"))
    guard isFinite else {
      self.findings = findings
      return
    }
    let differs = ofGray != ofNoise
    findings.append(
      ModelFinding(
        name: "response", isGood: differs,
        detail: differs
          ? "gray and noise have different scores" : "gray and noise have the same scores"))
    let both = try ImageClassifier(model, batch: 2).logits(of: Tensor(shape(2), gray + noise))
    let scale = max((ofGray + ofNoise).map(abs).max() ?? 1, 1)
    let difference = zip(both[0] + both[1], ofGray + ofNoise).map { abs($0 - $1) }.max() ?? 0
    let agrees = difference <= 1e-4 * scale
    findings.append(
      ModelFinding(
        name: "batch", isGood: agrees,
        detail: "two pictures at once differ from one by one by"
          + " \(String(format: "%.1e", difference)) at most"))
    self.findings = findings
  }

  private static func weights(_ model: VisionModel) throws -> ModelFinding {
    var count = 0
    for name in model.parameters.names {
      let tensor = try model.parameters.value(name)
      count += tensor.elements.count
      if let index = tensor.firstNonFinite {
        return ModelFinding(
          name: "weights", isGood: false,
          detail: "'\(name)' is \(tensor.elements[index]) at element \(index)")
      }
    }
    return ModelFinding(name: "weights", isGood: true, detail: "\(count) numbers, all finite")
  }

  private static func labels(_ model: VisionModel) -> ModelFinding {
    guard let labels = model.labels else {
      return ModelFinding(name: "labels", isGood: true, detail: "none; classes go by number")
    }
    let missing = (0..<model.classCount).filter { labels[$0] == nil }
    let extra = labels.labels.filter { $0.index >= model.classCount }
    if let label = extra.first {
      return ModelFinding(
        name: "labels", isGood: false,
        detail: "'\(label.name)' is output \(label.index), but there are \(model.classCount)")
    }
    return ModelFinding(
      name: "labels", isGood: missing.isEmpty,
      detail: missing.isEmpty
        ? "\(model.classCount), one for each output"
        : "\(missing.count) of \(model.classCount) outputs have none, the first is \(missing[0])")
  }
}
