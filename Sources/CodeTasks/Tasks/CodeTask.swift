/// A programming task: what is asked, and how an answer is judged.
public struct CodeTask: Sendable {
  /// A parameter of the function, with its legal values.
  public struct Parameter: Sendable {
    /// Its name in the prompt.
    public let name: String
    /// Its legal values.
    public let values: InputGenerator
  }

  /// An input that is always tried.
  public struct Example: Sendable {
    /// One value for each parameter.
    public let input: [PythonValue]
    /// The right answer; nil if the reference or the checker decides.
    public let expected: PythonValue?
    /// How far a number may be off here; nil for the task's own tolerance.
    public let tolerance: Double?
  }

  /// Who says what is right.
  public enum Authority: Sendable {
    /// A right solution, in Python, with the same entry point. It runs in a jail of its own.
    case reference(String)
    /// Python with a function `check` that takes the input and, last, the answer, and returns a
    /// truth value; for tasks with several right answers. It runs in a jail of its own.
    case checker(String)
    /// The examples alone.
    case examples
  }

  /// Its name, such as `smallest-equal`.
  public let name: String
  /// What the model is given to continue.
  public let prompt: String
  /// What is called: `function` or `Class.method`, the class made anew for each call.
  public let entry: String
  /// The parameters in order; empty if no inputs can be made up.
  public let parameters: [Parameter]
  /// Inputs that are always tried.
  public let examples: [Example]
  /// Who says what is right.
  public let authority: Authority
  /// When an answer counts as the expected one.
  public let comparison: AnswerComparison
  /// A completion ends before the first of these.
  public let stopStrings: [String]
  /// Python with a function `check(candidate)` whose asserts could not be taken out of it.
  ///
  /// It runs in the candidate's own interpreter, which can cheat it; reports say so.
  public let insideCheck: String?

  var inputs: InputSpace? {
    parameters.isEmpty ? nil : InputSpace(generators: parameters.map(\.values))
  }

  /// Where completions of a function usually go on to something else.
  public static let usualStopStrings = ["\nclass", "\ndef", "\n#", "\nif __name__", "\nprint"]
}

extension CodeTask {
  /// The tasks that come with Plumbline.
  public static var builtIn: [String] { ["smallest-equal"] }

  /// Returns a built-in task.
  ///
  /// - Throws: ``CodeTaskError/unknownTask(name:builtIn:)`` if there is none of that name.
  public static func builtIn(_ name: String) throws(CodeTaskError) -> CodeTask {
    guard name == "smallest-equal" else { throw .unknownTask(name: name, builtIn: builtIn) }
    return try CodeTask(json: PackageResources.smallest_equal_json, file: "smallest-equal.json")
  }

  /// The well-known wrong answer to `smallest-equal`: it sorts the list before it looks at indices.
  ///
  /// It looks right and was published as a working solution.
  public static var sortedAnswer: String {
    String(decoding: PackageResources.sorted_answer_py, as: UTF8.self)
  }
}
