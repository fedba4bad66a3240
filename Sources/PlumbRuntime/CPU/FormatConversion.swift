import PlumbGraph
import PlumbKernels

/// Copies of activations from one memory format into another.
enum FormatConversion {
  /// A call that copies all channels, segment by segment where a side has unused lanes.
  static func call(
    from source: Value, _ sourceSlice: BufferSlice, to result: Value, _ resultSlice: BufferSlice
  ) -> KernelCall {
    let calls = runs(source, result).map { run in
      MovementKernels.copyChannels(
        count: run.count, batch: result.shape[0], spatial: result.shape[2] * result.shape[3],
        to: resultSlice, destinationChannels: result.channelsInMemory,
        destinationBlock: result.channelBlock, at: run.to,
        from: sourceSlice, sourceChannels: source.channelsInMemory,
        sourceBlock: source.channelBlock, at: run.from)
    }
    // Lanes without a channel hold zeros.
    var clearing: KernelCall?
    if case .blocked(let map) = result.format, map.hasUnusedLanes {
      clearing = MovementKernels.fill(
        resultSlice, count: result.format.elements(of: result.shape), value: 0)
    }
    return KernelCall(calls.first?.implementation ?? "plumb:copy channels") {
      try clearing?.run()
      for call in calls { try call.run() }
    }
  }

  /// A call that copies some channels of one activation to channels `at` and on of another, whatever
  /// the formats; other channels of the result stay.
  static func channels(
    _ first: Int, _ count: Int, from source: Value, _ sourceSlice: BufferSlice,
    to result: Value, _ resultSlice: BufferSlice, at begin: Int
  ) -> KernelCall {
    var calls: [KernelCall] = []
    for left in source.channelSegments {
      for right in result.channelSegments {
        // In channels of the copied part.
        let low = max(left.logical - first, right.logical - begin, 0)
        let high = min(
          left.logical + left.count - first, right.logical + right.count - begin, count)
        guard low < high else { continue }
        calls.append(
          MovementKernels.copyChannels(
            count: high - low, batch: result.shape[0], spatial: result.shape[2] * result.shape[3],
            to: resultSlice, destinationChannels: result.channelsInMemory,
            destinationBlock: result.channelBlock,
            at: right.physical + begin + low - right.logical,
            from: sourceSlice, sourceChannels: source.channelsInMemory,
            sourceBlock: source.channelBlock,
            at: left.physical + first + low - left.logical))
      }
    }
    // The unused lanes after a run belong to whoever writes its last channel.
    for (lane, unused) in result.unusedLanes(inChannels: begin..<begin + count) {
      calls.append(
        MovementKernels.fillChannels(
          count: unused, batch: result.shape[0], spatial: result.shape[2] * result.shape[3],
          of: resultSlice, channels: result.channelsInMemory, block: result.channelBlock, at: lane,
          value: 0))
    }
    return KernelCall("plumb:copy channels") { for call in calls { try call.run() } }
  }

  /// Runs of channels that are contiguous on both sides, as lanes in memory.
  private static func runs(_ source: Value, _ result: Value) -> [(from: Int, to: Int, count: Int)] {
    let from = source.channelSegments
    let to = result.channelSegments
    var runs: [(from: Int, to: Int, count: Int)] = []
    for left in from {
      for right in to {
        let begin = max(left.logical, right.logical)
        let end = min(left.logical + left.count, right.logical + right.count)
        guard begin < end else { continue }
        runs.append(
          (
            left.physical + begin - left.logical, right.physical + begin - right.logical,
            end - begin
          ))
      }
    }
    return runs
  }
}

extension Value {
  /// Channels that the memory has room for.
  var channelsInMemory: Int {
    if case .blocked(let map) = format { return map.physicalCount }
    return shape[1]
  }

  /// Lanes per block; 1 for plain memory.
  var channelBlock: Int {
    if case .blocked(let map) = format { return map.block }
    return 1
  }

  /// The unused lanes up to the next block after each run of channels that ends in `channels`.
  func unusedLanes(inChannels channels: Range<Int>) -> [(lane: Int, count: Int)] {
    guard case .blocked(let map) = format else { return [] }
    return map.segments.compactMap { segment in
      let end = segment.physical + segment.count
      let unused = (map.block - end % map.block) % map.block
      return channels.contains(segment.logical + segment.count - 1) && unused > 0
        ? (end, unused) : nil
    }
  }

  /// The runs of channels in memory.
  var channelSegments: [ChannelMap.Segment] {
    if case .blocked(let map) = format { return map.segments }
    return [.init(logical: 0, count: shape[1], physical: 0)]
  }
}
