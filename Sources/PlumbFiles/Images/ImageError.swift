/// Why a picture could not be read or written.
public enum ImageError: Error, Equatable, Sendable {
  /// The file could not be opened or mapped into memory.
  case unreadable(file: String, reason: String)
  /// The file could not be written.
  case unwritable(file: String, reason: String)
  /// The file starts like neither a JPEG nor a PNG.
  case unknownFormat(file: String)
  /// The decoder stopped: the data are damaged or cut off.
  case damaged(file: String, format: ImageFormat, problem: String)
  /// The picture is larger than ``ImageFile/maximumPixelCount`` pixels.
  case tooLarge(file: String, height: Int, width: Int)
  /// The colors are those of a printer.
  case cmyk(file: String)
}

/// The formats that pictures are read from.
public enum ImageFormat: String, Sendable, Hashable {
  /// Photographs, ISO 10918.
  case jpeg = "JPEG"
  /// Exact pixels, ISO 15948.
  case png = "PNG"
}

extension ImageError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .unwritable(let file, let reason):
      return "\(file) cannot be written (\(reason)); choose another folder or free some space."
    case .unknownFormat(let file):
      return "\(file) is neither a JPEG nor a PNG; convert it to one of them."
    case .damaged(let file, let format, let problem):
      return "\(file) is a damaged \(format.rawValue) (\(problem)); copy or export it again."
    case .tooLarge(let file, let height, let width):
      return "\(file) has \(height) x \(width) pixels, more than the \(ImageFile.maximumPixelCount)"
        + " that are read; scale it down first."
    case .cmyk(let file):
      return "\(file) has CMYK colors, which are for printing; convert it to RGB."
    }
  }
}
