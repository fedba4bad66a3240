/// Why a scan could not be made, saved or read.
public enum ExampleScanError: Error, Equatable, Sendable {
  /// The earlier scan is of other images, layers, sizes or weights.
  case otherScan
  /// The file is no scan.
  case noScan(file: String)
  /// The file is a damaged scan.
  case damaged(file: String, tensor: String)
  /// The scan is of another model.
  case otherModel(file: String, model: String, needed: String)
  /// The scan does not have the layer.
  case missingLayer(file: String, layer: String, known: [String])
}

extension ExampleScanError: CustomStringConvertible {
  /// What went wrong and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .otherScan:
      return "The saved scan is of other images, layers or weights; remove it or save to another "
        + "file."
    case .noScan(let file):
      return "\(file) is no scan; make one with 'plumb examples ... --save \(file)'."
    case .damaged(let file, let tensor):
      return "\(file) is a damaged scan: '\(tensor)' does not fit the rest; scan again."
    case .otherModel(let file, let model, let needed):
      return "\(file) is a scan of \(model), not of \(needed); scan again with this model."
    case .missingLayer(let file, let layer, let known):
      return "\(file) has no layer '\(layer)', only \(known.joined(separator: ", ")); scan again "
        + "with --layers \(layer)."
    }
  }
}
