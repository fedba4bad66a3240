import PlumbFiles
import PlumbGraph

/// A value of a graph file while its graph is built for an input of some size.
enum GraphValue {
  /// Depends on the input.
  case node(Node)
  /// A tensor of the file, which becomes a parameter where it is computed with.
  case weight(label: String, StoredTensor)
  /// A tensor whose numbers are in the parameter store already.
  case parameter(label: String, shape: [Int])
  /// Numbers that decide what is computed.
  case known(KnownNumbers)
  /// Not to be had for this size of input.
  case unavailable

  /// The shape, if there is a value.
  var shape: [Int]? {
    switch self {
    case .node(let node): node.shape.sizes
    case .weight(_, let tensor): tensor.shape
    case .parameter(_, let shape): shape
    case .known(let numbers): numbers.shape
    case .unavailable: nil
    }
  }

  /// The numbers, if they are known and few.
  var known: KnownNumbers? {
    switch self {
    case .known(let numbers): numbers
    case .weight(_, let tensor): KnownNumbers(tensor)
    case .node, .parameter, .unavailable: nil
    }
  }
}
