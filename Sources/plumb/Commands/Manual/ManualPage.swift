/// A manual page in roff, with every command and option.
struct ManualPage {
  /// What ArgumentParser knows of a program.
  struct Help: Decodable { let command: Command }

  /// A command.
  struct Command: Decodable {
    let commandName: String
    let shouldDisplay: Bool?
    let abstract: String?
    let discussion: String?
    let subcommands: [Command]?
    let arguments: [Argument]?

    /// The commands below it that people use.
    var shown: [Command] {
      (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }
    /// The arguments that people use; help and version are said once.
    var shownArguments: [Argument] {
      (arguments ?? []).filter {
        $0.shouldDisplay != false && $0.valueName != "help" && $0.valueName != "version"
      }
    }
  }

  /// An argument, option or flag.
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }
    let kind: String
    let shouldDisplay: Bool?
    let isOptional: Bool?
    let isRepeating: Bool?
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let abstract: String?

    /// How it is written on the command line.
    var usage: String {
      let value = "<\(valueName ?? "value")>"
      if kind == "positional" { return isRepeating == true ? value + " ..." : value }
      let name = (names ?? []).map(\.text).joined(separator: ", ")
      return kind == "flag" ? name : "\(name) \(value)"
    }
  }

  private let root: Command
  private let version: String

  init(_ root: Command, version: String) {
    self.root = root
    self.version = version
  }

  /// The page.
  var text: String {
    var lines = [
      ".TH PLUMB 1 \"\" \"plumb \(version)\" \"Plumbline\"", ".SH NAME",
      "plumb \\- \(Self.roff(Self.lowered(root.abstract ?? "")))", ".SH SYNOPSIS",
      ".B plumb", ".I command", "[options]", ".SH COMMANDS",
    ]
    for command in root.shown { lines += described(command, path: command.commandName) }
    lines += [
      ".SH COMMON OPTIONS", ".TP", "\\fB\\-h, \\-\\-help\\fR", "Show help for the command.", ".TP",
      "\\fB\\-\\-version\\fR", "Show the version, the commit and the version of oneDNN.",
      ".SH EXIT STATUS",
      "0 if all went well, 1 if something failed, 2 if the arguments were wrong.",
      ".SH ENVIRONMENT", ".TP", "\\fBPLUMB_MODELS\\fR",
      "Folders in which models are looked for by name, separated by colons.", ".TP",
      "\\fBPLUMB_PYTHON\\fR", "The Python 3 that runs judged programs in the jail.", ".TP",
      "\\fBXDG_DATA_HOME\\fR", "Where models and runs are kept, in the folder plumb.",
    ]
    return lines.joined(separator: "\n")
  }

  private func described(_ command: Command, path: String) -> [String] {
    var lines = [".SS \(Self.roff("plumb \(path)"))", Self.roff(command.abstract ?? "")]
    if let discussion = command.discussion, !discussion.isEmpty {
      for paragraph in discussion.split(separator: "\n\n") {
        lines += [".PP", Self.roff(String(paragraph).replacing("\n", with: " "))]
      }
    }
    for argument in command.shownArguments {
      var text = argument.abstract ?? ""
      if let value = argument.defaultValue { text += " (default: \(value))" }
      lines += [".TP", "\\fB\(Self.roff(argument.usage))\\fR", Self.roff(text)]
    }
    for below in command.shown { lines += described(below, path: "\(path) \(below.commandName)") }
    return lines
  }

  /// A sentence as a manual's first line has it: small letter first, no full stop.
  private static func lowered(_ sentence: String) -> String {
    var sentence = sentence.prefix(1).lowercased() + sentence.dropFirst()
    if sentence.hasSuffix(".") { sentence.removeLast() }
    return sentence
  }

  /// Text with what roff would take for commands escaped.
  private static func roff(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    let isCommand = escaped.hasPrefix(".") || escaped.hasPrefix("'")
    return (isCommand ? "\\&" : "") + escaped
  }
}
