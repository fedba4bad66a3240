import COneDNN

/// The oneDNN library, opened when it is first needed.
///
/// It is opened rather than linked, so that the way its threads wait can be set before its OpenMP
/// runtime reads it, and so that a machine without it gets a sentence rather than a loader error.
public enum OneDNN {
  /// How often a thread looks for more work before it sleeps, unless the environment says
  /// otherwise (`GOMP_SPINCOUNT`, `OMP_WAIT_POLICY`).
  ///
  /// Some 50 microseconds: longer than from one primitive to the next. Measured with 140 small
  /// convolutions on 2 cores, free and shared with 10 other busy processes, in ms: 43 and 73
  /// without spinning, 26 and 104 with 2000, 30 and 240 with 20 000.
  public static let defaultSpinCount = 2000

  /// Opens the library; later calls return at once.
  ///
  /// - Parameters:
  ///   - library: The file to open; nil for `PLUMB_ONEDNN_LIBRARY`, or else the usual names.
  ///   - spinCount: How often a waiting thread looks for work before it sleeps, from 0.
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static func open(
    library: String? = nil, spinCount: Int = defaultSpinCount
  ) throws(OneDNNError) {
    var message = [CChar](repeating: 0, count: 2048)
    let status = odnn_open(library, Int64(spinCount), &message, message.count)
    guard status == ODNN_SUCCESS else {
      let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw .libraryUnavailable(sentence: String(decoding: bytes, as: UTF8.self))
    }
  }

  /// The version, such as "2.6.3".
  ///
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static var version: String {
    get throws(OneDNNError) {
      try open()
      return String(cString: odnn_version())
    }
  }

  /// The file that the library was opened from.
  ///
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static var libraryPath: String {
    get throws(OneDNNError) {
      try open()
      return String(cString: odnn_library_path())
    }
  }

  /// The best instruction set that the library may use, such as "avx2" or "avx512_core_bf16".
  ///
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static var instructionSet: String {
    get throws(OneDNNError) {
      try open()
      return String(cString: odnn_isa())
    }
  }

  /// The number of channels in a block that suits the instruction set: 8 or 16.
  ///
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static var channelBlock: Int {
    get throws(OneDNNError) {
      try open()
      return Int(odnn_channel_block())
    }
  }

  /// Whether the processor multiplies bfloat16 numbers itself.
  ///
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static var supportsBFloat16: Bool {
    get throws(OneDNNError) {
      try open()
      return odnn_supports_bf16()
    }
  }

  /// The runtime whose threads the kernels share: "OpenMP", "Dispatch" or "none".
  ///
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static var threadRuntime: String {
    get throws(OneDNNError) {
      try open()
      return String(cString: odnn_parallel_runtime())
    }
  }
}
