#include <sqlite3.h>

/// SQLITE_TRANSIENT is a cast that Swift does not import: SQLite copies what is bound.
static inline sqlite3_destructor_type martlet_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// Refuses texts in double quotes; variadic in SQLite.
static inline void martlet_sqlite_strict(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (void *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (void *)0);
}
