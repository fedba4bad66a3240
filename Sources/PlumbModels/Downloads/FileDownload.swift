import Foundation
import PlumbFiles
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One file that is fetched from a server, going on where an earlier try ended.
struct FileDownload: Sendable {
  /// Where it comes from.
  let address: URL
  /// Where it goes, as `target.partial` until it is whole.
  let target: URL
  /// The size in bytes that was announced.
  var size: Int?
  /// The SHA-256 that was announced.
  var sha256: String?

  private var partial: URL { target.appendingPathExtension("partial") }

  /// Fetches the file unless it is there.
  ///
  /// - Parameter progress: Is told how many bytes are there so far, and how many there will be.
  /// - Throws: ``DownloadError``; `CancellationError` if the task is cancelled. What was fetched is
  ///   kept for the next try.
  func run(_ progress: @escaping @Sendable (_ done: Int, _ total: Int?) -> Void) async throws {
    if FileManager.default.fileExists(atPath: target.path) { return }
    var done = Self.byteCount(of: partial)
    if let size, done > size { done = 0 }
    if size == nil || done < size ?? 0 || size == 0 { try await fetch(from: done, progress) }
    try check()
    do {
      try FileManager.default.moveItem(at: partial, to: target)
    } catch {
      throw DownloadError.unwritable(path: target.path, reason: error.localizedDescription)
    }
  }

  private func fetch(
    from start: Int, _ progress: @escaping @Sendable (Int, Int?) -> Void
  ) async throws {
    var request = URLRequest(url: address)
    if start > 0 { request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range") }
    let receiver = try Receiver(file: partial, start: start, progress)
    let session = URLSession(configuration: .ephemeral, delegate: receiver, delegateQueue: nil)
    defer { session.finishTasksAndInvalidate() }
    let task = session.dataTask(with: request)
    do {
      try await withTaskCancellationHandler {
        try await receiver.finished(task)
      } onCancel: {
        task.cancel()
      }
    } catch let error as Receiver.Refusal {
      // The file was whole already, and only its size was not known.
      if error.status == 416, start > 0 { return }
      throw DownloadError.refused(address: address.absoluteString, status: error.status)
    } catch let error as DownloadError {
      throw error
    } catch {
      try Task.checkCancellation()
      throw DownloadError.unreachable(
        address: address.absoluteString, reason: error.localizedDescription)
    }
  }

  /// Whether the file is what was announced; otherwise it is thrown away.
  private func check() throws(DownloadError) {
    var problem: String?
    let count = Self.byteCount(of: partial)
    if let size, size != count {
      // A file that is too short may be continued.
      if count < size {
        throw .unreachable(
          address: address.absoluteString, reason: "it ended after \(count) of \(size) bytes")
      }
      problem = "\(count) bytes instead of \(size)"
    }
    if problem == nil, let sha256, (try? FileDigest.sha256(ofFile: partial.path)) != sha256 {
      problem = "another SHA-256 than announced"
    }
    if let problem {
      try? FileManager.default.removeItem(at: partial)
      throw .damaged(file: target.lastPathComponent, problem: problem)
    }
  }

  private static func byteCount(of file: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}

/// Writes what a server sends into a file.
///
/// `@unchecked Sendable`: the session calls its delegate on one queue, one call at a time; all state
/// is behind a lock.
private final class Receiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  struct Refusal: Error { let status: Int }

  private struct State {
    var file: FileHandle
    var done: Int
    var total: Int?
    var failure: (any Error)?
    var continuation: CheckedContinuation<Void, any Error>?
  }

  private let state: Mutex<State>
  private let path: String
  private let progress: @Sendable (Int, Int?) -> Void

  init(
    file: URL, start: Int, _ progress: @escaping @Sendable (Int, Int?) -> Void
  ) throws(DownloadError) {
    do {
      if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
      let handle = try FileHandle(forWritingTo: file)
      try handle.truncate(atOffset: UInt64(start))
      try handle.seekToEnd()
      state = Mutex(State(file: handle, done: start))
    } catch {
      throw .unwritable(path: file.path, reason: error.localizedDescription)
    }
    path = file.path
    self.progress = progress
  }

  func finished(_ task: URLSessionDataTask) async throws {
    try await withCheckedThrowingContinuation { continuation in
      state.withLock { $0.continuation = continuation }
      task.resume()
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode ?? 200
    let isAccepted = state.withLock { state -> Bool in
      guard status == 200 || status == 206 else {
        state.failure = Refusal(status: status)
        return false
      }
      if status == 200, state.done > 0 {
        // The server sends everything again.
        state.done = 0
        do {
          try state.file.truncate(atOffset: 0)
        } catch {
          state.failure = error
          return false
        }
      }
      let length = Int(response.expectedContentLength)
      state.total = length >= 0 ? state.done + length : nil
      return true
    }
    completionHandler(isAccepted ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let now = state.withLock { state -> (Int, Int?)? in
      guard state.failure == nil else { return nil }
      do {
        try state.file.write(contentsOf: data)
        state.done += data.count
        return (state.done, state.total)
      } catch {
        state.failure = DownloadError.unwritable(path: path, reason: error.localizedDescription)
        dataTask.cancel()
        return nil
      }
    }
    if let now { progress(now.0, now.1) }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    let (continuation, failure) = state.withLock { state in
      defer { state.continuation = nil }
      try? state.file.close()
      return (state.continuation, state.failure ?? error)
    }
    if let failure {
      continuation?.resume(throwing: failure)
    } else {
      continuation?.resume()
    }
  }
}
