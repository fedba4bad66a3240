import COneDNN

/// A primitive together with memory for its arguments, to be run again and again.
///
/// Setting an argument and running allocate nothing of ours.
public final class PrimitiveCall: @unchecked Sendable {
  // Unchecked, because setting and running change it: a call belongs to the thread that computes,
  // and only its making and freeing may happen elsewhere.

  /// What is run.
  public let primitive: Primitive

  private let handle: OpaquePointer
  private let byteCounts: [Int]
  private let alignments: [Int]
  private let isWritten: [Bool]
  /// Keeps the memory of each argument alive; nil for those that have none yet.
  private var owners: [(any MemoryOwner)?]
  private var missingCount: Int

  /// Prepares a call whose arguments have no memory yet.
  ///
  /// - Throws: ``OneDNNError``.
  public init(_ primitive: Primitive) throws(OneDNNError) {
    var made: OpaquePointer?
    let status = odnn_call_create(&made, primitive.handle)
    guard status == ODNN_SUCCESS, let handle = made else {
      throw .failed(name: primitive.name, reason: OneDNNError.reason(status))
    }
    let descriptors = primitive.arguments.map { primitive.descriptor(of: $0) }
    self.primitive = primitive
    self.handle = handle
    self.byteCounts = descriptors.map { $0?.byteCount ?? 0 }
    self.alignments = descriptors.map { $0?.element.byteCount ?? 1 }
    self.isWritten = primitive.arguments.map { primitive.writes($0) }
    self.owners = Array(repeating: nil, count: primitive.arguments.count)
    self.missingCount = primitive.arguments.count
  }

  /// Prepares a call with memory for its arguments; a scratchpad that is not given is made.
  ///
  /// - Throws: ``OneDNNError``, or ``MemoryError`` for the scratchpad.
  public convenience init(
    _ primitive: Primitive, _ memory: [Primitive.Argument: any MemoryOwner]
  ) throws {
    try self.init(primitive)
    for (argument, owner) in memory { set(argument, to: owner) }
    if memory[.scratchpad] == nil, let scratchpad = primitive.descriptor(of: .scratchpad) {
      set(.scratchpad, to: try AlignedBuffer(for: scratchpad))
    }
  }

  deinit { odnn_call_destroy(handle) }

  /// Gives an argument its memory, from a byte on.
  ///
  /// The call keeps the owner alive until the argument gets other memory. That the primitive takes
  /// the argument, that the memory is large enough and that it may be written is checked.
  ///
  /// - Parameters:
  ///   - argument: Which argument.
  ///   - owner: Where its memory is.
  ///   - byteOffset: Where it starts; best a multiple of 64.
  public func set(
    _ argument: Primitive.Argument, to owner: any MemoryOwner, byteOffset: Int = 0
  ) {
    guard let index = primitive.arguments.firstIndex(of: argument) else {
      preconditionFailure("A \(primitive.name) takes no '\(argument)'.")
    }
    set(at: index, to: owner, byteOffset: byteOffset)
  }

  /// Gives the argument at an index of ``Primitive/arguments`` its memory, from a byte on.
  ///
  /// - Parameters:
  ///   - index: Which argument.
  ///   - owner: Where its memory is.
  ///   - byteOffset: Where it starts; best a multiple of 64.
  public func set(at index: Int, to owner: any MemoryOwner, byteOffset: Int = 0) {
    precondition(
      byteOffset >= 0 && byteOffset <= owner.byteCount
        && byteCounts[index] <= owner.byteCount - byteOffset,
      "The \(primitive.arguments[index]) of a \(primitive.name) needs \(byteCounts[index]) bytes"
        + " at byte \(byteOffset) of \(owner.byteCount).")
    precondition(
      owner.isWritable || !isWritten[index],
      "A \(primitive.name) cannot write its \(primitive.arguments[index]) into a mapped file.")
    let address = owner.baseAddress + byteOffset
    precondition(
      UInt(bitPattern: address) % UInt(alignments[index]) == 0,
      "Byte \(byteOffset) is not aligned for the \(primitive.arguments[index]).")
    let status = odnn_call_set(handle, Int32(index), address)
    precondition(status == ODNN_SUCCESS, "oneDNN refused memory: \(OneDNNError.reason(status)).")
    if owners[index] == nil { missingCount -= 1 }
    owners[index] = owner
  }

  /// Runs the primitive with the calling thread's threads and returns when it is done.
  ///
  /// - Throws: ``OneDNNError/failed(name:reason:)``.
  public func execute() throws(OneDNNError) {
    precondition(missingCount == 0, "\(missingCount) arguments of a \(primitive.name) lack memory.")
    let status = odnn_call_execute(handle)
    guard status == ODNN_SUCCESS else {
      throw .failed(name: primitive.name, reason: OneDNNError.reason(status))
    }
  }
}
