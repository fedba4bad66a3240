import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import PlumbText

/// A decoder transformer: what it computes and its weights, in one layout whatever file they are of.
///
/// The parameters have the names and shapes of ``TransformerConfiguration/parameterShapes``.
public struct TransformerModel: Sendable {
  /// What it computes.
  public let configuration: TransformerConfiguration
  /// The weights.
  public let parameters: ParameterStore
  /// Tensors of the checkpoint that the model does not need, such as another task's head.
  public let unusedTensors: [String]

  /// How the weights were stored, to save them in the same way.
  private let weights: [StoredWeight]
  private let types: [String: StoredType]
  private let configurationFile: Data?

  /// Creates a model of these weights.
  ///
  /// - Throws: `RuntimeError` if a parameter is missing or has another shape.
  public init(
    _ configuration: TransformerConfiguration, parameters: ParameterStore
  ) throws(RuntimeError) {
    for (name, shape) in configuration.parameterShapes {
      guard let type = parameters.type(of: name) else {
        throw .missingParameter(name: name, nearest: parameters.names.nearest(to: name))
      }
      guard type == TensorType(shape) else {
        throw .wrongShape(name: name, expected: TensorType(shape), got: type)
      }
    }
    self.init(
      configuration, parameters,
      weights: StoredNames(
        configuration,
        unembedding: configuration.family == .gptNeoX ? "embed_out.weight" : "lm_head.weight"
      ).weights)
  }

  private init(
    _ configuration: TransformerConfiguration, _ parameters: ParameterStore,
    weights: [StoredWeight], types: [String: StoredType] = [:], configurationFile: Data? = nil,
    unusedTensors: [String] = []
  ) {
    self.configuration = configuration
    self.parameters = parameters
    self.weights = weights
    self.types = types
    self.configurationFile = configurationFile
    self.unusedTensors = unusedTensors
  }

  // MARK: Loading

  /// Reads a folder as Hugging Face stores models: `config.json` and `model.safetensors`, or
  /// `model.safetensors.index.json` with the files it names.
  ///
  /// - Parameter folder: The path of the folder.
  /// - Returns: The model, its weights as 32-bit floats.
  /// - Throws: ``TransformerError`` if the configuration or a shape is wrong,
  ///   `SafetensorsError` if a file is damaged or lacks a tensor.
  public static func load(from folder: String) throws -> TransformerModel {
    let (configuration, data) = try configuration(in: folder)
    return try load(configuration, from: try checkpoint(in: folder), configurationFile: data)
  }

  /// What the `config.json` of a folder says, and its bytes.
  static func configuration(
    in folder: String
  ) throws(TransformerError) -> (TransformerConfiguration, Data) {
    let file = URL(fileURLWithPath: folder).appendingPathComponent("config.json")
    guard let data = FileManager.default.contents(atPath: file.path) else {
      throw .unreadable(file: file.path, reason: "no such file")
    }
    return (try TransformerConfiguration(configuration: data, path: file.path), data)
  }

  /// Reads the weights of a model from a checkpoint with its family's names.
  ///
  /// - Parameters:
  ///   - configuration: What the model computes.
  ///   - checkpoint: Where the tensors are.
  /// - Returns: The model.
  /// - Throws: ``TransformerError`` if a shape is wrong; what the checkpoint throws if a tensor is
  ///   missing.
  public static func load(
    _ configuration: TransformerConfiguration, from checkpoint: some Checkpoint
  ) throws -> TransformerModel {
    try load(configuration, from: checkpoint, configurationFile: nil)
  }

  private static func load(
    _ configuration: TransformerConfiguration, from checkpoint: any Checkpoint,
    configurationFile: Data?
  ) throws -> TransformerModel {
    let present = Set(checkpoint.names)
    let names = StoredNames(configuration, in: present)
    let parameters = ParameterStore()
    var types: [String: StoredType] = [:]
    for weight in names.weights {
      let stored = try stored(weight, in: checkpoint)
      types[weight.name] = stored.type
      for (name, tensor) in try weight.parts(of: stored.floats()) {
        try parameters.set(name, tensor)
      }
    }
    let unused = present.subtracting(types.keys).filter { !names.isIgnored($0) }.sorted()
    return TransformerModel(
      configuration, parameters, weights: names.weights, types: types,
      configurationFile: configurationFile, unusedTensors: unused)
  }

  /// A tensor of the checkpoint, which must have the shape that the configuration says.
  static func stored(
    _ weight: StoredWeight, in checkpoint: any Checkpoint
  ) throws -> StoredTensor {
    let stored = try checkpoint.tensor(weight.name)
    guard stored.shape == weight.shape else {
      throw TransformerError.wrongShape(
        file: checkpoint.path, tensor: weight.name, expected: weight.shape, got: stored.shape)
    }
    guard stored.type.isFloatingPoint else {
      throw TransformerError.notReal(
        file: checkpoint.path, tensor: weight.name, type: stored.type)
    }
    return stored
  }

  static func checkpoint(in folder: String) throws -> any Checkpoint {
    let base = URL(fileURLWithPath: folder)
    let single = base.appendingPathComponent("model.safetensors").path
    if FileManager.default.fileExists(atPath: single) { return try SafetensorsFile(path: single) }
    let index = base.appendingPathComponent("model.safetensors.index.json").path
    if FileManager.default.fileExists(atPath: index) {
      return try SafetensorsShards(indexPath: index)
    }
    throw TransformerError.noWeights(folder: folder)
  }

  // MARK: Saving

  /// Writes `config.json` and `model.safetensors` into a folder, which is made if need be.
  ///
  /// Names and orientation are those of the checkpoint the model was read from, or of its family's
  /// files if the model was made here.
  ///
  /// - Parameters:
  ///   - folder: The path of the folder.
  ///   - type: How the weights are stored, `float32`, `float16` or `bfloat16`; `nil` for the types
  ///     of the checkpoint, or 32 bits if there was none. Weights that do not fit are rounded.
  /// - Throws: ``TransformerError/unwritable(file:reason:)`` or
  ///   `SafetensorsError.unwritable(file:reason:)`.
  public func save(to folder: String, as type: StoredType? = nil) throws {
    var tensors: [String: StoredTensor] = [:]
    for weight in weights {
      let values = weight.joined(try weight.parameters.map { try parameters.value($0) })
      let type = type ?? types[weight.name] ?? .float32
      tensors[weight.name] = StoredTensor(
        values, shape: weight.shape, as: type == .float64 ? .float32 : type)
    }
    let base = URL(fileURLWithPath: folder)
    let file = base.appendingPathComponent("config.json")
    var description = try configurationFile ?? configuration.configurationFile()
    if let type {
      description = try ConfigurationFile(description, path: file.path).data(storedAs: type)
    }
    do {
      try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
      try description.write(to: file, options: .atomic)
    } catch {
      throw TransformerError.unwritable(file: file.path, reason: error.localizedDescription)
    }
    // transformers wants to know that the tensors are laid out as PyTorch has them.
    try SafetensorsWriter.write(
      tensors, metadata: ["format": "pt"],
      to: base.appendingPathComponent("model.safetensors").path)
  }
}
