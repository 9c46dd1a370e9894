import { z } from 'zod';
import { batchLimits, Wildcard } from '../../../contract/batch.ts';
import { Refused } from '../refused.ts';
import type { Store } from '../storage/database.ts';

const Row = z.object({ name: z.string(), entries: z.string() });

/** The user's own lists of words, from which prompts draw. */
export class Wildcards {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  list(): Wildcard[] {
    const rows: unknown[] = this.#store.prepare('SELECT name, entries FROM wildcards ORDER BY name').all();
    return rows.flatMap((row) => {
      const { name, entries } = Row.parse(row);
      return Wildcard.safeParse({ name, entries: JSON.parse(entries) }).data ?? [];
    });
  }

  /** By name, as templates ask for them. */
  values(): Record<string, string[]> {
    return Object.fromEntries(this.list().map(({ name, entries }) => [name, entries]));
  }

  /** @throws {Refused} when there are too many. */
  set({ name, entries }: Wildcard): void {
    const others = this.list().filter((each) => each.name !== name);
    if (others.length >= batchLimits.wildcards)
      throw new Refused({ reason: 'wildcards-full', max: batchLimits.wildcards });
    this.#store
      .prepare(
        'INSERT INTO wildcards (name, entries) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET entries = excluded.entries',
      )
      .run(name, JSON.stringify(entries));
  }

  remove(name: string): void {
    this.#store.prepare('DELETE FROM wildcards WHERE name = ?').run(name);
  }
}
