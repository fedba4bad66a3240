import Foundation
import Testing

@testable import CodeTasks

/// The sets of layers that must each hold a process alone, as they do on one machine or another.
enum LayerSet: String, CaseIterable, CustomTestStringConvertible {
  case all, withoutNamespaces, seccompOnly, landlockAndNamespaces

  var excluded: JailLayers {
    switch self {
    case .all: []
    case .withoutNamespaces: [.namespaces]
    case .seccompOnly: [.namespaces, .landlock]
    case .landlockAndNamespaces: [.seccomp, .witness]
    }
  }

  /// Whether it promises that files cannot be read.
  var hidesFiles: Bool { self != .seccompOnly }

  /// Whether it promises that no second process starts.
  var deniesProcesses: Bool { self != .landlockAndNamespaces }

  var testDescription: String { rawValue }

  /// Those that this machine can try; `Tests/SKIPPED.md` says what is missed otherwise.
  static var here: [LayerSet] {
    allCases.filter { set in
      let left = JailLayers.available.subtracting(set.excluded)
      switch set {
      case .all: return left.contains(.seccomp) || left.contains(.sandboxExec)
      case .withoutNamespaces: return left.isSuperset(of: [.seccomp, .landlock])
      case .seccompOnly: return left.contains(.seccomp)
      case .landlockAndNamespaces: return left.isSuperset(of: [.landlock, .namespaces])
      }
    }
  }
}

extension Jail {
  /// A jail with much time on the clock: the machine that runs the tests may be busy.
  static func forTests(_ layers: LayerSet = .all, seconds: Double = 60) throws -> Jail {
    var limits = JailLimits()
    limits.processorSeconds = 1
    limits.seconds = seconds
    var jail = try Jail.system(limits: limits)
    jail.excluded = layers.excluded
    return jail
  }
}

extension JailRun {
  var outputText: String { String(decoding: output, as: UTF8.self) }
  var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// Runs attacks, each a Python expression or statement on a line of its own, and returns those that
/// came to their end without an exception, and what the process printed.
func survivors(of attacks: [String], preparation: String = "", in jail: Jail) throws -> [String] {
  let code = """
    import sys, os
    \(preparation)
    for number, attack in enumerate(sys.stdin.read().split("\\x00")):
        try:
            exec(attack)
        # AttributeError: this Python has no such call.
        except (OSError, ValueError, AssertionError, AttributeError):
            continue
        except BaseException as error:
            print("odd", number, type(error).__name__, error, flush=True)
            continue
        print("survived", number, flush=True)
    print("end", flush=True)
    """
  let run = try jail.run(code, input: Array(attacks.joined(separator: "\u{0}").utf8))
  let lines = run.outputText.split(separator: "\n")
  #expect(lines.last == "end", "ended \(run.ending): \(run.outputText) \(run.errorText)")
  return lines.dropLast().map { line in
    let words = line.split(separator: " ")
    let attack = Int(words[1]).map { attacks[$0] } ?? ""
    return "\(line): \(attack)"
  }
}

/// A folder with one file, and what both looked like before an attack.
final class Bait {
  let folder: URL
  let file: URL
  private let before: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bait-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    file = folder.appending(path: "file.txt")
    try "precious".write(to: file, atomically: false, encoding: .utf8)
    before = try Self.look(folder, file)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Whether nothing changed: names, content, rights, owner, times.
  func isUntouched() throws -> Bool { try Self.look(folder, file) == before }

  private static func look(_ folder: URL, _ file: URL) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let text = try String(contentsOf: file, encoding: .utf8)
    let facts = try [folder, file].map { url in
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      return [FileAttributeKey.posixPermissions, .ownerAccountID, .modificationDate, .size]
        .map { "\(String(describing: attributes[$0]))" }.joined(separator: " ")
    }
    return "\(names) \(text) \(facts)"
  }
}

/// Whether any process on this machine has `mark` in its command line.
func processExists(marked mark: String) -> Bool {
  let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return numbers.filter { $0.allSatisfy(\.isNumber) }.contains { number in
    let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
    return line.range(of: Data(mark.utf8)) != nil
  }
}
