import PlumbKernels

/// Places buffers whose lifetimes do not overlap in the same memory.
///
/// Largest first, each at the lowest address that is free while it lives: within a few percent of
/// the least possible for networks.
struct MemoryPlanner {
  /// Where each buffer lies.
  let placement: Placement
  /// The shared memory.
  let arena: BufferSlice

  private struct Lifetime {
    var first = Int.max
    var last = -1
  }

  /// Places the buffers of a lowering.
  ///
  /// - Parameters:
  ///   - lowering: All steps.
  ///   - memory: Memory shared with other programs; `nil` for memory of its own.
  /// - Throws: `MemoryError` if there is not enough.
  init(_ lowering: Lowering, in memory: WorkingMemory? = nil) throws {
    var buffers = lowering.buffers
    var lifetimes = Array(repeating: Lifetime(), count: buffers.count)
    for (index, step) in lowering.steps.enumerated() {
      for value in step.reads + step.writes {
        lifetimes[value.buffer].first = min(lifetimes[value.buffer].first, index)
        lifetimes[value.buffer].last = max(lifetimes[value.buffer].last, index)
      }
    }
    for index in buffers.indices where buffers[index].isKept {
      lifetimes[index].last = lowering.steps.count
    }

    // An element-wise step may overwrite its operand if that dies here.
    var owner = Array(buffers.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while owner[index] != index { index = owner[index] }
      return index
    }
    for (index, step) in lowering.steps.enumerated() where step.mayRunInPlace {
      guard let result = step.writes.first, buffers[result.buffer].fixed == nil,
        lifetimes[result.buffer].first == index, root(result.buffer) == result.buffer
      else { continue }
      for operand in step.reads {
        let source = root(operand.buffer)
        guard source != result.buffer, buffers[source].fixed == nil,
          lifetimes[source].last == index, operand.offset == 0, result.offset == 0,
          buffers[source].byteCount == buffers[result.buffer].byteCount,
          operand.byteCount == result.byteCount, operand.format == result.format,
          // Another part of the same memory, such as a row taken from all rows, is read after the
          // first element has been overwritten.
          step.reads.allSatisfy({
            root($0.buffer) != source
              || ($0.offset == operand.offset && $0.byteCount == operand.byteCount
                && $0.format == operand.format)
          })
        else { continue }
        owner[result.buffer] = source
        lifetimes[source].last = lifetimes[result.buffer].last
        break
      }
    }

    let order = buffers.indices
      .filter { buffers[$0].fixed == nil && owner[$0] == $0 && lifetimes[$0].last >= 0 }
      .sorted { (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0) }
    var placed: [(range: Range<Int>, lifetime: Lifetime)] = []
    var offsets: [Int: Int] = [:]
    var arenaBytes = 0
    for index in order {
      let size = (buffers[index].byteCount + 63) / 64 * 64
      let lifetime = lifetimes[index]
      let taken =
        placed
        .filter { $0.lifetime.first <= lifetime.last && lifetime.first <= $0.lifetime.last }
        .map(\.range).sorted { $0.lowerBound < $1.lowerBound }
      var offset = 0
      for range in taken {
        if range.lowerBound >= offset + size { break }
        offset = max(offset, range.upperBound)
      }
      offsets[index] = offset
      placed.append((offset..<offset + size, lifetime))
      arenaBytes = max(arenaBytes, offset + size)
    }

    let arena =
      try memory?.buffer(of: arenaBytes) ?? AlignedBuffer(byteCount: arenaBytes, zeroed: true)
    for (index, offset) in offsets {
      buffers[index].fixed = BufferSlice(
        arena, byteOffset: offset, byteCount: buffers[index].byteCount)
    }
    for index in buffers.indices where owner[index] != index {
      buffers[index].fixed = buffers[root(index)].fixed
    }
    // A buffer that no step uses has no memory; it is never asked for.
    let nothing = BufferSlice(arena, byteCount: 0)
    self.placement = Placement(slices: buffers.map { $0.fixed ?? nothing })
    self.arena = BufferSlice(arena, byteCount: arenaBytes)
  }
}
