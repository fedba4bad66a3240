import GRDB

extension RunStore {
  /// The steps from an empty database to the one that this version uses.
  ///
  /// A step that has been in a release is never changed: what it made lies on people's disks.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: runs, metrics, artifacts") { database in
      try database.execute(
        sql: """
          CREATE TABLE run (
            id TEXT PRIMARY KEY NOT NULL,
            command TEXT NOT NULL,
            title TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'interrupted')),
            recipe TEXT NOT NULL,
            seed TEXT NOT NULL,
            models TEXT NOT NULL,
            versions TEXT NOT NULL,
            machine TEXT NOT NULL,
            started DATETIME NOT NULL,
            ended DATETIME,
            outcome TEXT
          );
          CREATE INDEX runByStart ON run(started);
          CREATE TABLE metric (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            step INTEGER NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (run, name, step)
          ) WITHOUT ROWID;
          CREATE TABLE artifact (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            mediaType TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            digest TEXT NOT NULL,
            PRIMARY KEY (run, name)
          ) WITHOUT ROWID;
          """)
    }
    // So that a run can be found by what it did: reports are cached by recipe.
    migrator.registerMigration("2: recipes by digest") { database in
      try database.execute(sql: "ALTER TABLE run ADD COLUMN recipeDigest TEXT NOT NULL DEFAULT ''")
      let rows = try Row.fetchAll(database, sql: "SELECT id, recipe FROM run")
      for row in rows {
        let recipe: String = row["recipe"]
        try database.execute(
          sql: "UPDATE run SET recipeDigest = ? WHERE id = ?",
          arguments: [CanonicalJSON.digest(of: recipe), row["id"] as String])
      }
      try database.execute(sql: "CREATE INDEX runByRecipe ON run(recipeDigest, status)")
    }
    return migrator
  }
}
