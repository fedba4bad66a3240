import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A web server on this machine alone, which knows ranges and can hang up in the middle.
///
/// `@unchecked Sendable`: the socket does not change; everything else is behind a lock.
final class LoopbackServer: @unchecked Sendable {
  struct Request: Hashable {
    let path: String
    let firstByte: Int
  }

  private let files: [String: Data]
  private let socketNumber: Int32
  private let state = Mutex<(requests: [Request], cut: Int?)>(([], nil))
  let address: URL

  /// Everything that was asked for so far.
  var requests: [Request] { state.withLock { $0.requests } }

  /// Hangs up after this many bytes of the next large file.
  func hangUp(after count: Int) { state.withLock { $0.cut = count } }

  init(_ files: [String: Data]) throws {
    self.files = files
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let number = socket(AF_INET, stream, 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // The address lives for these calls, which read or fill no more than its size.
    let isBound = unsafe withUnsafeMutablePointer(to: &place) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(number, generic, length) == 0 && listen(number, 8) == 0
          && getsockname(number, generic, &length) == 0
      }
    }
    guard number >= 0, isBound else { throw CocoaError(.featureUnsupported) }
    socketNumber = number
    address =
      URL(string: "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))") ?? URL(filePath: "/")
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(number, nil, nil)
        if connection < 0 { return }
        answer(connection)
        close(connection)
      }
    }
  }

  func stop() {
    shutdown(socketNumber, Int32(SHUT_RDWR))
    close(socketNumber)
  }

  private func answer(_ connection: Int32) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = unsafe recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = text.split(separator: "\r\n")
    let target = String(lines[0].split(separator: " ")[1].split(separator: "?")[0])
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let first = range.flatMap { Int($0.split(separator: "=")[1].split(separator: "-")[0]) } ?? 0
    let cut = state.withLock { state -> Int? in
      state.requests.append(Request(path: target, firstByte: first))
      guard (files[target]?.count ?? 0) > 1000 else { return nil }
      defer { state.cut = nil }
      return state.cut
    }
    guard let file = files[target] else {
      return send("HTTP/1.1 404 Not Found", Data(), connection)
    }
    guard first < file.count || file.isEmpty else {
      return send("HTTP/1.1 416 Range Not Satisfiable", Data(), connection)
    }
    let body = file.dropFirst(first)
    let status = range == nil ? "HTTP/1.1 200 OK" : "HTTP/1.1 206 Partial Content"
    send(status, Data(body), connection, cut: cut)
  }

  private func send(_ status: String, _ body: Data, _ connection: Int32, cut: Int? = nil) {
    let head = "\(status)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    let bytes = [UInt8](Data(head.utf8) + body.prefix(cut ?? body.count))
    var sent = 0
    while sent < bytes.count {
      let rest = Array(bytes[sent...])
      #if canImport(Glibc)
        let flags = Int32(MSG_NOSIGNAL)
      #else
        let flags: Int32 = 0
      #endif
      let count = Self.write(connection, rest, flags)
      if count <= 0 { return }
      sent += count
    }
  }

  private static func write(_ connection: Int32, _ bytes: [UInt8], _ flags: Int32) -> Int {
    #if canImport(Glibc)
      return unsafe Glibc.send(connection, bytes, bytes.count, flags)
    #else
      return unsafe Darwin.send(connection, bytes, bytes.count, flags)
    #endif
  }
}
