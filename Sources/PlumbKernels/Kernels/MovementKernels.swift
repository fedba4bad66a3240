import CKernels

/// Kernels that move elements about.
public enum MovementKernels {
  /// Copies `sizes` elements between two strided views; offsets and strides count elements of
  /// `elementBytes` bytes.
  ///
  /// Transposes, slices, concatenations and broadcasts (stride 0) are all of this kind.
  public static func copy(
    sizes: [Int], to destination: BufferSlice, destinationOffset: Int = 0,
    strides destinationStrides: [Int], from source: BufferSlice, sourceOffset: Int = 0,
    strides sourceStrides: [Int], elementBytes: Int = 4
  ) -> KernelCall {
    KernelCall("plumb:copy") {
      copyNow(
        sizes: sizes, to: destination, destinationOffset: destinationOffset,
        strides: destinationStrides, from: source, sourceOffset: sourceOffset,
        strides: sourceStrides, elementBytes: elementBytes)
    }
  }

  /// Does what ``copy(sizes:to:destinationOffset:strides:from:sourceOffset:strides:elementBytes:)``
  /// prepares.
  public static func copyNow(
    sizes: [Int], to destination: BufferSlice, destinationOffset: Int = 0,
    strides destinationStrides: [Int], from source: BufferSlice, sourceOffset: Int = 0,
    strides sourceStrides: [Int], elementBytes: Int = 4
  ) {
    guard sizes.allSatisfy({ $0 > 0 }) else { return }
    checkExtent(sizes, destinationStrides, destinationOffset, destination, elementBytes)
    checkExtent(sizes, sourceStrides, sourceOffset, source, elementBytes)
    var (extents, to, from) = (sizes, destinationStrides, sourceStrides)
    merge(&extents, &to, &from)
    withExtendedLifetime((destination, source)) {
      ck_copy_strided(
        destination.rawPointer + destinationOffset * elementBytes, to.map(Int64.init),
        source.rawPointer + sourceOffset * elementBytes, from.map(Int64.init),
        extents.map(Int64.init), Int32(extents.count), Int32(elementBytes))
    }
  }

  /// Joins neighboring dimensions that both views step through evenly, so that the rank stays small.
  private static func merge(_ sizes: inout [Int], _ first: inout [Int], _ second: inout [Int]) {
    var kept: [(size: Int, first: Int, second: Int)] = []
    for axis in sizes.indices where sizes[axis] != 1 {
      let next = (sizes[axis], first[axis], second[axis])
      if let last = kept.last, last.first == next.0 * next.1, last.second == next.0 * next.2 {
        kept[kept.count - 1] = (last.size * next.0, next.1, next.2)
      } else {
        kept.append(next)
      }
    }
    if kept.isEmpty { kept = [(1, 1, 1)] }
    sizes = kept.map(\.size)
    first = kept.map(\.first)
    second = kept.map(\.second)
    precondition(sizes.count <= 8, "a copy of rank \(sizes.count)")
  }

  private static func checkExtent(
    _ sizes: [Int], _ strides: [Int], _ offset: Int, _ slice: BufferSlice, _ elementBytes: Int
  ) {
    let last = zip(sizes, strides).reduce(offset) { $0 + ($1.0 - 1) * max($1.1, 0) }
    let first = zip(sizes, strides).reduce(offset) { $0 + ($1.0 - 1) * min($1.1, 0) }
    precondition(
      first >= 0 && (last + 1) * elementBytes <= slice.byteCount,
      "a copy of elements \(first) to \(last) leaves a slice of \(slice.byteCount) bytes")
  }

  /// Copies channels between two activations in any layouts.
  public static func copyChannels(
    count: Int, batch: Int, spatial: Int, to destination: BufferSlice,
    destinationChannels: Int, destinationBlock: Int, at destinationBegin: Int,
    from source: BufferSlice, sourceChannels: Int, sourceBlock: Int, at sourceBegin: Int
  ) -> KernelCall {
    let destinationShape = ActivationShape(
      batch: batch, channels: destinationChannels, spatial: spatial, block: destinationBlock)
    let sourceShape = ActivationShape(
      batch: batch, channels: sourceChannels, spatial: spatial, block: sourceBlock)
    let to = destination.pointer(to: Float.self, count: destinationShape.elements)
    let from = source.pointer(to: Float.self, count: sourceShape.elements)
    return KernelCall("plumb:copy channels") {
      withExtendedLifetime((destination, source)) {
        ck_copy_channels(
          to,
          ck_channel_layout(channels: Int64(destinationChannels), block: Int32(destinationBlock)),
          Int64(destinationBegin), from,
          ck_channel_layout(channels: Int64(sourceChannels), block: Int32(sourceBlock)),
          Int64(sourceBegin), Int64(count), Int64(batch), Int64(spatial))
      }
    }
  }

  /// Sets some lanes of an activation to a value.
  public static func fillChannels(
    count: Int, batch: Int, spatial: Int, of destination: BufferSlice, channels: Int, block: Int,
    at begin: Int, value: Float
  ) -> KernelCall {
    let shape = ActivationShape(batch: batch, channels: channels, spatial: spatial, block: block)
    let to = destination.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:fill") {
      withExtendedLifetime(destination) {
        ck_fill_channels(
          to, ck_channel_layout(channels: Int64(channels), block: Int32(block)), Int64(begin),
          Int64(count), Int64(batch), Int64(spatial), value)
      }
    }
  }

  /// Sets the first `count` elements to a value.
  public static func fill(_ destination: BufferSlice, count: Int, value: Float) -> KernelCall {
    let to = destination.pointer(to: Float.self, count: count)
    return KernelCall("plumb:fill") {
      withExtendedLifetime(destination) { ck_fill(to, Int64(count), value) }
    }
  }

  /// Mirrors planes at their edges; see `ck_pad_reflect`.
  public static func padReflecting(
    planes: Int, height: Int, width: Int, before: [Int], after: [Int], result: BufferSlice,
    source: BufferSlice, isGradient: Bool
  ) -> KernelCall {
    let padding = ck_padding(
      top: Int64(before[0]), bottom: Int64(after[0]), left: Int64(before[1]), right: Int64(after[1])
    )
    let inner = planes * height * width
    let outer = planes * (height + before[0] + after[0]) * (width + before[1] + after[1])
    let to = result.pointer(to: Float.self, count: isGradient ? inner : outer)
    let from = source.pointer(to: Float.self, count: isGradient ? outer : inner)
    return KernelCall("plumb:reflect") {
      withExtendedLifetime((result, source)) {
        if isGradient {
          ck_pad_reflect_gradient(to, from, Int64(planes), Int64(height), Int64(width), padding)
        } else {
          ck_pad_reflect(to, from, Int64(planes), Int64(height), Int64(width), padding)
        }
      }
    }
  }
}
