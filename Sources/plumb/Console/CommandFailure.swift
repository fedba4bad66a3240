import ArgumentParser
import Foundation

/// A failure that a command found by itself: one sentence that says what to do.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// How a failed command ends.
enum Failure {
  /// Prints the failure and ends the process: status 1, or 2 if the arguments were wrong.
  ///
  /// With `--json` the failure is an object on standard output, otherwise a sentence on standard
  /// error.
  static func exit(_ error: any Error, arguments: [String]) -> Never {
    let code = Plumb.exitCode(for: error)
    if code == .success { Plumb.exit(withError: error) }
    if code == .validationFailure {
      write(Plumb.fullMessage(for: error))
      Foundation.exit(2)
    }
    if error is CancellationError {
      write("Interrupted.")
      Foundation.exit(130)
    }
    let message = sentence(error)
    if arguments.contains("--json") {
      let report = Report(error: .init(kind: "\(type(of: error))", message: message))
      print((try? JSONText.line(report)) ?? message)
    } else if !(error is ExitCode) {
      write("Error: \(message)")
    }
    Foundation.exit(code.rawValue)
  }

  /// The failure in words: its own description where it has one.
  static func sentence(_ error: any Error) -> String {
    if error is CocoaError || error is URLError { return error.localizedDescription }
    return "\(error)"
  }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  private struct Report: Encodable {
    struct Content: Encodable {
      let kind: String
      let message: String
    }
    let error: Content
  }
}
