import { Job } from '../../../contract/job.ts';
import type { Store } from '../storage/database.ts';
import { notesOf, parseAttempts } from './attempts.ts';

export function insertJobs(store: Store, jobs: readonly Job[]): void {
  const insert = store.prepare(
    `INSERT INTO jobs
       (id, created_at, updated_at, position, picture, model, settings, out, overwrite, request_key, state_kind, state,
        memory_limit, shortcut)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const job of jobs) {
    insert.run(
      ...[job.id, job.createdAt, job.updatedAt, job.position, job.picture, job.model, JSON.stringify(job.settings)],
      ...[job.out, job.overwrite ? 1 : 0, job.requestKey, job.state.kind, JSON.stringify(job.state)],
      ...[job.memoryLimit ?? null, job.shortcut ?? null],
    );
  }
}

/** A row that a newer studio wrote in words this one does not know is left out rather than misread. */
export function parseRow(row: Record<string, unknown>): Job[] {
  const parsed = Job.safeParse({
    id: row['id'],
    createdAt: row['created_at'],
    updatedAt: row['updated_at'],
    model: row['model'],
    settings: JSON.parse(String(row['settings'])),
    out: row['out'],
    overwrite: row['overwrite'] === 1,
    requestKey: row['request_key'],
    position: row['position'],
    picture: row['picture'],
    memoryLimit: row['memory_limit'] ?? undefined,
    shortcut: row['shortcut'] ?? undefined,
    recoveries: row['attempts'] === null ? undefined : notesOf(parseAttempts(String(row['attempts']))),
    state: JSON.parse(String(row['state'])),
  });
  return parsed.success ? [parsed.data] : [];
}
