import Foundation
import Reporting
import TemporaryFolders
import Testing

@testable import Laboratory

@Suite("Reports")
struct ReportTests {
  private let temporary = TemporaryFolder()

  static func sample(runner: PartRunner) async throws -> Report {
    let parts = try await runner.run([
      SamplePart(name: "sample", counter: Counter()),
      SamplePart(
        name: "broken", title: "A broken part", trouble: .performing, counter: Counter()),
    ])
    return Report(
      title: "A report", lead: "<p>What this is.</p>", parts: parts, command: "plumb reproduce",
      versions: .sample, machine: .sample)
  }

  @Test("Show every part, done or failed, with its figures and their receipts")
  func contents() async throws {
    let page = try await Self.sample(runner: .sample(in: temporary)).html.markup
    for expected in [
      "<section id=\"sample\"", "<figure id=\"sample-curve\"", "<figure id=\"sample-picture\"",
      "A sample &amp; its &lt;curve&gt;", "plumb sample --steps 40", "Only a sample.",
      "alt=\"A red square\" width=\"8\" height=\"8\"", "<section id=\"broken\"",
      "It broke at step 0.", "plumb reproduce --only broken", "&quot;seed&quot; : 3",
      "0123456789", "A processor", "commit <code>abc</code>",
    ] {
      #expect(page.contains(expected), "\(expected)")
    }
  }

  @Test("Load nothing from elsewhere")
  func isOffline() async throws {
    let page = try await Self.sample(runner: .sample(in: temporary)).html.markup
    for reference in ["http:", "https:", "@import", "url(", "src=\"/", "file:", "<link"] {
      #expect(!page.contains(reference), "\(reference)")
    }
    for source in page.matches(of: /src="([^"]{0,20})/) {
      #expect(source.1.hasPrefix("data:image/"))
    }
  }

  @Test("Are one folder with the page, and the recipes, numbers and pictures as files")
  func folder() async throws {
    let folder = temporary.url.appending(path: "report")
    let report = try await Self.sample(runner: .sample(in: temporary))
    try report.write(to: folder)
    // A second report takes the place of the first.
    let stale = folder.appending(path: "parts/sample/stale.txt")
    try Data().write(to: stale)
    try report.write(to: folder)
    let names = try #require(FileManager.default.subpaths(atPath: folder.path)).filter {
      $0.contains(".")
    }
    #expect(
      names.sorted() == [
        "index.html", "parts/sample/outcome.json", "parts/sample/picture.png",
        "parts/sample/recipe.json", "parts/sample/sample-curve.json",
        "parts/sample/sample-picture.json",
      ])
    let picture = try Data(contentsOf: folder.appending(path: "parts/sample/picture.png"))
    #expect(picture == SamplePicture.png)
  }

  @Test("A place where nothing can be written is named")
  func unwritable() async throws {
    let file = temporary.url.appending(path: "file")
    try Data().write(to: file)
    let report = try await Self.sample(runner: .sample(in: temporary))
    #expect(throws: ReportError.self) { try report.write(to: file.appending(path: "report")) }
  }
}
