import Foundation
import PlumbGraph

// Objectives that compare images with each other or with a picture.
extension ObjectiveGraph {
  /// How alike the Gram matrices of a batch are.
  func diversity(_ layer: String) throws -> Node {
    let x = try value(layer)
    let batch = try batchCount("diversity(\(layer))")
    let channels = x.shape[1]
    let flat = try x.reshaped([batch, channels, x.shape.count / (batch * channels)])
    let grams = try flat.matrixProduct(flat, transposesRight: true)
    // Lucid's 1e-10 keeps a silent layer finite.
    let lengths = try grams.squared().sum(over: [1, 2]).maximum(.fill(1e-10)).squareRoot()
    let normalized = try grams / lengths
    // The products of all pairs are those of the sum with itself, less each with itself.
    let pairs = try normalized.sum(over: [0]).squared().sum() - normalized.squared().sum()
    return try number(pairs / Float(batch))
  }

  /// Two channels, each image with weights that run from one to the other.
  func interpolation(_ first: Objective.Unit, _ last: Objective.Unit) throws -> Node {
    let batch = try batchCount("interpolate")
    let weights = (0..<batch).map { Float($0) / Float(batch - 1) }
    let means = try [(first, weights.map { 1 - $0 }), (last, weights)].map { unit, weights in
      _ = try vocabulary.layer(unit.layer, channels: unit.channel...unit.channel)
      let x = try value(unit.layer).sliced(axis: 1, unit.channel..<unit.channel + 1)
      let perImage = try x.mean(over: Array(1..<x.shape.rank)).reshaped([batch])
      return try number((perImage * .constant(weights, [batch])).sum())
    }
    return try means[0] + means[1]
  }

  /// Minus the squared differences between images at a distance of up to four.
  func alignment(_ layer: String, ratio: Double) throws -> Node {
    let x = try value(layer)
    let batch = try batchCount("alignment(\(layer))")
    var total = Node.fill(0)
    for distance in 1...4 where distance < batch {
      let differences =
        try x.sliced(axis: 0, distance..<batch) - x.sliced(axis: 0, 0..<batch - distance)
      // The mean over each pair, summed over pairs.
      let pairs = Float(batch - distance)
      let weight = pairs / Float(pow(ratio, Double(distance)))
      total = try total - number(differences.squared().mean()) * weight
    }
    return total
  }

  /// Minus the squared distance from a picture's activations, as share of their squared length.
  func inversion(_ layer: String, _ picture: String) throws -> Node {
    let (x, target) = try (value(layer), target(layer, picture))
    let distance = try number((x - target).squared().sum())
    return try distance / (number(target.squared().sum()) + 1e-6) * Float(-1 / Double(x.shape[0]))
  }

  /// The dot product with a picture's activations, times the cosine to a power.
  func caricature(_ layer: String, _ picture: String, cosinePower: Double) throws -> Node {
    let (x, target) = try (value(layer), target(layer, picture))
    let axes = Array(1..<x.shape.rank)
    let dot = try (x * target).sum(over: axes)
    if cosinePower == 0 { return try number(dot.mean()) }
    // Lucid's quotient, which leaves out the length of the image's own activations.
    let cosine = try (dot / (target.norm(over: axes) + 1e-6)).maximum(.fill(0.1))
    return try number((dot * cosine.power(Float(cosinePower))).mean())
  }

  /// A picture's activations under the same transforms, `[1, channel, height, width]`.
  private func target(_ layer: String, _ name: String) throws -> Node {
    guard let picture else { throw ObjectiveProblem.missingPicture(name: name) }
    return try picture(name).layer(layer)
  }

  private func batchCount(_ objective: String) throws -> Int {
    guard image.shape[0] > 1 else {
      throw ObjectiveProblem.needsBatch(objective: objective)
    }
    return image.shape[0]
  }
}
