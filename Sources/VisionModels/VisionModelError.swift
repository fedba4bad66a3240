/// Why a vision model could not be built from its file or used.
public enum VisionModelError: Error, Equatable, Sendable {
  /// The file holds weights but does not say what to compute with them.
  case needsArchitecture(file: String)
  /// No architecture of that name is built in.
  case unknownArchitecture(name: String, nearest: String?)
  /// The architecture has no such variant.
  case unknownVariant(architecture: String, variant: String, known: [String])
  /// The file has a graph of its own, so that no architecture can be chosen.
  case architectureOfGraph(file: String, architecture: String)
  /// The checkpoint lacks tensors that the architecture needs.
  case missingTensors(
    file: String, architecture: String, first: String, count: Int, nearest: String?)
  /// The checkpoint has tensors that the architecture does not know.
  case extraTensors(file: String, architecture: String, first: String, count: Int)
  /// A tensor has another shape than the architecture says.
  case wrongShape(file: String, architecture: String, tensor: String, expected: [Int], got: [Int])
  /// A tensor's elements are not real numbers.
  case notReal(file: String, tensor: String, type: String)
  /// A graph has no use for images.
  case unsuitableGraph(file: String, problem: String)
  /// A node of a graph cannot be computed; `node` names it.
  case unsupportedNode(file: String, node: String, problem: String)
  /// The pictures do not suit the model.
  case noClassScores(name: String, height: Int, width: Int)
}

extension VisionModelError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .needsArchitecture(let file):
      return "\(file) holds weights but not what to compute with them; name the architecture with"
        + " --architecture (\(VisionArchitecture.summary)), or export the model to ONNX:"
        + " \(Self.export)."
    case .unknownArchitecture(let name, let nearest):
      let hint = nearest.map { ", such as the similar '\($0)'" } ?? ""
      return "No architecture '\(name)' is built in; use one of \(VisionArchitecture.summary)"
        + "\(hint), or export the model to ONNX: \(Self.export)."
    case .unknownVariant(let architecture, let variant, let known):
      return known.isEmpty
        ? "The architecture '\(architecture)' has no variants, but '\(variant)' is asked for."
        : "The architecture '\(architecture)' has no variant '\(variant)';"
          + " choose one of \(known.joined(separator: ", "))."
    case .architectureOfGraph(let file, let architecture):
      return "\(file) holds its own graph, so the architecture '\(architecture)' does not apply;"
        + " leave it out."
    case .missingTensors(let file, let architecture, let first, let count, let nearest):
      let others = count == 1 ? "" : " and \(count - 1) more that"
      return "\(file) has no tensor '\(first)'\(others.isEmpty ? ", which" : others) the"
        + " architecture '\(architecture)' needs."
        + (nearest.map { " The nearest name is '\($0)'." } ?? "")
    case .extraTensors(let file, let architecture, let first, let count):
      let others = count == 1 ? "" : " and \(count - 1) more"
      return "\(file) has the tensor '\(first)'\(others), which the architecture"
        + " '\(architecture)' does not have; choose another architecture, or export the model to"
        + " ONNX: \(Self.export)."
    case .wrongShape(let file, let architecture, let tensor, let expected, let got):
      return "Tensor '\(tensor)' of \(file) has the shape \(got), but the architecture"
        + " '\(architecture)' needs \(expected)."
    case .notReal(let file, let tensor, let type):
      return "Tensor '\(tensor)' of \(file) holds elements of the type \(type);"
        + " weights must be real numbers."
    case .unsuitableGraph(let file, let problem):
      return "\(file) is no classifier of images: \(problem)."
    case .unsupportedNode(let file, let node, let problem):
      return "\(node) of \(file) cannot be computed: \(problem)."
    case .noClassScores(let name, let height, let width):
      return "'\(name)' gives no class scores for images of \(height) x \(width) pixels."
    }
  }

  private static let export =
    "torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), \"model.onnx\","
    + " dynamo=False)"
}
