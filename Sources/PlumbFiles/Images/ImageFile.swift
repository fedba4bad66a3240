import CCodecs
import Foundation

/// Reads pictures from JPEG and PNG files.
public enum ImageFile {
  /// The largest picture that is decoded: 8192 x 8192, or as many pixels in another shape.
  public static let maximumPixelCount = 8192 * 8192

  /// Reads a JPEG or PNG file.
  ///
  /// - Parameter path: The path of the file; its name does not matter, its first bytes do.
  /// - Returns: 8-bit RGB, or RGBA if a PNG has transparent parts.
  /// - Throws: ``ImageError`` if the file cannot be read, is damaged, or is too large.
  public static func read(_ path: String) throws(ImageError) -> PixelImage {
    try decode(try contents(of: path), name: path)
  }

  /// Decodes a JPEG or PNG that is already in memory.
  ///
  /// Gray pictures become RGB, 16 bits are rounded to 8, a palette is looked up. Gamma, color
  /// profiles and the orientation that a camera noted are left alone.
  ///
  /// - Parameters:
  ///   - data: The bytes of the file.
  ///   - name: What messages call it.
  /// - Returns: 8-bit RGB, or RGBA if a PNG has transparent parts.
  /// - Throws: ``ImageError`` if the data are damaged or the picture is too large.
  public static func decode(_ data: Data, name: String) throws(ImageError) -> PixelImage {
    guard let format = format(of: data) else { throw .unknownFormat(file: name) }
    let decoder = PictureDecoder(format: format)
    let header: ccodecs_picture
    do throws(PictureDecoder.Failure) {
      header = try decoder.header(of: data)
    } catch {
      throw .damaged(file: name, format: format, problem: error.problem)
    }
    let (height, width) = (Int(header.height), Int(header.width))
    guard height > 0, width > 0 else {
      throw .damaged(file: name, format: format, problem: "it has no pixels")
    }
    guard height <= maximumPixelCount / width else {
      throw .tooLarge(file: name, height: height, width: width)
    }
    if format == .jpeg && header.file_channels == 4 { throw .cmyk(file: name) }
    let channels = Int(header.channels)
    do throws(PictureDecoder.Failure) {
      let pixels = try decoder.pixels(of: data, count: height * width * channels)
      return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    } catch {
      throw .damaged(file: name, format: format, problem: error.problem)
    }
  }

  /// The format that the first bytes announce, if it is one that can be decoded.
  public static func format(of data: Data) -> ImageFormat? {
    if data.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if data.starts(with: PNGChunk.signature) { return .png }
    return nil
  }

  static func contents(of path: String) throws(ImageError) -> Data {
    do throws(UnreadableFile) {
      return try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
  }
}

/// The calls into the C decoders.
///
/// Each gets the bounds of the memory that it may read and fill, and keeps no pointer.
private struct PictureDecoder {
  struct Failure: Error {
    var problem: String
  }

  let format: ImageFormat

  func header(of data: Data) throws(Failure) -> ccodecs_picture {
    var picture = ccodecs_picture()
    var message = [CChar](repeating: 0, count: Int(CCODECS_MESSAGE_SIZE))
    let status = unsafe data.withUnsafeBytes { raw in
      let bytes = unsafe raw.bindMemory(to: UInt8.self)
      return switch format {
      case .jpeg: unsafe ccodecs_jpeg_header(bytes.baseAddress, bytes.count, &picture, &message)
      case .png: unsafe ccodecs_png_header(bytes.baseAddress, bytes.count, &picture, &message)
      }
    }
    guard status == 0 else { throw Failure(problem: Self.text(message)) }
    return picture
  }

  func pixels(of data: Data, count: Int) throws(Failure) -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(CCODECS_MESSAGE_SIZE))
    var status: Int32 = 1
    // On success the decoder has set all `count` bytes; on failure the array is thrown away.
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { pixels, initialized in
      status = unsafe data.withUnsafeBytes { raw in
        let bytes = unsafe raw.bindMemory(to: UInt8.self)
        let source = bytes.baseAddress
        let target = pixels.baseAddress
        return switch format {
        case .jpeg: unsafe ccodecs_jpeg_decode(source, bytes.count, target, count, &message)
        case .png: unsafe ccodecs_png_decode(source, bytes.count, target, count, &message)
        }
      }
      initialized = status == 0 ? count : 0
    }
    guard status == 0 else { throw Failure(problem: Self.text(message)) }
    return pixels
  }

  private static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
