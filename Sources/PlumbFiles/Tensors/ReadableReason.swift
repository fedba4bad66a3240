import Foundation

/// Returns the system's own words for why a file could not be used, without the path.
public func readableReason(of error: any Error) -> String {
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
