import PlumbGraph
import PlumbKernels
import PlumbText
import Synchronization

/// The weights that programs run on, by name, with everything that was derived from them.
///
/// Programs that share a store share its memory: packed weights exist once however many programs
/// were compiled for different input sizes.
///
/// `@unchecked Sendable`: tables are behind a lock; the memory of a parameter changes only through
/// ``set(_:_:)`` and the programs that update it, which run one at a time.
public final class ParameterStore: @unchecked Sendable {
  private struct Entry {
    let type: TensorType
    let memory: AlignedBuffer
    /// Whether something was derived from it that a change would leave stale.
    var isFrozen = false
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var derivations: [Node: [(key: DerivationKey, memory: AlignedBuffer)]] = [:]
  }

  private let state = Mutex(State())
  /// The store behind this one, whose parameters are seen here too.
  private let base: ParameterStore?

  /// Creates a store without parameters.
  public init() { base = nil }

  /// Creates a store that adds parameters of its own to those of another.
  ///
  /// Programs that run on different stores over the same one share its memory and its packed
  /// weights. A name that is in both means this one's.
  ///
  /// - Parameters:
  ///   - base: The store behind this one; setting a parameter here never changes it.
  ///   - parameters: The parameters to add.
  /// - Throws: ``RuntimeError`` if memory runs out.
  public init(over base: ParameterStore, adding parameters: [String: Tensor]) throws {
    self.base = base
    for (name, tensor) in parameters { try set(name, tensor) }
  }

  /// Creates a store of these parameters.
  public convenience init(_ parameters: [String: Tensor]) throws {
    self.init()
    for (name, tensor) in parameters { try set(name, tensor) }
  }

  /// The names of all parameters, sorted.
  public var names: [String] {
    let own = state.withLock { $0.entries.keys.sorted() }
    guard let base else { return own }
    return Set(own).union(base.names).sorted()
  }

  /// Binds a parameter or changes its value.
  ///
  /// - Throws: ``RuntimeError/wrongShape(name:expected:got:)`` if it is bound with another shape;
  ///   ``RuntimeError/frozenParameter(name:)`` if a program has been compiled that computes with it
  ///   once and for all.
  public func set(_ name: String, _ tensor: Tensor) throws {
    let type = TensorType(tensor.shape, tensor.element)
    let existing = state.withLock { $0.entries[name] }
    if let existing {
      guard existing.type == type else {
        throw RuntimeError.wrongShape(name: name, expected: existing.type, got: type)
      }
      guard !existing.isFrozen else { throw RuntimeError.frozenParameter(name: name) }
      write(tensor, to: existing.memory)
    } else {
      let memory = try AlignedBuffer(byteCount: max(tensor.elements.count * 4, 4))
      write(tensor, to: memory)
      state.withLock { $0.entries[name] = Entry(type: type, memory: memory) }
    }
  }

  /// The value of a parameter.
  public func value(_ name: String) throws(RuntimeError) -> Tensor {
    guard let entry = state.withLock({ $0.entries[name] }) else {
      if let base, base.type(of: name) != nil { return try base.value(name) }
      throw .missingParameter(name: name, nearest: names.nearest(to: name))
    }
    let slice = BufferSlice(entry.memory)
    let count = entry.type.shape.count
    let elements =
      entry.type.element == .float
      ? slice.read(count) : slice.readIndices(count).map { Float($0) }
    return Tensor(unchecked: entry.type.shape, elements, entry.type.element)
  }

  /// The type of a parameter, or `nil` if it is not bound.
  public func type(of name: String) -> TensorType? {
    state.withLock { $0.entries[name]?.type } ?? base?.type(of: name)
  }

  /// The memory of a parameter.
  func memory(
    of parameter: Parameter, freezing: Bool
  ) throws(RuntimeError) -> BufferSlice {
    let entry = state.withLock { state -> Entry? in
      if freezing { state.entries[parameter.label]?.isFrozen = true }
      return state.entries[parameter.label]
    }
    guard let entry else {
      if let base, base.type(of: parameter.label) != nil {
        return try base.memory(of: parameter, freezing: freezing)
      }
      throw .missingParameter(
        name: parameter.label, nearest: names.nearest(to: parameter.label))
    }
    guard entry.type == parameter.type else {
      throw .wrongShape(name: parameter.label, expected: parameter.type, got: entry.type)
    }
    return BufferSlice(entry.memory)
  }

  /// Memory that was derived from a frozen value, made by `make` the first time.
  func derivation(
    of node: Node, key: DerivationKey, _ make: () throws -> AlignedBuffer
  ) throws -> AlignedBuffer {
    // What is frozen never depends on this store's own parameters unless it shadows the base's.
    if let base, !dependsOnOwn(node) { return try base.derivation(of: node, key: key, make) }
    let known = state.withLock { state in
      state.derivations[node, default: []].first { $0.key == key }?.memory
    }
    if let known { return known }
    let memory = try make()
    state.withLock { $0.derivations[node, default: []].append((key, memory)) }
    return memory
  }

  /// Whether the value of a frozen node is here already.
  func hasDerivation(of node: Node, key: DerivationKey) -> Bool {
    if let base, !dependsOnOwn(node) { return base.hasDerivation(of: node, key: key) }
    return state.withLock { state in
      state.derivations[node, default: []].contains { $0.key == key }
    }
  }

  /// Whether a value is computed from a parameter of this store rather than of the one behind it.
  private func dependsOnOwn(_ node: Node) -> Bool {
    let own = state.withLock { Set($0.entries.keys) }
    return Graph(["value": node]).parameters.contains { own.contains($0.label) }
  }

  /// How many pieces of memory were derived from frozen values.
  var derivationCount: Int { state.withLock { $0.derivations.values.reduce(0) { $0 + $1.count } } }

  private func write(_ tensor: Tensor, to memory: AlignedBuffer) {
    if tensor.element == .float {
      BufferSlice(memory).write(tensor.elements)
    } else {
      BufferSlice(memory).writeIndices(tensor.elements)
    }
  }
}

/// What a piece of derived memory holds.
enum DerivationKey: Equatable {
  /// The value itself in row-major order.
  case value
  /// The weights of a convolution in memory order, channels moved to their lanes.
  case lanes(output: ChannelMap?, input: ChannelMap?)
  /// In the layout that a primitive asked for.
  case packed(from: Lanes, MemoryDescriptor)
  /// Transformed for minimal filtering, of the convolution or of the gradient for its source.
  case transformed(from: Lanes, isGradient: Bool)
  /// A matrix, or the same seen as transposed, in the layout that a primitive asked for.
  case packedMatrix(from: MemoryDescriptor, MemoryDescriptor)

  /// Which lanes the packed weights were moved to first.
  struct Lanes: Equatable {
    let output: ChannelMap?
    let input: ChannelMap?
  }
}
