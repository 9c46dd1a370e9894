import { setImmediate } from 'node:timers/promises';
import { type Store, transact } from '../storage/database.ts';
import { indexedWords, readRows } from './rows.ts';

/** Grows when what is looked through is made in another way. */
const wordsVersion = 1;
const inOneBreath = 200;

/**
 * What a search looks through, made again once where an earlier studio made it, or the database did, which knows neither
 * accents in capitals nor two ways of writing one character. Cut, it begins again at the next start.
 */
export async function renewWords(store: Store): Promise<void> {
  const marker: unknown = store.prepare("SELECT value FROM remembered WHERE name = 'clip-words'").get();
  if (Number((marker as { value: string } | undefined)?.value ?? 0) >= wordsVersion) return;
  const put = store.prepare('UPDATE clips SET words = ? WHERE id = ? AND words <> ?');
  for (let after = ''; ; ) {
    const clips = readRows(store, 'WHERE id > ? ORDER BY id LIMIT ?', [after, inOneBreath]);
    const last: unknown = store
      .prepare('SELECT max(id) AS id FROM (SELECT id FROM clips WHERE id > ? ORDER BY id LIMIT ?)')
      .get(after, inOneBreath);
    transact(store, () => {
      for (const clip of clips) {
        const words = indexedWords(clip, clip.notes);
        put.run(words, clip.id, words);
      }
    });
    // Rows that cannot be read are passed over, not stopped at.
    const { id } = last as { id: string | null };
    if (id === null) break;
    after = id;
    await setImmediate();
  }
  store
    .prepare(
      "INSERT INTO remembered (name, value) VALUES ('clip-words', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .run(String(wordsVersion));
}
