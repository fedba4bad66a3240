import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import PlumbText

/// Where the numbers of a parameter lie in a stored tensor.
public struct StoredParameter: Sendable {
  /// Outputs whose weights lie at one distance from each other.
  public struct Run: Sendable, Hashable {
    /// The parameter's columns.
    public let outputs: Range<Int>
    /// The element of the first column's first row.
    public let offset: Int
    /// Elements from column to column.
    public let outputStride: Int
    /// Elements from row to row.
    public let inputStride: Int
  }

  /// The tensor, whose bytes may be those of a file.
  public let tensor: StoredTensor
  /// The runs, which together are all columns, in order.
  public let runs: [Run]
}

/// Something that has a transformer's parameters, to be read one at a time.
public protocol TransformerParameters {
  /// What the parameters make.
  var configuration: TransformerConfiguration { get }
  /// The numbers of a parameter in row-major order, with the shape that
  /// ``TransformerConfiguration/parameterShapes`` says.
  func values(of parameter: String) throws -> [Float]
  /// Where a matrix `[in, out]` lies in memory that need not be copied, or `nil` if it does not.
  func stored(_ parameter: String) throws -> StoredParameter?
}

extension TransformerModel: TransformerParameters {
  /// The numbers of a parameter in row-major order.
  public func values(of parameter: String) throws -> [Float] {
    try parameters.value(parameter).elements
  }

  /// Always `nil`: a model's parameters can change.
  public func stored(_ parameter: String) -> StoredParameter? { nil }
}

/// A Hugging Face folder whose weights stay in their files until they are asked for.
public struct TransformerCheckpoint: TransformerParameters, Sendable {
  /// What the weights make.
  public let configuration: TransformerConfiguration
  private let checkpoint: any Checkpoint
  private let places: [String: (weight: StoredWeight, part: Int)]

  /// Opens a folder and checks that every tensor is there with the shape it must have.
  ///
  /// - Parameter folder: A folder with `config.json` and safetensors, single or sharded.
  /// - Throws: ``TransformerError`` or `SafetensorsError`.
  public init(contentsOf folder: String) throws {
    (configuration, _) = try TransformerModel.configuration(in: folder)
    checkpoint = try TransformerModel.checkpoint(in: folder)
    var places: [String: (weight: StoredWeight, part: Int)] = [:]
    for weight in StoredNames(configuration, in: Set(checkpoint.names)).weights {
      _ = try TransformerModel.stored(weight, in: checkpoint)
      for (part, parameter) in weight.parameters.enumerated() {
        places[parameter] = (weight, part)
      }
    }
    self.places = places
  }

  private func place(
    of parameter: String
  ) throws(RuntimeError) -> (weight: StoredWeight, part: Int) {
    guard let place = places[parameter] else {
      throw .missingParameter(
        name: parameter, nearest: places.keys.sorted().nearest(to: parameter))
    }
    return place
  }

  /// The numbers of a parameter in row-major order.
  ///
  /// - Throws: `RuntimeError.missingParameter(name:nearest:)`.
  public func values(of parameter: String) throws -> [Float] {
    let (weight, part) = try place(of: parameter)
    return try weight.parts(of: checkpoint.tensor(weight.name).floats())[part].tensor.elements
  }

  /// Where a matrix lies in its file; `nil` for 64-bit numbers.
  ///
  /// - Throws: `RuntimeError.missingParameter(name:nearest:)`.
  public func stored(_ parameter: String) throws -> StoredParameter? {
    let (weight, part) = try place(of: parameter)
    let tensor = try checkpoint.tensor(weight.name)
    guard tensor.shape.count == 2, [.float32, .float16, .bfloat16].contains(tensor.type) else {
      return nil
    }
    return StoredParameter(tensor: tensor, runs: weight.runs(ofPart: part))
  }
}

extension StoredWeight {
  /// Where the columns of one of the parameters lie; the tensor is a matrix.
  func runs(ofPart part: Int) -> [StoredParameter.Run] {
    let (rows, columns) = (shape[0], shape[1])
    switch layout {
    case .same:
      return [.init(outputs: 0..<columns, offset: 0, outputStride: 1, inputStride: columns)]
    case .transposed:
      return [.init(outputs: 0..<rows, offset: 0, outputStride: columns, inputStride: 1)]
    case .columns:
      let width = columns / parameters.count
      return [
        .init(outputs: 0..<width, offset: part * width, outputStride: 1, inputStride: columns)
      ]
    case .headRows(let heads):
      let size = rows / (heads * parameters.count)
      return (0..<heads).map { head in
        .init(
          outputs: head * size..<(head + 1) * size,
          offset: (head * parameters.count + part) * size * columns, outputStride: columns,
          inputStride: 1)
      }
    }
  }
}
