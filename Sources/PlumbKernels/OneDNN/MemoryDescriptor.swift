import COneDNN

/// The shape, element type and layout of a tensor in memory.
public final class MemoryDescriptor: @unchecked Sendable {
  // Unchecked, because of the pointer: what it points at never changes, and is freed once.

  /// How an element is stored.
  public enum Element: Int32, Sendable, Hashable, CaseIterable {
    /// 16 bits with the range of a float and 8 bits of precision.
    case bfloat16 = 2
    /// IEEE single precision.
    case float32 = 3
    /// 32-bit integers.
    case int32 = 4
    /// 8-bit integers.
    case int8 = 5
    /// 8-bit integers without a sign.
    case uint8 = 6

    /// The bytes that one element takes.
    public var byteCount: Int {
      switch self {
      case .float32, .int32: 4
      case .bfloat16: 2
      case .int8, .uint8: 1
      }
    }

    var code: odnn_type { odnn_type(rawValue: rawValue) }
  }

  /// In which order the elements lie.
  public enum Layout: Int32, Sendable, Hashable, CaseIterable {
    /// Whatever a primitive likes best; ask the primitive what that is.
    case any = 0
    /// Row-major: the last axis is contiguous.
    case plain = 1
    /// `[batch, height, width, channel]`. Three axes or more.
    case channelsLast = 2
    /// `[batch, ceil(channels / 8), height, width, 8]`. Three axes or more.
    case blocked8 = 3
    /// `[batch, ceil(channels / 16), height, width, 16]`. Three axes or more.
    case blocked16 = 4

    var code: odnn_layout { odnn_layout(rawValue: rawValue) }

    /// The blocked layout with blocks of 8 or 16 channels, plain for 1.
    public static func blocked(_ block: Int) -> Layout {
      switch block {
      case 1: return .plain
      case 8: return .blocked8
      case 16: return .blocked16
      default: preconditionFailure("Blocks have 1, 8 or 16 channels, not \(block).")
      }
    }
  }

  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }

  /// Describes a tensor in one of the usual layouts.
  ///
  /// - Parameters:
  ///   - shape: The sizes of the axes, such as `[batch, channel, height, width]`.
  ///   - element: How an element is stored.
  ///   - layout: In which order the elements lie.
  /// - Throws: ``OneDNNError``.
  public convenience init(
    shape: [Int], element: Element = .float32, layout: Layout = .plain
  ) throws(OneDNNError) {
    try OneDNN.open()
    var handle: OpaquePointer?
    let status = odnn_md_create(
      &handle, Int32(shape.count), shape.map(Int64.init), element.code, layout.code)
    guard status == ODNN_SUCCESS, let handle else {
      throw .notMade(
        name: "memory descriptor", details: "shape \(shape) in layout '\(layout)'",
        reason: OneDNNError.reason(status))
    }
    self.init(owning: handle)
  }

  /// Describes a tensor whose neighbors along each axis lie the given numbers of elements apart.
  ///
  /// - Parameters:
  ///   - shape: The sizes of the axes.
  ///   - element: How an element is stored.
  ///   - strides: The distance between neighbors along each axis, in elements.
  /// - Throws: ``OneDNNError``.
  public convenience init(
    shape: [Int], element: Element = .float32, strides: [Int]
  ) throws(OneDNNError) {
    precondition(
      shape.count == strides.count, "Shape \(shape) and strides \(strides) differ in length.")
    try OneDNN.open()
    var handle: OpaquePointer?
    let status = odnn_md_create_strided(
      &handle, Int32(shape.count), shape.map(Int64.init), element.code, strides.map(Int64.init))
    guard status == ODNN_SUCCESS, let handle else {
      throw .notMade(
        name: "memory descriptor", details: "shape \(shape) with strides \(strides)",
        reason: OneDNNError.reason(status))
    }
    self.init(owning: handle)
  }

  deinit { odnn_md_destroy(handle) }

  /// The bytes that the tensor takes, with the zeros that fill its last blocks; 0 for layout `any`.
  public var byteCount: Int { odnn_md_size(handle) }

  /// The number of axes.
  public var rank: Int { Int(odnn_md_rank(handle)) }

  /// The sizes of the axes.
  public var shape: [Int] {
    var sizes = [Int64](repeating: 0, count: Int(ODNN_MAX_DIMS))
    odnn_md_dims(handle, &sizes)
    return sizes.prefix(rank).map(Int.init)
  }

  /// How an element is stored.
  public var element: Element {
    let code = odnn_md_type(handle)
    guard let element = Element(rawValue: code.rawValue) else {
      preconditionFailure("oneDNN chose the element type \(code.rawValue), which is unknown here.")
    }
    return element
  }

  /// Whether the layout is still open.
  public var isAny: Bool { odnn_md_is_any(handle) }

  /// The distances between neighbors along each axis, in elements, or between blocks where an axis
  /// is split; nil if oneDNN keeps the layout to itself.
  public var strides: [Int]? {
    var strides = [Int64](repeating: 0, count: Int(ODNN_MAX_DIMS))
    guard odnn_md_strides(handle, &strides) else { return nil }
    return strides.prefix(rank).map(Int.init)
  }

  /// How axes are split into blocks, from the outermost block to the innermost; empty if none is.
  public var innerBlocks: [(axis: Int, size: Int)] {
    var axes = [Int64](repeating: 0, count: Int(ODNN_MAX_DIMS))
    var sizes = axes
    let count = Int(odnn_md_inner_blocks(handle, &axes, &sizes))
    return (0..<count).map { (Int(axes[$0]), Int(sizes[$0])) }
  }

  /// The block of an activation: 8 or 16 in a layout blocked by channels, 1 in a plain one, nil
  /// in any other.
  public var channelBlock: Int? {
    for layout in [Layout.plain, .blocked8, .blocked16] {
      guard let candidate = try? MemoryDescriptor(shape: shape, element: element, layout: layout)
      else { continue }
      if candidate == self {
        return switch layout {
        case .blocked8: 8
        case .blocked16: 16
        default: 1
        }
      }
    }
    return nil
  }
}

extension MemoryDescriptor: Equatable {
  /// Whether two descriptors have the same shape, element type and layout.
  public static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
    odnn_md_equal(left.handle, right.handle)
  }
}

extension MemoryDescriptor: CustomStringConvertible {
  /// The descriptor in a few words, such as "f32 [1, 64, 56, 56] aBcd8b".
  public var description: String {
    var text = [CChar](repeating: 0, count: 256)
    odnn_md_describe(handle, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
