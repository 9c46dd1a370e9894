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
  `CREATE TABLE presets (
     id TEXT PRIMARY KEY,
     origin TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     document TEXT NOT NULL,
     thumbnail BLOB,
     deleted_at INTEGER
   ) STRICT;
   CREATE INDEX presets_by_time ON presets (created_at DESC);`,
  // Jobs: taken out with a way back, and found by their place among very many; the user's own lists of words.
  `ALTER TABLE jobs ADD COLUMN removed_at INTEGER;
   CREATE INDEX jobs_in_line ON jobs (position, id) WHERE state_kind <> 'done' AND removed_at IS NULL;
   CREATE INDEX jobs_by_file ON jobs (out) WHERE state_kind <> 'done';
   CREATE INDEX jobs_done ON jobs (updated_at) WHERE state_kind = 'done';
   CREATE INDEX jobs_removed ON jobs (removed_at) WHERE removed_at IS NOT NULL;
   CREATE TABLE wildcards (name TEXT PRIMARY KEY, entries TEXT NOT NULL) STRICT;`,
  // Clips: stars instead of one, notes, what they are filtered by, collections, and an index of their words.
  `ALTER TABLE clips ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
   UPDATE clips SET rating = 5 WHERE starred = 1;
   ALTER TABLE clips DROP COLUMN starred;
   ALTER TABLE clips ADD COLUMN notes TEXT NOT NULL DEFAULT '';
   ALTER TABLE clips ADD COLUMN unknown TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE clips ADD COLUMN maker TEXT;
   ALTER TABLE clips ADD COLUMN shape TEXT NOT NULL DEFAULT 'landscape';
   ALTER TABLE clips ADD COLUMN length REAL NOT NULL DEFAULT 0;
   ALTER TABLE clips ADD COLUMN from_picture INTEGER NOT NULL DEFAULT 0;
   UPDATE clips SET
     shape = CASE
       WHEN settings ->> '$.width' > settings ->> '$.height' THEN 'landscape'
       WHEN settings ->> '$.width' < settings ->> '$.height' THEN 'portrait'
       ELSE 'square' END,
     length = coalesce((settings ->> '$.frames') * 1.0 / (settings ->> '$.fps'), 0),
     from_picture = (settings ->> '$.image') IS NOT NULL;
   DROP INDEX clips_by_time;
   CREATE INDEX clips_by_time ON clips (created_at, id, deleted_at, rating, model, shape, length, from_picture);
   CREATE TABLE collections (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     deleted_at INTEGER
   ) STRICT;
   CREATE TABLE collected (
     collection TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
     clip TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
     PRIMARY KEY (collection, clip)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX collected_by_clip ON collected (clip);
   CREATE TABLE moving (
     source TEXT PRIMARY KEY,
     target TEXT NOT NULL,
     sha256 TEXT NOT NULL,
     bytes INTEGER NOT NULL,
     ours INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE VIRTUAL TABLE clip_words USING fts5 (
     words, content = 'clips', content_rowid = 'rowid', tokenize = 'trigram case_sensitive 1', detail = full
   );
   INSERT INTO clip_words (rowid, words) SELECT rowid, words FROM clips;
   CREATE TRIGGER clip_words_added AFTER INSERT ON clips BEGIN
     INSERT INTO clip_words (rowid, words) VALUES (new.rowid, new.words);
   END;
   CREATE TRIGGER clip_words_removed AFTER DELETE ON clips BEGIN
     INSERT INTO clip_words (clip_words, rowid, words) VALUES ('delete', old.rowid, old.words);
   END;
   CREATE TRIGGER clip_words_changed AFTER UPDATE OF words ON clips BEGIN
     INSERT INTO clip_words (clip_words, rowid, words) VALUES ('delete', old.rowid, old.words);
     INSERT INTO clip_words (rowid, words) VALUES (new.rowid, new.words);
   END;`,
  `CREATE TABLE measurements (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     created_at INTEGER NOT NULL,
     device TEXT NOT NULL,
     model TEXT NOT NULL,
     shape TEXT NOT NULL,
     phase TEXT NOT NULL,
     seconds REAL NOT NULL,
     predicted_seconds REAL NOT NULL,
     device_bytes REAL,
     predicted_device_bytes REAL,
     host_bytes REAL,
     predicted_host_bytes REAL NOT NULL
   ) STRICT;`,
  // What was met on the way to a clip, and what was done about it.
  `ALTER TABLE jobs ADD COLUMN attempts TEXT;
   ALTER TABLE clips ADD COLUMN recoveries TEXT NOT NULL DEFAULT '[]';`,
  // What one clip may take of the card or of the memory; null: as much as there is.
  // And clips by their size, by which the same file is found again elsewhere.
  `ALTER TABLE jobs ADD COLUMN memory_limit INTEGER;
   CREATE INDEX clips_by_bytes ON clips (bytes);`,
  // Ways with a slightly other picture: the one that a job was asked for with, the one with which was made what is kept of
  // it, and the one with which a clip was made; null: the exact picture.
  `ALTER TABLE jobs ADD COLUMN shortcut TEXT;
   ALTER TABLE jobs ADD COLUMN begun_with TEXT;
   ALTER TABLE clips ADD COLUMN shortcut TEXT;`,
];
