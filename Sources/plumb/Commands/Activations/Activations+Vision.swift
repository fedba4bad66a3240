import FeatureVisualization
import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime
import VisionModels

extension Activations {
  /// The values of a vision model.
  func visionValues() throws -> (values: [String: Tensor], model: ModelReference) {
    let model = try options.visionModel(model)
    let request = VisionActivations.Request(
      hooks: HookPattern.list(hooks), gradientOf: gradientOf, row: row,
      rule: redirectedRelu.rule(at: 0))
    let input: VisionActivations.Input =
      self.input.hasSuffix(".safetensors")
      ? .preprocessed(try Self.onlyTensor(of: self.input)) : .images(try image(for: model))
    return (try VisionActivations.values(of: model, on: input, request), try model.reference())
  }

  /// The only tensor of a file.
  private static func onlyTensor(of path: String) throws -> Tensor {
    let file = try SafetensorsFile(path: path)
    guard file.names.count == 1 else {
      throw VisionActivationError.notOneTensor(file: path, names: file.names)
    }
    let stored = try file.tensor(file.names[0])
    return try Tensor(Shape(stored.shape), stored.floats())
  }

  /// A picture at the model's size.
  private func image(for model: VisionModel) throws -> Tensor {
    let picture = try ImageFile.read(input)
    let (height, width) = (model.input.height, model.input.width)
    if picture.height != height || picture.width != width {
      Console.note(
        "\(input) has \(picture.height) x \(picture.width) pixels; its center is taken and scaled"
          + " to \(height) x \(width), the model's size.")
    }
    return try Tensor([picture.centerView(height: height, width: width)])
  }
}
