/// Why the store of runs cannot do what was asked.
public enum StoreError: Error, Equatable, Sendable {
  /// The folder cannot be made or opened.
  case unusable(folder: String, reason: String)
  /// A later version of Plumbline made the store.
  case fromLaterVersion(folder: String)
  /// No run has this name.
  case unknownRun(id: String, folder: String)
  /// Several runs begin with these letters.
  case ambiguousRun(id: String, candidates: [String])
  /// The run is still going on in some process.
  case stillRunning(id: String)
  /// A file of a run cannot be written or read.
  case artifact(run: String, name: String, reason: String)
  /// A name would leave the run's folder.
  case badName(String)
  /// The place to export to is taken.
  case occupied(path: String)
}

extension StoreError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unusable(let folder, let reason):
      "The store of runs in \(folder) cannot be used: \(reason). Choose another folder with --store."
    case .fromLaterVersion(let folder):
      "The store of runs in \(folder) was made by a later version of Plumbline; use that version, "
        + "or another folder with --store."
    case .unknownRun(let id, let folder):
      "There is no run '\(id)' in \(folder); 'plumb runs list' prints those there are."
    case .ambiguousRun(let id, let candidates):
      "'\(id)' could be any of the runs \(candidates.joined(separator: ", ")); give more letters."
    case .stillRunning(let id):
      "The run \(id) is still going on in another process; wait for it, or end that process."
    case .artifact(let run, let name, let reason):
      "The file '\(name)' of run \(run) cannot be written or read: \(reason)."
    case .badName(let name):
      "'\(name)' is no name for a file of a run: only letters, digits, '.', '-', '_' and single '/' "
        + "between them."
    case .occupied(let path):
      "\(path) exists already; choose a folder that does not."
    }
  }
}
