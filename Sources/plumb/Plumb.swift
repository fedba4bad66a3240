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
      Activations.self,
      Benchmark.self,
      Classify.self,
      Complete.self,
      DriftCommand.self,
      Examples.self,
      Finetune.self,
      Manual.self,
      Models.self,
      Reproduce.self,
      Runs.self,
      Solve.self,
      Tokenize.self,
      Train.self,
      Visualize.self,
    ])

  /// Runs the command that the arguments name; exits with 1 if it fails, 2 if they are wrong.
  static func main() async {
    // Asked for here alone, so that oneDNN is not opened at every start.
    if CommandLine.arguments.dropFirst() == ["--version"] {
      print(RunningProgram.versionText)
      return
    }
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
