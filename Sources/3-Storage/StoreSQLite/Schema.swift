import Store

/// The tables. One kind of table for each shape, none for a kind of resource.
enum Schema {
  /// Raised with every change of the tables; kept in the file's `user_version`.
  static let version = 2

  /// Makes the tables, or brings those of an older version to this one's form.
  static func prepare(_ connection: Connection, path: String) throws {
    var found = 0
    try connection.statement("PRAGMA user_version").run([]) { row in
      found = Int(row.int(0))
      return false
    }
    guard found <= version else {
      throw StoreFault.damaged("\(path) was written by a newer version of Martlet: its format is \(found), this version reads \(version)")
    }
    if found == version { return }
    try connection.execute("BEGIN IMMEDIATE")
    do {
      switch found {
      case 0: try connection.execute(tables + agenda)
      case 1: try connection.execute(from1)
      default: throw StoreFault.damaged("\(path) has the unknown format \(found)")
      }
      try connection.execute("PRAGMA user_version = \(version); COMMIT")
    } catch {
      if connection.isInTransaction { try connection.execute("ROLLBACK") }
      throw error
    }
  }

  private static let tables = """
    CREATE TABLE partition (
      id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, shard INTEGER NOT NULL,
      UNIQUE (account, region, shard)
    ) STRICT;
    CREATE TABLE catalog (
      partition INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL,
      body BLOB NOT NULL, indexes TEXT, PRIMARY KEY (partition, kind, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE catalog_index (
      partition INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, key TEXT NOT NULL,
      PRIMARY KEY (partition, kind, name, value, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ledger_stream (
      id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, UNIQUE (partition, name)
    ) STRICT;
    CREATE TABLE ledger (
      stream INTEGER NOT NULL, sequence INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (stream, sequence)
    ) STRICT, WITHOUT ROWID;

    """

  /// Claims are not stored: they end with the process that made them. `AgendaClaims` gives the ids.
  private static let agenda = """
    CREATE TABLE agenda (
      id INTEGER PRIMARY KEY, queue TEXT NOT NULL, partition INTEGER NOT NULL, key TEXT, due INTEGER NOT NULL,
      attempt INTEGER NOT NULL, payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX agenda_due ON agenda (queue, due, id);
    CREATE UNIQUE INDEX agenda_key ON agenda (queue, partition, key) WHERE key IS NOT NULL;

    """

  /// Format 1 kept claims in the table: `wanted` was the entry's instant, `due` the end of the claim while there was one.
  private static let from1 = """
    ALTER TABLE agenda RENAME TO agenda1;
    DROP INDEX agenda_due;
    DROP INDEX agenda_key;
    DROP INDEX agenda_claimed;
    \(agenda)
    INSERT INTO agenda (id, queue, partition, key, due, attempt, payload)
      SELECT id, queue, partition, key, wanted, attempt, payload FROM agenda1 ORDER BY id;
    DROP TABLE agenda1;

    """
}
