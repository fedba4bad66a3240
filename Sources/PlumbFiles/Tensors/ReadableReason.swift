import Foundation

/// Returns why a file could not be used, without the path: the system's own words, or what is wrong
/// with its JSON.
public func readableReason(of error: any Error) -> String {
  if let error = error as? DecodingError { return reason(of: error) }
  let cocoa = error as NSError
  let cause = (cocoa.userInfo[NSUnderlyingErrorKey] as? NSError) ?? cocoa
  if cause.domain == NSPOSIXErrorDomain, let code = POSIXErrorCode(rawValue: Int32(cause.code)) {
    return reason(of: code)
  }
  switch CocoaError.Code(rawValue: cocoa.code) {
  case .fileNoSuchFile, .fileReadNoSuchFile: return reason(of: .ENOENT)
  case .fileReadNoPermission, .fileWriteNoPermission: return reason(of: .EACCES)
  case .fileWriteOutOfSpace: return reason(of: .ENOSPC)
  case .fileReadTooLarge: return "the file is too large"
  default: return cocoa.localizedDescription
  }
}

private func reason(of code: POSIXErrorCode) -> String {
  switch code {
  case .ENOENT: "no such file"
  case .EACCES, .EPERM: "permission denied"
  case .EISDIR: "it is a folder"
  case .ENOTDIR: "part of the path is not a folder"
  case .ENOSPC: "no space left"
  case .EROFS: "the file system is read-only"
  default: "system error \(code.rawValue)"
  }
}

private func reason(of error: DecodingError) -> String {
  func field(_ path: [any CodingKey]) -> String {
    path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
      .replacing(".[", with: "[")
  }
  switch error {
  case .keyNotFound(let key, let context):
    return "'\(field(context.codingPath + [key]))' is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return context.codingPath.isEmpty
      ? "it holds something else" : "'\(field(context.codingPath))' has a value of another kind"
  case .dataCorrupted(let context):
    return context.codingPath.isEmpty
      ? "it is not JSON" : "'\(field(context.codingPath))' has a value that is not known"
  @unknown default: return "it holds something else"
  }
}
