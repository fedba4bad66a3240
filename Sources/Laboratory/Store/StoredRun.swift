import Foundation
import GRDB

/// What a run is, apart from its metrics and files.
public struct StoredRun: Sendable, Hashable, Codable, Identifiable {
  /// How far a run came.
  public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
    /// It goes on in some process.
    case running
    /// It came to its end.
    case finished
    /// It ended with an error.
    case failed
    /// It was stopped, or its process died; it can be taken up again.
    case interrupted
  }

  /// Eight letters and digits that name the run; the first few will do where they are clear.
  public var id: String
  /// The command that reads the recipe, such as `visualize`.
  public var command: String
  /// What the run is about, in a few words.
  public var title: String
  /// How far it came.
  public var status: Status
  /// What replays it, as JSON.
  public var recipe: String
  /// What tells the recipe from all others: the SHA-256 of its canonical form.
  public var recipeDigest: String
  /// The recipe's seed.
  public var seed: UInt64
  /// The models it used.
  public var models: [StoredModel]
  /// The programs that ran.
  public var versions: StoredVersions
  /// The machine they ran on.
  public var machine: StoredMachine
  /// When it began.
  public var started: Date
  /// When it ended; `nil` while it runs.
  public var ended: Date?
  /// What came of it in one sentence, or why it failed.
  public var outcome: String?
}

/// A model that a run used.
public struct StoredModel: Sendable, Hashable, Codable {
  /// The model's name.
  public var name: String
  /// The digest of its weights.
  public var digest: String

  /// Creates a model.
  public init(name: String, digest: String) {
    self.name = name
    self.digest = digest
  }
}

/// The versions of what computed a run.
public struct StoredVersions: Sendable, Hashable, Codable {
  /// Plumbline's version.
  public var plumb: String
  /// The commit it was built from.
  public var commit: String
  /// oneDNN's version.
  public var oneDNN: String

  /// Creates versions.
  public init(plumb: String, commit: String, oneDNN: String) {
    self.plumb = plumb
    self.commit = commit
    self.oneDNN = oneDNN
  }
}

/// The machine that computed a run.
public struct StoredMachine: Sendable, Hashable, Codable {
  /// The operating system's name and version.
  public var system: String
  /// The processor's name.
  public var processor: String
  /// Processor cores.
  public var cores: Int
  /// The widest instructions that were used.
  public var instructionSet: String
  /// Threads that computed.
  public var threads: Int

  /// Creates a machine.
  public init(
    system: String, processor: String, cores: Int, instructionSet: String, threads: Int
  ) {
    self.system = system
    self.processor = processor
    self.cores = cores
    self.instructionSet = instructionSet
    self.threads = threads
  }
}

/// A number that a run reported.
public struct StoredMetric: Sendable, Hashable, Codable {
  /// What was measured, with its unit where it has one.
  public var name: String
  /// After which step.
  public var step: Int
  /// The value.
  public var value: Double
}

/// A file that a run left.
public struct StoredArtifact: Sendable, Hashable, Codable {
  /// Its name within the run, such as `pictures/chain.png`.
  public var name: String
  /// What is in it, such as `image/png`.
  public var mediaType: String
  /// Its size in bytes.
  public var bytes: Int
  /// The SHA-256 of its bytes.
  public var digest: String
}

// The seed is kept as text: SQLite's whole numbers end at 2^63 - 1.
extension StoredRun: FetchableRecord, PersistableRecord {
  /// The table's name.
  public static let databaseTableName = "run"

  private enum Column: String, CodingKey {
    case id, command, title, status, recipe, recipeDigest, seed, models, versions, machine
    case started, ended, outcome
  }

  /// Reads a row.
  public init(row: Row) throws {
    id = row[Column.id.rawValue]
    command = row[Column.command.rawValue]
    title = row[Column.title.rawValue]
    status = Status(rawValue: row[Column.status.rawValue]) ?? .interrupted
    recipe = row[Column.recipe.rawValue]
    recipeDigest = row[Column.recipeDigest.rawValue]
    seed = UInt64(row[Column.seed.rawValue] as String) ?? 0
    models = try Self.decoded(row[Column.models.rawValue])
    versions = try Self.decoded(row[Column.versions.rawValue])
    machine = try Self.decoded(row[Column.machine.rawValue])
    started = row[Column.started.rawValue]
    ended = row[Column.ended.rawValue]
    outcome = row[Column.outcome.rawValue]
  }

  /// Fills a row.
  public func encode(to container: inout PersistenceContainer) throws {
    container[Column.id.rawValue] = id
    container[Column.command.rawValue] = command
    container[Column.title.rawValue] = title
    container[Column.status.rawValue] = status.rawValue
    container[Column.recipe.rawValue] = recipe
    container[Column.recipeDigest.rawValue] = recipeDigest
    container[Column.seed.rawValue] = String(seed)
    container[Column.models.rawValue] = try CanonicalJSON.text(models)
    container[Column.versions.rawValue] = try CanonicalJSON.text(versions)
    container[Column.machine.rawValue] = try CanonicalJSON.text(machine)
    container[Column.started.rawValue] = started
    container[Column.ended.rawValue] = ended
    container[Column.outcome.rawValue] = outcome
  }

  private static func decoded<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }
}

extension StoredMetric: FetchableRecord {}
extension StoredArtifact: FetchableRecord {}
