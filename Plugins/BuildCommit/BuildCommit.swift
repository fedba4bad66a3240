import Foundation
import PackagePlugin

/// Writes the commit of the sources into the program, so that `plumb --version` and every run say
/// what was built.
@main
struct BuildCommit: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let folder = context.pluginWorkDirectoryURL.appending(path: "Generated")
    // The file changes only when the commit does; otherwise nothing is compiled again.
    let script = """
      commit=$(git -C "$0" describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || echo unknown)
      text="/// The commit that the program was built from.
      enum BuildCommit {
        /// Its abbreviated name, with '-dirty' if files had changed since.
        static let name = \\"$commit\\"
      }"
      file="$1/BuildCommit.swift"
      mkdir -p "$1"
      [ "$(cat "$file" 2>/dev/null)" = "$text" ] || printf '%s\\n' "$text" > "$file"
      """
    return [
      .prebuildCommand(
        displayName: "Commit of the sources", executable: URL(filePath: "/bin/sh"),
        arguments: ["-c", script, context.package.directoryURL.path, folder.path],
        outputFilesDirectory: folder)
    ]
  }
}
