import CJail
import Foundation

/// The owner of one C jail: the only place where Swift and C meet.
///
/// `@safe`: the handle is made once, never leaves, is used by one thread and freed with its owner.
@safe struct JailRequest: ~Copyable {
  private let handle: OpaquePointer
  private let limits: JailLimits

  /// Makes a request for `command`, a program and its arguments.
  init(
    command: [String], environment: [String], readable: [String], executable: [String],
    limits: JailLimits, excluded: JailLayers
  ) {
    guard let handle = unsafe cjail_create(command[0]) else {
      // A few hundred bytes: nothing else would work either.
      preconditionFailure("No memory for a jail around \(command[0]).")
    }
    unsafe self.handle = handle
    self.limits = limits
    // C copies each text before it returns.
    for text in command.dropFirst() { unsafe cjail_add_argument(handle, text) }
    for text in environment { unsafe cjail_add_environment(handle, text) }
    for path in readable { unsafe cjail_add_readable(handle, path) }
    for path in executable { unsafe cjail_add_executable(handle, path) }
    limit(CJAIL_CPU_SECONDS, limits.processorSeconds)
    limit(CJAIL_WALL_MILLISECONDS, Int(limits.seconds * 1000))
    limit(CJAIL_MEMORY_BYTES, limits.memoryBytes)
    limit(CJAIL_OUTPUT_BYTES, limits.outputBytes)
    limit(CJAIL_RESULT_BYTES, limits.resultBytes)
    unsafe cjail_exclude_layers(handle, excluded.rawValue)
  }

  deinit { unsafe cjail_free(handle) }

  private func limit(_ which: Int, _ value: Int) {
    precondition(value > 0, "A jail's limit \(which) must be positive, not \(value).")
    unsafe cjail_limit(handle, Int32(which), UInt64(value))
  }

  /// Runs the command once and returns how it ended, one of the `CJAIL_` endings.
  func run(input: [UInt8]) -> Int {
    // The array lives through the call, and C only reads it.
    Int(unsafe cjail_run(handle, input, input.count))
  }

  /// The exit status, signal or error number that goes with the ending.
  var code: Int { Int(unsafe cjail_code(handle)) }

  /// The step that failed.
  var stage: String { unsafe String(cString: cjail_stage(handle)) }

  /// The error number in words.
  var problem: String { unsafe String(cString: strerror(cjail_code(handle))) }

  func result(ending: JailRun.Ending) -> JailRun {
    let calls = (0..<(unsafe cjail_attempts(handle))).map { index in
      JailRun.ForbiddenCall(
        name: unsafe String(cString: cjail_attempt_name(handle, index)),
        count: Int(unsafe cjail_attempt_count(handle, index)))
    }
    return JailRun(
      layers: JailLayers(rawValue: unsafe cjail_layers(handle)), ending: ending,
      output: bytes(CJAIL_OUTPUT), errors: bytes(CJAIL_ERRORS), result: bytes(CJAIL_RESULT),
      writtenBytes: unsafe cjail_written(handle, Int32(CJAIL_OUTPUT))
        + cjail_written(handle, Int32(CJAIL_ERRORS)),
      limits: limits,
      seconds: unsafe cjail_wall_seconds(handle),
      processorSeconds: unsafe cjail_cpu_seconds(handle), forbiddenCalls: calls)
  }

  private func bytes(_ stream: Int) -> [UInt8] {
    let count = unsafe cjail_kept(handle, Int32(stream))
    var bytes = [UInt8](repeating: 0, count: count)
    // C writes at most `count` bytes.
    unsafe cjail_copy(handle, Int32(stream), &bytes, count)
    return bytes
  }
}
