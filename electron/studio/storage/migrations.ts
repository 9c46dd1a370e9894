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
  `ALTER TABLE jobs ADD COLUMN position REAL NOT NULL DEFAULT 0;
   ALTER TABLE jobs ADD COLUMN picture TEXT;
   UPDATE jobs SET position = created_at;
   CREATE INDEX jobs_by_position ON jobs (position);
   CREATE TABLE clips (
     id TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     file TEXT NOT NULL,
     bytes INTEGER NOT NULL,
     model TEXT NOT NULL,
     settings TEXT NOT NULL,
     seconds REAL NOT NULL,
     phase_seconds TEXT NOT NULL,
     starred INTEGER NOT NULL DEFAULT 0,
     deleted_at INTEGER,
     trash_file TEXT,
     words TEXT NOT NULL
   ) STRICT;
   CREATE INDEX clips_by_time ON clips (created_at DESC, id DESC);
   CREATE INDEX clips_by_file ON clips (file);
   INSERT INTO clips (id, created_at, file, bytes, model, settings, seconds, phase_seconds, words)
     SELECT id, updated_at, out, state ->> '$.bytes', model, settings, state ->> '$.seconds', state -> '$.phaseSeconds',
       lower(model || ' ' || (settings ->> '$.prompt') || ' ' || (settings ->> '$.negativePrompt'))
     FROM jobs WHERE state_kind = 'done';
   CREATE TABLE remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
  `ALTER TABLE jobs ADD COLUMN kept TEXT;
   UPDATE jobs SET kept = state -> '$.kept';`,
];
