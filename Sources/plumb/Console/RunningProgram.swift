import Foundation
import Laboratory
import PlumbKernels

/// What runs and on what, as runs record it.
enum RunningProgram {
  /// Threads that compute.
  static func threads() throws -> Int { try ComputeThread.shared().threadCount }

  /// The versions of what computes.
  static func versions() throws -> StoredVersions {
    StoredVersions(
      plumb: Plumb.version, commit: BuildCommit.name, oneDNN: try OneDNN.version)
  }

  /// What `plumb --version` prints.
  static var versionText: String {
    let oneDNN = (try? OneDNN.version).map { "oneDNN \($0)" } ?? "no oneDNN found"
    return "plumb \(Plumb.version), commit \(BuildCommit.name), \(oneDNN)"
  }

  /// The machine.
  static func machine() throws -> StoredMachine {
    StoredMachine(
      system: ProcessInfo.processInfo.operatingSystemVersionString, processor: processorName,
      cores: Processor.coreCount, instructionSet: try OneDNN.instructionSet,
      threads: try threads())
  }

  /// What the processor calls itself.
  private static var processorName: String {
    let file = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
    let line = String(decoding: file, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }
}
