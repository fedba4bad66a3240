import ArgumentParser
import Foundation
import Laboratory

/// Looks into the store of runs.
struct Runs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List, show, compare, delete and export what was computed before.",
    discussion: """
      Every experiment leaves a run: its recipe, seed, models, versions, machine, numbers and \
      files. A run is named by the first letters of its name, as long as no other begins so.
      """,
    subcommands: [List.self, Show.self, Compare.self, Delete.self, Export.self],
    defaultSubcommand: List.self)
}

/// Where runs are kept.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder in which runs are kept; 'plumb/store' in your data folder if nothing is said.",
      valueName: "folder"))
  var store: String?

  /// The store's folder.
  var folder: URL {
    store.map { URL(filePath: ($0 as NSString).expandingTildeInPath) } ?? RunStore.defaultFolder
  }

  /// Opens the store.
  func open() throws -> RunStore { try RunStore(at: folder) }

  /// Opens the store only if there is one: to look must not leave a folder behind.
  func openExisting() throws -> RunStore? {
    FileManager.default.fileExists(atPath: folder.appending(path: "runs.sqlite").path)
      ? try open() : nil
  }

  /// Opens the store, which must be there.
  func openForReading() throws -> RunStore {
    guard let store = try openExisting() else {
      throw CommandFailure(
        "There is no store of runs in \(folder.path); 'plumb reproduce' makes one, or name "
          + "another with --store.")
    }
    return store
  }
}

extension Runs {
  /// Prints the runs.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List runs, the latest first.")

    @Option(name: [.customShort("n"), .long], help: "At most so many runs.")
    var limit = 20

    @Option(help: "Only runs of this command, such as 'reproduce'.")
    var command: String?

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit must be 1 or more, not \(limit).") }
    }

    func run() async throws {
      let runs = try storeOptions.openExisting()?.runs(command: command, limit: limit) ?? []
      if json { return try CommandOutput("runs list", Fields(runs: runs)).print() }
      guard !runs.isEmpty else {
        print("There are no runs in \(storeOptions.folder.path) yet.")
        return
      }
      print(
        TextTable.text(
          ["run", "status", "began", "took", "command", "title"],
          runs.map { run in
            [
              run.id, run.status.rawValue, RunText.date(run.started), RunText.duration(run),
              run.command, run.title,
            ]
          }))
    }

    private struct Fields: Encodable { let runs: [StoredRun] }
  }

  /// Prints one run.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a run: its recipe, models, versions, numbers and files.")

    @Argument(help: "The run's name, or its first letters.")
    var run: String

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print one JSON object with every number instead of a summary.")
    var json = false

    func run() async throws {
      let store = try storeOptions.openForReading()
      let record = try store.record(self.run)
      if json { return try CommandOutput("runs show", record).print() }
      print(RunText.text(record, folder: store.folder))
    }
  }

  /// Prints how two runs differ.
  struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare two runs: where their recipes differ, and what they reached.")

    @Argument(help: "A run's name, or its first letters.")
    var first: String

    @Argument(help: "Another's.")
    var second: String

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print one JSON object instead of tables.")
    var json = false

    func run() async throws {
      let comparison = try storeOptions.openForReading().comparison(first, second)
      if json { return try CommandOutput("runs compare", comparison).print() }
      print(RunText.text(comparison))
    }
  }

  /// Deletes runs.
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete runs with their numbers and files.")

    @Argument(help: "The runs' names, or their first letters.")
    var runs: [String]

    @OptionGroup var storeOptions: StoreOptions

    func run() async throws {
      let store = try storeOptions.openForReading()
      // All are looked up first, so that a wrong name deletes nothing.
      let found = try runs.map { try store.run($0) }
      for run in found {
        try store.delete(run.id)
        print("Deleted \(run.id), \(run.title).")
      }
    }
  }

  /// Copies a run out of the store.
  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy a run with its recipe, numbers and files into a new folder.")

    @Argument(help: "The run's name, or its first letters.")
    var run: String

    @Argument(help: "The folder to make.", completion: .directory)
    var folder: String

    @OptionGroup var storeOptions: StoreOptions

    func run() async throws {
      try storeOptions.openForReading().export(self.run, to: URL(filePath: folder))
      print("Exported \(self.run) to \(folder).")
    }
  }
}
