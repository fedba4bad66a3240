import ArgumentParser
import Foundation

/// Prints the manual page, made from what the commands say about themselves.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the manual page of plumb, in the format of man.",
    shouldDisplay: false)

  func run() throws {
    let help = try JSONDecoder().decode(ManualPage.Help.self, from: Data(Plumb._dumpHelp().utf8))
    print(ManualPage(help.command, version: Plumb.version).text)
  }
}
