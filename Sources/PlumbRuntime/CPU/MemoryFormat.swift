import PlumbGraph

/// Where the channels of an activation lie in blocked memory.
///
/// Blocked layouts hold channels in blocks of 8 or 16 lanes. Where tensors share memory with a
/// concatenation of theirs, each begins at a block, so between them there may be unused lanes.
/// Those lanes hold zeros or other finite numbers that zero weights ignore.
struct ChannelMap: Hashable, Sendable {
  /// A run of channels that is contiguous in memory.
  struct Segment: Hashable, Sendable {
    /// The first channel of the tensor.
    let logical: Int
    /// How many channels.
    let count: Int
    /// The first lane in memory.
    let physical: Int
  }

  let segments: [Segment]
  /// Lanes in memory, a multiple of `block`.
  let physicalCount: Int
  let block: Int

  var logicalCount: Int { segments.reduce(0) { $0 + $1.count } }

  /// Whether channel c lies in lane c, for all channels.
  var isDense: Bool {
    var next = 0
    for segment in segments {
      guard segment.physical == segment.logical, segment.logical == next else { return false }
      next += segment.count
    }
    return physicalCount == (next + block - 1) / block * block
  }

  /// Whether there are lanes without a channel.
  var hasUnusedLanes: Bool { physicalCount != logicalCount }

  /// Parts that each begin at a block.
  init(parts: [Int], block: Int) {
    var segments: [Segment] = []
    var (logical, physical) = (0, 0)
    for count in parts where count > 0 {
      if let last = segments.last, last.physical + last.count == physical {
        segments[segments.count - 1] = Segment(
          logical: last.logical, count: last.count + count, physical: last.physical)
      } else {
        segments.append(Segment(logical: logical, count: count, physical: physical))
      }
      logical += count
      physical += (count + block - 1) / block * block
    }
    self.segments = segments
    self.physicalCount = physical
    self.block = block
  }

  private init(segments: [Segment], physicalCount: Int, block: Int) {
    self.segments = segments
    self.physicalCount = physicalCount
    self.block = block
  }

  /// All channels in order without gaps.
  static func dense(_ channels: Int, block: Int) -> ChannelMap {
    ChannelMap(parts: [channels], block: block)
  }

  /// The map of channels `first ..< first + count` seen as a tensor of their own in the same memory,
  /// and the lane at which it begins; `nil` if they do not begin and end at blocks.
  func part(from first: Int, count: Int) -> (map: ChannelMap, lane: Int)? {
    var parts: [Segment] = []
    for segment in segments {
      let begin = max(first, segment.logical)
      let end = min(first + count, segment.logical + segment.count)
      guard begin < end else { continue }
      parts.append(
        Segment(
          logical: begin - first, count: end - begin,
          physical: segment.physical + begin - segment.logical))
    }
    guard let start = parts.first?.physical, let last = parts.last, start % block == 0 else {
      return nil
    }
    let end = last.physical + last.count
    // Lanes after the end must be unused, or they belong to somebody else.
    let roundedEnd = (end + block - 1) / block * block
    if roundedEnd != end {
      let taken = segments.contains { $0.physical < roundedEnd && $0.physical + $0.count > end }
      if taken { return nil }
    }
    let moved = parts.map {
      Segment(logical: $0.logical, count: $0.count, physical: $0.physical - start)
    }
    return (
      ChannelMap(segments: moved, physicalCount: roundedEnd - start, block: block), start
    )
  }
}

/// How a tensor lies in memory.
enum MemoryFormat: Hashable, Sendable {
  /// Row-major.
  case plain
  /// `[batch, block of channels, height, width, lane]`, for tensors of rank 4.
  case blocked(ChannelMap)

  /// Elements in memory of a tensor in this format.
  func elements(of shape: Shape) -> Int {
    switch self {
    case .plain: shape.count
    case .blocked(let map): shape[0] * map.physicalCount * shape[2] * shape[3]
    }
  }
}

/// A tensor in memory: a part of a buffer that the planner places.
struct Value {
  let shape: Shape
  let element: ElementType
  let format: MemoryFormat
  /// The buffer's number.
  let buffer: Int
  /// Where the tensor begins in the buffer, in bytes.
  let offset: Int

  var byteCount: Int { format.elements(of: shape) * 4 }

  /// The element, counted in row-major order, that lies at an index of the memory; `nil` if that is
  /// an unused lane.
  func element(at index: Int) -> Int? {
    guard case .blocked(let map) = format else { return index }
    let spatial = shape[2] * shape[3]
    let (image, rest) = index.quotientAndRemainder(dividingBy: map.physicalCount * spatial)
    let lane = rest / (spatial * map.block) * map.block + rest % map.block
    let place = rest / map.block % spatial
    guard
      let segment = map.segments.first(where: {
        lane >= $0.physical && lane < $0.physical + $0.count
      })
    else { return nil }
    let channel = segment.logical + lane - segment.physical
    return (image * shape[1] + channel) * spatial + place
  }
}
