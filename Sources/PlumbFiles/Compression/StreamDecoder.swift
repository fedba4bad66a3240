import CCodecs
import Foundation

/// The compressions that are undone.
enum CompressionFormat: String, Sendable {
  case gzip
  case xz
  case bzip2
  case zlib
  case deflate

  /// What the first bytes of a file announce.
  init?(firstBytes: Data) {
    if firstBytes.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if firstBytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
      self = .xz
    } else if firstBytes.starts(with: [0x42, 0x5A, 0x68]) {
      self = .bzip2
    } else {
      return nil
    }
  }

  fileprivate var code: Int32 {
    switch self {
    case .gzip: Int32(CCODECS_GZIP)
    case .xz: Int32(CCODECS_XZ)
    case .bzip2: Int32(CCODECS_BZIP2)
    case .zlib: Int32(CCODECS_ZLIB)
    case .deflate: Int32(CCODECS_DEFLATE)
    }
  }
}

/// Why a compressed stream cannot be read further.
enum DecompressionFailure: Error {
  case truncated
  case damaged
  case memory
  case tooLong
}

/// The owner of a C decoder, which decompresses a stream piece by piece.
@safe final class StreamDecoder {
  enum Status {
    case more
    case done
    case failed(DecompressionFailure)
  }

  // Created once, destroyed once, used only by the methods below; C answers nil for no memory.
  private let decoder: OpaquePointer?

  init(_ format: CompressionFormat) {
    unsafe decoder = ccodecs_decoder_create(format.code)
  }

  deinit { unsafe ccodecs_decoder_destroy(decoder) }

  /// Decompresses some of `input`, of which nothing follows if it is the `last`.
  ///
  /// Ends only when it made progress, or cannot make any.
  func step(
    _ input: Data, last: Bool, capacity: Int
  ) -> (status: Status, consumed: Int, output: [UInt8]) {
    guard let decoder = unsafe decoder else { return (.failed(.memory), 0, []) }
    var consumed = 0
    var status = Int32(CCODECS_DAMAGED)
    // C fills `produced` bytes, which are no more than `capacity`.
    let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, produced in
      unsafe input.withUnsafeBytes { raw in
        let bytes = unsafe raw.bindMemory(to: UInt8.self)
        status = unsafe ccodecs_decoder_step(
          decoder, bytes.baseAddress, bytes.count, last ? 1 : 0, &consumed, output.baseAddress,
          capacity, &produced)
      }
    }
    switch Int(status) {
    case Int(CCODECS_MORE): return (.more, consumed, output)
    case Int(CCODECS_DONE): return (.done, consumed, output)
    case Int(CCODECS_TRUNCATED): return (.failed(.truncated), consumed, output)
    case Int(CCODECS_MEMORY): return (.failed(.memory), consumed, output)
    default: return (.failed(.damaged), consumed, output)
    }
  }
}
