import Foundation

/// Small files that belong to the tests.
enum Fixtures {
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../Fixtures/\(name)")
      .standardizedFileURL.path
  }

  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }
}
