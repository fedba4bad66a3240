import PlumbGraph

/// Why a program could not be compiled or run.
public enum RuntimeError: Error, Equatable, Sendable {
  /// A tensor was given another number of elements than its shape has.
  case wrongCount(shape: Shape, got: Int)
  /// A run lacks an input, or got one that the program does not have.
  case unknownInput(name: String, nearest: String?)
  /// An input that the program needs was never set.
  case missingInput(name: String)
  /// A parameter that the program needs is not in the store.
  case missingParameter(name: String, nearest: String?)
  /// A parameter is to change although a program has computed with it once and for all.
  case frozenParameter(name: String)
  /// The program has no output of this name.
  case unknownOutput(name: String, nearest: String?)
  /// The program has not run, or another has run since in the memory that it shares.
  case lostOutput(name: String)
  /// A tensor has another shape than the graph says.
  case wrongShape(name: String, expected: TensorType, got: TensorType)
  /// An index input holds a value outside its range.
  case indexOutOfRange(name: String, value: Int, limit: Int)
  /// A value became NaN or infinite; `node` is the first that did.
  case nonFinite(node: String, index: Int)
  /// The device does not offer what the graph asks for.
  case unsupported(operation: String, reason: String)
  /// The options do not fit the machine.
  case precisionUnavailable(precision: String, reason: String)
}

extension RuntimeError: CustomStringConvertible {
  /// What went wrong, with which values; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .wrongCount(let shape, let got):
      return "A tensor of the shape \(shape) has \(shape.count) elements, but got \(got)."
    case .unknownInput(let name, let nearest):
      let hint = nearest.map { " The nearest name is '\($0)'." } ?? ""
      return "The program has no input named '\(name)'.\(hint)"
    case .missingInput(let name):
      return "The input '\(name)' was not set; set it before the program runs."
    case .missingParameter(let name, let nearest):
      let hint = nearest.map { " The nearest name is '\($0)'." } ?? ""
      return "No parameter named '\(name)' is bound.\(hint)"
    case .frozenParameter(let name):
      return "The parameter '\(name)' cannot change, because a program was compiled that computes "
        + "with it once; declare it as updated, or bind the new value in a new store."
    case .unknownOutput(let name, let nearest):
      let hint = nearest.map { " The nearest name is '\($0)'." } ?? ""
      return "The program has no output named '\(name)'.\(hint)"
    case .lostOutput(let name):
      return "The output '\(name)' is not there; run the program, and read it before another one "
        + "runs in the same working memory."
    case .wrongShape(let name, let expected, let got):
      return "'\(name)' needs the shape \(expected), but got \(got)."
    case .indexOutOfRange(let name, let value, let limit):
      return "'\(name)' holds the index \(value), but only 0 to \(limit - 1) exist."
    case .nonFinite(let node, let index):
      return "\(node) is not finite at element \(index); it is the first value that is not."
    case .unsupported(let operation, let reason):
      return "\(operation) cannot run on this device: \(reason)."
    case .precisionUnavailable(let precision, let reason):
      return "The precision '\(precision)' is not available: \(reason)."
    }
  }
}
