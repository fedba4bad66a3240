import Foundation

/// A real browser without a window.
struct Browser {
  let program: String

  /// The browser on this machine, if there is one.
  static let here: Browser? = ["chromium", "chromium-browser", "google-chrome"].lazy
    .flatMap { name in
      (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { "\($0)/\(name)" }
    }
    .first { FileManager.default.isExecutableFile(atPath: $0) }.map(Browser.init)

  /// What became of a page.
  struct Visit {
    /// The document after its scripts ran.
    let document: String
    /// What the browser complained about.
    let complaints: [String]
  }

  /// Opens a file in a window of this size, and gives back what became of it.
  func visit(_ file: URL, width: Int, height: Int = 900, isDark: Bool = false) throws -> Visit {
    let folder = FileManager.default.temporaryDirectory.appending(path: "browser-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-extensions", "--no-first-run", "--hide-scrollbars",
        "--user-data-dir=\(folder.path)", "--enable-logging=stderr", "--v=0",
        "--window-size=\(width),\(height)", "--virtual-time-budget=5000",
      ] + (isDark ? ["--blink-settings=preferredColorScheme=0"] : [])
      + ["--dump-dom", file.absoluteString]
    // Files rather than pipes: a full pipe would stop the browser.
    let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
    try Data().write(to: output)
    try Data().write(to: errors)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    let log = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    return Visit(
      document: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      complaints: log.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init))
  }
}
