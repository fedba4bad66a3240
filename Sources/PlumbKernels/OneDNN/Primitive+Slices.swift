extension Primitive {
  /// A call on slices of memory, one per argument.
  ///
  /// - Throws: ``OneDNNError``.
  public func call(_ memory: [Argument: BufferSlice]) throws(OneDNNError) -> KernelCall {
    let call = try PrimitiveCall(self)
    for (argument, slice) in memory {
      let needed = descriptor(of: argument)?.byteCount ?? 0
      precondition(
        needed <= slice.byteCount,
        "The \(argument) of a \(name) needs \(needed) bytes, not \(slice.byteCount).")
      call.set(argument, to: slice.buffer, byteOffset: slice.byteOffset)
    }
    return KernelCall(implementation) { try call.execute() }
  }

  /// The descriptor of an argument that the primitive is known to take.
  public func required(_ argument: Argument) -> MemoryDescriptor {
    guard let descriptor = descriptor(of: argument) else {
      preconditionFailure("A \(name) takes no '\(argument)'.")
    }
    return descriptor
  }

  /// The bytes of memory that the primitive needs to work in.
  public var scratchpadBytes: Int { descriptor(of: .scratchpad)?.byteCount ?? 0 }
}
