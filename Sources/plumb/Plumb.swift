import ArgumentParser

/// The command line of Plumbline.
@main
struct Plumb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plumb",
    abstract: "Ask what a machine-learning model has learned, and what training did to it.")
}
