import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import { Refused } from '../refused.ts';
import { openStore } from '../storage/database.ts';
import { migrations } from '../storage/migrations.ts';
import { jobOf, LibraryHome, made } from './library.fixture.ts';
import { Library } from './library.ts';

describe('the library', () => {
  let home: LibraryHome;
  beforeEach(() => {
    home = new LibraryHome();
  });
  afterEach(() => home.close());

  it('shows the newest first, some at a time', async () => {
    for (const id of ['a', 'b', 'c']) home.addClip(id, 'a ball');
    expect(await home.idsOf()).toEqual(['c', 'b', 'a']);
    expect(await home.idsOf({ order: 'oldest' })).toEqual(['a', 'b', 'c']);
    const page = await home.library.page(everyClip, 1, 1);
    expect(page).toMatchObject({ total: 3, offset: 1, clips: [{ id: 'b', missing: false, rating: 0 }] });
  });

  it.each([
    ['BALLOON', ['a']],
    ['red balloon', ['a']],
    ['balloon red', ['a']],
    ['balloon green', []],
    ['气球', ['b']],
    ['100%', ['c']],
    ['_', []],
    ['other-model', ['c']],
    ['ｒｅｄ', ['a']],
  ])('finds %s', async (search, ids) => {
    home.addClip('a', 'A red balloon over the sea');
    home.addClip('b', '一个红色的气球');
    home.addClip('c', '100% cotton', 'other-model');
    expect(await home.idsOf({ search })).toEqual(ids);
  });

  it('finds what a plain search through the words finds', async () => {
    const latin = ['red', 'balloon', 'ball', 'sea', 'a', 'over', 'Über', 'naïve', '100%', "O'Hara", '"quoted"', '*'];
    const chinese = ['红色', '气球', '一个红色的气球', '海', 'の', '風船', '赤い風船', '바다'];
    const word = fc.constantFrom(...latin, ...chinese);
    const prompts = fc.sample(fc.array(word, { minLength: 1, maxLength: 6 }), { numRuns: 150, seed: 7 });
    const texts = new Map(prompts.map((words, at) => [`c${at}`, words.join(at % 2 === 0 ? ' ' : '')]));
    for (const [id, text] of texts) home.addClip(id, text, 'm');
    const part = fc.tuple(word, fc.nat(3), fc.integer({ min: 1, max: 8 })).map(([text, from, length]) => {
      return [...text].slice(from, from + length).join('');
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 3 }), async (parts) => {
        const plain = (text: string) => text.normalize('NFKC').toLowerCase();
        const words = plain(parts.join(' ')).split(/\s+/).filter(Boolean);
        const found = [...texts].filter(([, text]) => words.every((each) => plain(`m ${text} `).includes(each)));
        const page = await home.library.page({ ...everyClip, search: parts.join(' ') }, 0, 500);
        expect(page.clips.map(({ id }) => id).sort()).toEqual(found.map(([id]) => id).sort());
        expect(page.total).toBe(found.length);
      }),
      { numRuns: 300 },
    );
  });

  it('finds a clip by its notes and by the name of its model', async () => {
    home.addClip('a', 'x', 'paper-world');
    home.addClip('b', 'y', 'other');
    home.library.note('b', 'For the Title Sequence, ２nd try');
    expect(await home.idsOf({ search: 'sequence 2nd' })).toEqual(['b']);
    home.library.note('b', 'nothing');
    expect(await home.idsOf({ search: 'sequence' })).toEqual([]);
    const models = [{ id: 'other', name: 'CogVideoX-5B' }];
    expect((await home.library.page({ ...everyClip, search: 'cogvideo y' }, 0, 9, models)).clips).toMatchObject([
      { id: 'b' },
    ]);
    expect(home.library.models()).toEqual(['other', 'paper-world']);
  });

  it('leaves out what is not asked for', async () => {
    home.addClip('wide', 'x');
    home.addClip('tall', 'x', 'm', { width: 96, height: 160 });
    home.addClip('square', 'x', 'm', { width: 96, height: 96, frames: 81 });
    home.addClip('pictured', 'x', 'm', { image: '/a.png', frames: 33 });
    home.library.rate(['wide', 'tall'], 4);
    home.library.rate(['tall'], 2);
    expect(await home.idsOf({ shape: 'portrait' })).toEqual(['tall']);
    expect(await home.idsOf({ shape: 'square' })).toEqual(['square']);
    expect(await home.idsOf({ length: 'short' })).toEqual([]);
    expect(await home.idsOf({ length: 'middle' })).toEqual(['pictured', 'tall', 'wide']);
    expect(await home.idsOf({ length: 'long' })).toEqual(['square']);
    expect(await home.idsOf({ fromPicture: true })).toEqual(['pictured']);
    expect(await home.idsOf({ model: 'paper-world' })).toEqual(['wide']);
    expect(await home.idsOf({ stars: 3 })).toEqual(['wide']);
    expect(await home.idsOf({ stars: 1 })).toEqual(['tall', 'wide']);
    const { createdAt } = await home.library.get('square');
    expect(await home.idsOf({ since: createdAt })).toEqual(['pictured', 'square']);
    expect(await home.idsOf({ before: createdAt, stars: 1, shape: 'landscape' })).toEqual(['wide']);
    home.library.rate(['wide'], 0);
    expect(await home.idsOf({ stars: 3 })).toEqual([]);
  });

  it('keeps collections, which come back after they were deleted', async () => {
    for (const id of ['a', 'b', 'c']) home.addClip(id, 'x');
    const { collections } = home.library;
    const created = collections.create('Title', ['a', 'b', 'b', 'gone']);
    expect(created).toMatchObject({ name: 'Title', clips: 2 });
    const { id } = created;
    expect(collections.list()).toEqual([{ id, name: 'Title', clips: 2 }]);
    collections.put(id, ['b', 'c']);
    collections.take(id, ['a']);
    expect(await home.idsOf({ collection: id })).toEqual(['c', 'b']);
    expect((await home.library.get('c')).collections).toEqual([id]);
    collections.rename(id, 'Ende');
    collections.delete(id);
    expect(collections.list()).toEqual([]);
    expect((await home.library.get('c')).collections).toEqual([]);
    expect(await home.idsOf({ collection: id })).toEqual([]);
    expect(() => collections.put(id, ['a'])).toThrow(Refused);
    collections.restore(id);
    expect(collections.list()).toEqual([{ id, name: 'Ende', clips: 2 }]);
    await home.library.delete(['c']);
    await home.library.purge(['c']);
    expect(collections.list()).toMatchObject([{ clips: 1 }]);
    collections.delete(id);
    await home.library.tidy();
    expect(() => collections.restore(id)).toThrow(Refused);
  });

  it('keeps what people said of a clip when its file is read anew', async () => {
    home.addClip('a', 'x');
    const { id } = home.library.collections.create('Title', ['a']);
    home.library.rate(['a'], 3);
    home.library.note('a', 'Keep');
    home.addClip('a', 'another prompt');
    expect(await home.library.get('a')).toMatchObject({ rating: 3, notes: 'Keep', collections: [id] });
    expect(await home.idsOf({ search: 'another keep' })).toEqual(['a']);
  });

  it('shows clips whose files are from before or after all time', async () => {
    for (const [id, createdAt] of [
      ['a', -1e17],
      ['b', Number.MAX_SAFE_INTEGER],
    ] as const) {
      home.addClip(id, 'x');
      home.store.prepare('UPDATE clips SET created_at = ? WHERE id = ?').run(createdAt, id);
      // No calendar has a day for every number.
      expect(() => new Intl.DateTimeFormat('en').format(Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
      const { createdAt: shown } = await home.library.get(id);
      expect(new Intl.DateTimeFormat('en').format(shown)).not.toBe('');
    }
  });

  // Elsewhere two names that differ in case alone are one.
  it.skipIf(process.platform !== 'linux')('never renames a clip over another whose name differs in case', async () => {
    home.addClip('cat', 'x');
    const other = home.addClip('Cat', 'x');
    await expect(home.library.rename('cat', 'Cat')).rejects.toMatchObject({ refusal: { problem: 'name-taken' } });
    expect(readFileSync(other, 'utf8')).toBe('Cat');
    expect((await home.library.rename('Cat', 'CAT')).file).toBe(join(home.folder, 'CAT.mp4'));
  });

  it('gives nobody the name that a clip which waits will have', async () => {
    const file = home.addClip('a', 'x');
    home.promised.add(join(home.folder, 'b.mp4'));
    await expect(home.library.rename('a', 'b')).rejects.toMatchObject({ refusal: { problem: 'name-taken' } });
    await home.library.delete(['a']);
    home.promised.add(file);
    await home.library.restore(['a']);
    expect(await home.library.get('a')).toMatchObject({ file: join(home.folder, 'a-a.mp4'), missing: false });
  });

  it('knows whose a file is, at its place and in the trash, without looking at every clip', async () => {
    const [file, other] = [home.addClip('a', 'x'), home.addClip('b', 'y')];
    await home.library.delete(['b']);
    const files = [file, other, home.library.fileOf('b'), join(home.folder, 'c.mp4')];
    const prepare = vi.spyOn(home.store, 'prepare');
    expect(files.map((each) => home.library.hasFile(each))).toEqual([true, false, true, false]);
    const asked = prepare.mock.calls.map(([sql]) => sql);
    prepare.mockRestore();
    expect(asked).toHaveLength(4);
    for (const sql of asked) {
      const values = Array.from(sql.matchAll(/\?/g), () => 'x');
      expect(JSON.stringify(home.store.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values))).not.toContain('SCAN');
    }
  });

  it('rates all or none', () => {
    home.addClip('a', 'x');
    expect(() => home.library.rate(['a', 'gone'], 3)).toThrow(Refused);
    home.library.rate(['a', 'a'], 2);
    expect(home.store.prepare('SELECT rating FROM clips').all()).toMatchObject([{ rating: 2 }]);
  });

  it('says when a file is gone, and forgets what a new clip replaced', async () => {
    const file = home.addClip('a', 'x');
    rmSync(file);
    expect((await home.library.get('a')).missing).toBe(true);
    await home.library.delete(['a']);
    await home.library.restore(['a']);
    const again = jobOf('b', file, (await home.library.get('a')).settings, { overwrite: true });
    home.library.add(again, made);
    expect(await home.idsOf()).toEqual(['b']);
  });
});

it('takes over the stars and clips of a store from before there were more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reelwright-library-'));
  const file = join(folder, 'store.db');
  try {
    const old = new Database(file);
    for (const sql of migrations.slice(0, 3)) old.exec(sql);
    old.exec('PRAGMA user_version = 3');
    const settings = { prompt: 'A red balloon', negativePrompt: '', image: null, width: 64, height: 96 };
    const rest = { frames: 17, fps: 8, steps: 16, guidance: 3, scheduler: 'ddim', seed: 1 };
    const add = old.prepare(
      `INSERT INTO clips (id, created_at, file, bytes, model, settings, seconds, phase_seconds, starred, words)
       VALUES (?, 5, ?, 3, 'm', ?, 2, '{}', 1, 'm a red balloon')`,
    );
    add.run('a', '/a.mp4', JSON.stringify({ ...settings, ...rest }));
    // What nobody can read any more keeps nobody from the rest.
    add.run('b', '/b.mp4', JSON.stringify(settings));
    add.run('c', '/c.mp4', JSON.stringify({ ...settings, ...rest, fps: 0 }));
    old.close();
    const store = openStore(file);
    const library = new Library(store, folder, () => 0);
    const page = await library.page({ ...everyClip, search: 'balloon', stars: 5, shape: 'portrait' }, 0, 9);
    expect(page.clips).toMatchObject([{ id: 'a', rating: 5, notes: '', collections: [] }]);
    store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
