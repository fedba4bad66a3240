import CJail

/// What holds the code that runs in a jail.
///
/// Each layer works alone; together, a hole in one is covered by another.
public struct JailLayers: OptionSet, Sendable, Hashable {
  /// One bit for each layer.
  public let rawValue: UInt32

  /// Makes a set of layers from their bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(_ bit: Int) { self.init(rawValue: UInt32(bit)) }

  /// Linux: only the interpreter's and the libraries' folders can be read, and nothing written.
  public static let landlock = JailLayers(CJAIL_LANDLOCK)
  /// Linux: system calls that a calculation does not need do not exist.
  public static let seccomp = JailLayers(CJAIL_SECCOMP)
  /// Linux: the process has its own network, processes, users and mounts, all empty.
  public static let namespaces = JailLayers(CJAIL_NAMESPACES)
  /// Linux: the kernel reports forbidden calls, so that a run says what was tried.
  public static let witness = JailLayers(CJAIL_WITNESS)
  /// macOS: a `sandbox-exec` profile that denies by default.
  public static let sandboxExec = JailLayers(CJAIL_SANDBOX_EXEC)

  /// The layers that work on this machine; each is tried once per process.
  public static var available: JailLayers { JailLayers(rawValue: cjail_available_layers()) }

  /// All layers that this operating system can have.
  public static var possible: JailLayers {
    #if os(macOS)
      [.sandboxExec]
    #else
      [.landlock, .seccomp, .namespaces, .witness]
    #endif
  }

  /// The names of the layers in this set.
  public var names: [String] {
    let all: [(JailLayers, String)] = [
      (.landlock, "Landlock"), (.seccomp, "seccomp"), (.namespaces, "namespaces"),
      (.witness, "witness"), (.sandboxExec, "sandbox-exec"),
    ]
    return all.filter { contains($0.0) }.map(\.1)
  }
}

extension JailLayers: CustomStringConvertible {
  /// The layers' names, or "no layer".
  public var description: String { isEmpty ? "no layer" : names.joined(separator: ", ") }
}
