import ArgumentParser

/// The command line of Plumbline.
@main
struct Plumb: AsyncParsableCommand {
  /// The version of this program.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "plumb",
    abstract: "Ask what a machine-learning model has learned, and what training did to it.",
    version: version,
    subcommands: [Benchmark.self])
}
