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
    subcommands: [
      Benchmark.self,
      Examples.self,
      Solve.self,
      Train.self,
      Visualize.self,
    ])

  /// Runs the command that the arguments name; exits with 1 if it fails, 2 if they are wrong.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.exit(error, arguments: CommandLine.arguments)
    }
  }
}
