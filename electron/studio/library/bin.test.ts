import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import { Refused } from '../refused.ts';
import { openStore, type Store } from '../storage/database.ts';
import { Library, type LibraryChange } from './library.ts';
import type { Entry } from './rows.ts';

let folder: string;
let store: Store;
let library: Library;
let changes: LibraryChange[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-bin-'));
  mkdirSync(join(folder, 'clips'));
  store = openStore(join(folder, 'store.db'));
  changes = [];
  library = new Library(
    store,
    join(folder, 'posters'),
    () => 1_700_000_000_000,
    (change) => changes.push(change),
  );
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const entry = (id: string, prompt = 'a ball'): Entry => ({
  ...{ id, createdAt: 1, file: join(folder, 'clips', `${id}.mp4`), bytes: 3, model: 'm', unknown: [], maker: null },
  settings: {
    ...{ prompt, negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8, steps: 16 },
    ...{ guidance: 3, scheduler: 'ddim', seed: 1 },
  },
  ...{ seconds: 1, phaseSeconds: {}, recoveries: [], shortcut: null },
});

function many(count: number): string[] {
  const entries = Array.from({ length: count }, (_, at) => entry(`c${at}`));
  for (const { file } of entries) writeFileSync(file, 'abc');
  library.enter(entries);
  changes.length = 0;
  return entries.map(({ id }) => id);
}

/** How often others had their turn while something was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let going = true;
  const turn = () => {
    turns += 1;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  await work.finally(() => {
    going = false;
  });
  return turns;
}

const total = async (deleted: boolean) => (await library.page({ ...everyClip, deleted }, 0, 1)).total;
const files = () => readdirSync(join(folder, 'clips')).filter((name) => name.endsWith('.mp4'));

describe('many clips at once', () => {
  it('go into the trash, back, and away, while the studio answers others', async () => {
    const ids = many(230);
    expect(await turnsDuring(library.delete(ids))).toBeGreaterThanOrEqual(4);
    expect([await total(false), await total(true), files().length]).toEqual([0, 230, 0]);
    expect(await turnsDuring(library.restore(ids.slice(0, 120)))).toBeGreaterThanOrEqual(2);
    expect([await total(false), files().length]).toEqual([120, 120]);
    expect(await turnsDuring(library.purge(null))).toBeGreaterThanOrEqual(2);
    expect([await total(false), await total(true), files().length]).toEqual([120, 0, 120]);
    expect(existsSync(join(folder, 'clips', '.reelwright-trash', 'c200.mp4'))).toBe(false);
    // Each is told once, however many parts it took.
    expect(changes.map(({ added, removed }) => [added.length, removed.length])).toEqual([
      [0, 230],
      [120, 0],
      [0, 110],
    ]);
  });

  it('come back whole or not at all while the trash is emptied', async () => {
    const ids = many(120);
    await library.delete(ids);
    const emptied = library.purge(null);
    await expect(library.restore(ids.slice(60))).rejects.toMatchObject({ refusal: { problem: 'gone' } });
    await emptied;
    expect([await total(false), await total(true), files().length]).toEqual([0, 0, 0]);

    const others = many(120);
    await library.delete(others);
    const back = library.restore(others);
    await library.purge(null);
    await back;
    expect([await total(false), await total(true), files().length]).toEqual([120, 0, 120]);
  });

  it('stay as they are when one of them is not there', async () => {
    const ids = many(3);
    await expect(library.delete([...ids, 'nobody'])).rejects.toThrow(Refused);
    await expect(library.purge(ids)).rejects.toMatchObject({ refusal: { problem: 'not-in-trash' } });
    expect([await total(false), files().length, changes]).toEqual([3, 3, []]);
  });
});

describe('words that the database made', () => {
  const search = async (words: string) => (await library.page({ ...everyClip, search: words }, 0, 10)).total;

  it('are made again once, as the studio makes them', async () => {
    library.enter([entry('a', 'Une ÉTÉ à Paris'), entry('b', 'ﬁne weather')]);
    // As the second version of the store left them.
    store.prepare("UPDATE clips SET words = lower(model || ' ' || (settings ->> '$.prompt') || ' ')").run();
    expect([await search('été'), await search('fine')]).toEqual([0, 0]);
    await library.tidy();
    expect([await search('été'), await search('fine'), await search('paris')]).toEqual([1, 1, 1]);
    store.prepare("UPDATE clips SET words = 'nothing'").run();
    await library.tidy();
    expect(await search('nothing')).toBe(2);
  });
});
