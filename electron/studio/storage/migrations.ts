/** Each entry takes the store one version up. Entries are only ever added. */
export const migrations: readonly string[] = [
  `CREATE TABLE jobs (
     id TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     model TEXT NOT NULL,
     settings TEXT NOT NULL,
     out TEXT NOT NULL,
     overwrite INTEGER NOT NULL,
     request_key TEXT NOT NULL,
     state_kind TEXT NOT NULL,
     state TEXT NOT NULL,
     cancel_requested INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX jobs_by_request ON jobs (request_key, created_at);
   CREATE INDEX jobs_by_state ON jobs (state_kind, created_at);
   CREATE TABLE verified_files (
     path TEXT PRIMARY KEY,
     bytes INTEGER NOT NULL,
     modified_ms INTEGER NOT NULL,
     sha256 TEXT NOT NULL
   ) STRICT;`,
];
