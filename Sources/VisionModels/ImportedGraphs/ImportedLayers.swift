import PlumbGraph

/// The network that was read from a graph file, as it is being built.
struct ImportedLayers {
  /// Every value with a name so far.
  private(set) var layers: [VisionNetwork.Layer] = []
  private var names: Set<String> = []

  /// Notes a value under a name and returns it as a hook point; a name that is taken gets a number.
  mutating func add(_ node: Node, _ name: String) -> Node {
    var unique = name
    var number = 2
    while !names.insert(unique).inserted {
      unique = "\(name)_\(number)"
      number += 1
    }
    let named = node.named(unique)
    layers.append(.init(name: unique, node: named))
    return named
  }

  /// Whether a name is still free.
  func isFree(_ name: String) -> Bool { !names.contains(name) }
}
