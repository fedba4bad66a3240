import Synchronization

/// Every living node, by structure, so that equal nodes are the same object.
///
/// The table holds nodes weakly: a graph nobody refers to is freed.
final class NodeTable: Sendable {
  static let shared = NodeTable()

  private struct Entry {
    weak var node: Node?
  }

  private let entries = Mutex<[Int: [Entry]]>([:])

  /// Returns the living node with this structure, or makes it.
  func intern<Kind: Operation>(_ operation: Kind, _ inputs: [Node], _ type: TensorType) -> Node {
    var hasher = Hasher()
    hasher.combine(ObjectIdentifier(Kind.self))
    hasher.combine(operation)
    for input in inputs { hasher.combine(ObjectIdentifier(input)) }
    let hash = hasher.finalize()

    // A node whose last reference goes away elsewhere must not be freed while the lock is held,
    // because its deinit takes the lock too: hold what is looked at until after.
    var held: [Node] = []
    return entries.withLock { entries in
      for entry in entries[hash, default: []] {
        guard let node = entry.node else { continue }
        held.append(node)
        if node.inputs.elementsEqual(inputs, by: ===), let other = node.operation as? Kind,
          other == operation
        {
          return node
        }
      }
      let node = Node(operation: operation, inputs: inputs, type: type, structuralHash: hash)
      entries[hash, default: []].append(Entry(node: node))
      return node
    }
  }

  /// Drops the entries of freed nodes under this hash.
  func forget(_ hash: Int) {
    var held: [Node] = []
    entries.withLock { entries in
      guard var bucket = entries[hash] else { return }
      bucket.removeAll { entry in
        guard let node = entry.node else { return true }
        held.append(node)
        return false
      }
      entries[hash] = bucket.isEmpty ? nil : bucket
    }
    held.removeAll()
  }
}
