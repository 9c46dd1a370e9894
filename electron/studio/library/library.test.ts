import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClipQuery, everyClip } from '../../../contract/clip.ts';
import type { Job } from '../../../contract/job.ts';
import type { RenderSettings } from '../../../contract/render.ts';
import { Refused } from '../refused.ts';
import { openStore, type Store } from '../storage/database.ts';
import { migrations } from '../storage/migrations.ts';
import { Library, type LibraryChange } from './library.ts';

const made = { bytes: 3, seconds: 2, phaseSeconds: { denoising: 1 } };

describe('the library', () => {
  let folder: string;
  let store: Store;
  let library: Library;
  let changes: LibraryChange[];
  const promised = new Set<string>();
  let now = 1_700_000_000_000;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-library-'));
    store = openStore(join(folder, 'store.db'));
    changes = [];
    promised.clear();
    library = new Library(
      store,
      join(folder, 'posters'),
      () => (now += 1000),
      (change) => changes.push(change),
      (file) => promised.has(file),
    );
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  function addClip(id: string, prompt: string, model = 'paper-world', change: Partial<RenderSettings> = {}): string {
    const file = join(folder, `${id}.mp4`);
    writeFileSync(file, id);
    const settings = {
      ...{ prompt, negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8, steps: 16 },
      ...{ guidance: 3, scheduler: 'ddim' as const, seed: 1, ...change },
    };
    const job: Job = {
      ...{ id, createdAt: 1, updatedAt: 1, model, settings, out: file, overwrite: false, requestKey: id },
      ...{ position: 1, picture: null, state: { kind: 'queued', kept: { kind: 'nothing' } } },
    };
    library.add(job, made);
    return file;
  }
  const idsOf = async (query: Partial<ClipQuery> = {}) =>
    (await library.page({ ...everyClip, ...query }, 0, 100)).clips.map(({ id }) => id);

  it('shows the newest first, some at a time', async () => {
    for (const id of ['a', 'b', 'c']) addClip(id, 'a ball');
    expect(await idsOf()).toEqual(['c', 'b', 'a']);
    expect(await idsOf({ order: 'oldest' })).toEqual(['a', 'b', 'c']);
    const page = await library.page(everyClip, 1, 1);
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
    addClip('a', 'A red balloon over the sea');
    addClip('b', '一个红色的气球');
    addClip('c', '100% cotton', 'other-model');
    expect(await idsOf({ search })).toEqual(ids);
  });

  it('finds what a plain search through the words finds', async () => {
    const latin = ['red', 'balloon', 'ball', 'sea', 'a', 'over', 'Über', 'naïve', '100%', "O'Hara", '"quoted"', '*'];
    const chinese = ['红色', '气球', '一个红色的气球', '海', 'の', '風船', '赤い風船', '바다'];
    const word = fc.constantFrom(...latin, ...chinese);
    const prompts = fc.sample(fc.array(word, { minLength: 1, maxLength: 6 }), { numRuns: 150, seed: 7 });
    const texts = new Map(prompts.map((words, at) => [`c${at}`, words.join(at % 2 === 0 ? ' ' : '')]));
    for (const [id, text] of texts) addClip(id, text, 'm');
    const part = fc.tuple(word, fc.nat(3), fc.integer({ min: 1, max: 8 })).map(([text, from, length]) => {
      return [...text].slice(from, from + length).join('');
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 3 }), async (parts) => {
        const plain = (text: string) => text.normalize('NFKC').toLowerCase();
        const words = plain(parts.join(' ')).split(/\s+/).filter(Boolean);
        const found = [...texts].filter(([, text]) => words.every((each) => plain(`m ${text} `).includes(each)));
        const page = await library.page({ ...everyClip, search: parts.join(' ') }, 0, 500);
        expect(page.clips.map(({ id }) => id).sort()).toEqual(found.map(([id]) => id).sort());
        expect(page.total).toBe(found.length);
      }),
      { numRuns: 300 },
    );
  });

  it('finds a clip by its notes and by the name of its model', async () => {
    addClip('a', 'x', 'paper-world');
    addClip('b', 'y', 'other');
    library.note('b', 'For the Title Sequence, ２nd try');
    expect(await idsOf({ search: 'sequence 2nd' })).toEqual(['b']);
    library.note('b', 'nothing');
    expect(await idsOf({ search: 'sequence' })).toEqual([]);
    const models = [{ id: 'other', name: 'CogVideoX-5B' }];
    expect((await library.page({ ...everyClip, search: 'cogvideo y' }, 0, 9, models)).clips).toMatchObject([
      { id: 'b' },
    ]);
    expect(library.models()).toEqual(['other', 'paper-world']);
  });

  it('leaves out what is not asked for', async () => {
    addClip('wide', 'x');
    addClip('tall', 'x', 'm', { width: 96, height: 160 });
    addClip('square', 'x', 'm', { width: 96, height: 96, frames: 81 });
    addClip('pictured', 'x', 'm', { image: '/a.png', frames: 33 });
    library.rate(['wide', 'tall'], 4);
    library.rate(['tall'], 2);
    expect(await idsOf({ shape: 'portrait' })).toEqual(['tall']);
    expect(await idsOf({ shape: 'square' })).toEqual(['square']);
    expect(await idsOf({ length: 'short' })).toEqual([]);
    expect(await idsOf({ length: 'middle' })).toEqual(['pictured', 'tall', 'wide']);
    expect(await idsOf({ length: 'long' })).toEqual(['square']);
    expect(await idsOf({ fromPicture: true })).toEqual(['pictured']);
    expect(await idsOf({ model: 'paper-world' })).toEqual(['wide']);
    expect(await idsOf({ stars: 3 })).toEqual(['wide']);
    expect(await idsOf({ stars: 1 })).toEqual(['tall', 'wide']);
    const { createdAt } = await library.get('square');
    expect(await idsOf({ since: createdAt })).toEqual(['pictured', 'square']);
    expect(await idsOf({ before: createdAt, stars: 1, shape: 'landscape' })).toEqual(['wide']);
    library.rate(['wide'], 0);
    expect(await idsOf({ stars: 3 })).toEqual([]);
  });

  it('keeps collections, which come back after they were deleted', async () => {
    for (const id of ['a', 'b', 'c']) addClip(id, 'x');
    const { collections } = library;
    const created = collections.create('Title', ['a', 'b', 'b', 'gone']);
    expect(created).toMatchObject({ name: 'Title', clips: 2 });
    const { id } = created;
    expect(collections.list()).toEqual([{ id, name: 'Title', clips: 2 }]);
    collections.put(id, ['b', 'c']);
    collections.take(id, ['a']);
    expect(await idsOf({ collection: id })).toEqual(['c', 'b']);
    expect((await library.get('c')).collections).toEqual([id]);
    collections.rename(id, 'Ende');
    collections.delete(id);
    expect(collections.list()).toEqual([]);
    expect((await library.get('c')).collections).toEqual([]);
    expect(await idsOf({ collection: id })).toEqual([]);
    expect(() => collections.put(id, ['a'])).toThrow(Refused);
    collections.restore(id);
    expect(collections.list()).toEqual([{ id, name: 'Ende', clips: 2 }]);
    await library.delete(['c']);
    await library.purge(['c']);
    expect(collections.list()).toMatchObject([{ clips: 1 }]);
    collections.delete(id);
    await library.tidy();
    expect(() => collections.restore(id)).toThrow(Refused);
  });

  it('keeps what people said of a clip when its file is read anew', async () => {
    addClip('a', 'x');
    const { id } = library.collections.create('Title', ['a']);
    library.rate(['a'], 3);
    library.note('a', 'Keep');
    addClip('a', 'another prompt');
    expect(await library.get('a')).toMatchObject({ rating: 3, notes: 'Keep', collections: [id] });
    expect(await idsOf({ search: 'another keep' })).toEqual(['a']);
  });

  it('shows clips whose files are from before or after all time', async () => {
    for (const [id, createdAt] of [
      ['a', -1e17],
      ['b', Number.MAX_SAFE_INTEGER],
    ] as const) {
      addClip(id, 'x');
      store.prepare('UPDATE clips SET created_at = ? WHERE id = ?').run(createdAt, id);
      // No calendar has a day for every number.
      expect(() => new Intl.DateTimeFormat('en').format(Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
      const { createdAt: shown } = await library.get(id);
      expect(new Intl.DateTimeFormat('en').format(shown)).not.toBe('');
    }
  });

  it('takes what was deleted back to its place', async () => {
    const file = addClip('a', 'x');
    await library.delete(['a']);
    expect(existsSync(file)).toBe(false);
    expect(await idsOf()).toEqual([]);
    expect(await idsOf({ deleted: true })).toEqual(['a']);
    expect((await library.get('a')).missing).toBe(false);
    await library.restore(['a']);
    expect(existsSync(file)).toBe(true);
    expect(await idsOf()).toEqual(['a']);
    expect(changes.map(({ added, removed }) => [added, removed])).toEqual([
      [['a'], []],
      [[], ['a']],
      [['a'], []],
    ]);
  });

  it('restores beside what stands in the place by now', async () => {
    const file = addClip('a', 'x');
    await library.delete(['a']);
    writeFileSync(file, 'another');
    await library.restore(['a']);
    const { file: restored, missing } = await library.get('a');
    expect(restored).not.toBe(file);
    expect(missing).toBe(false);
  });

  it('leaves what is in the trash alone when its name is given to a new clip', async () => {
    const file = addClip('a', 'x');
    await library.delete(['a']);
    const { settings } = await library.get('a');
    const next: Job = {
      ...{ id: 'b', createdAt: 1, updatedAt: 1, model: 'm', out: file, overwrite: false, requestKey: 'b', position: 1 },
      ...{ picture: null, state: { kind: 'queued', kept: { kind: 'nothing' } }, settings },
    };
    writeFileSync(file, 'b');
    library.add(next, made);
    await library.restore(['a']);
    expect((await idsOf()).sort()).toEqual(['a', 'b']);
    expect((await library.get('a')).missing).toBe(false);
  });

  it('never deletes a file that was not there when its clip was deleted', async () => {
    const file = addClip('a', 'x');
    const elsewhere = `${file}.unplugged`;
    renameSync(file, elsewhere);
    await library.delete(['a']);
    renameSync(elsewhere, file);
    await library.purge(null);
    expect(existsSync(file)).toBe(true);
    expect(await idsOf({ deleted: true })).toEqual([]);
  });

  // Elsewhere two names that differ in case alone are one.
  it.skipIf(process.platform !== 'linux')('never renames a clip over another whose name differs in case', async () => {
    addClip('cat', 'x');
    const other = addClip('Cat', 'x');
    await expect(library.rename('cat', 'Cat')).rejects.toMatchObject({ refusal: { problem: 'name-taken' } });
    expect(readFileSync(other, 'utf8')).toBe('Cat');
    expect((await library.rename('Cat', 'CAT')).file).toBe(join(folder, 'CAT.mp4'));
  });

  it('gives nobody the name that a clip which waits will have', async () => {
    const file = addClip('a', 'x');
    promised.add(join(folder, 'b.mp4'));
    await expect(library.rename('a', 'b')).rejects.toMatchObject({ refusal: { problem: 'name-taken' } });
    await library.delete(['a']);
    promised.add(file);
    await library.restore(['a']);
    expect(await library.get('a')).toMatchObject({ file: join(folder, 'a-a.mp4'), missing: false });
  });

  it('knows whose a file is, at its place and in the trash, without looking at every clip', async () => {
    const [file, other] = [addClip('a', 'x'), addClip('b', 'y')];
    await library.delete(['b']);
    const files = [file, other, library.fileOf('b'), join(folder, 'c.mp4')];
    const prepare = vi.spyOn(store, 'prepare');
    expect(files.map((each) => library.hasFile(each))).toEqual([true, false, true, false]);
    const asked = prepare.mock.calls.map(([sql]) => sql);
    prepare.mockRestore();
    expect(asked).toHaveLength(4);
    for (const sql of asked) {
      const values = Array.from(sql.matchAll(/\?/g), () => 'x');
      expect(JSON.stringify(store.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values))).not.toContain('SCAN');
    }
  });

  describe('a clip that was in use when it was deleted', () => {
    let file: string;
    beforeEach(async () => {
      file = addClip('a', 'x');
      await library.delete(['a']);
      renameSync(library.fileOf('a'), file);
      store.prepare("UPDATE clips SET trash_file = file WHERE id = 'a'").run();
    });

    it('goes into the trash at the next start', async () => {
      await library.tidy();
      expect(existsSync(file)).toBe(false);
      await library.restore(['a']);
      expect(readFileSync(file, 'utf8')).toBe('a');
    });

    it('is forgotten when a new one is written over it, which is never deleted in its stead', async () => {
      const { settings } = await library.get('a');
      writeFileSync(file, 'b');
      library.enter([
        {
          id: 'b',
          createdAt: 1,
          file,
          model: 'm',
          settings,
          unknown: [],
          maker: null,
          recoveries: [],
          shortcut: null,
          ...made,
        },
      ]);
      now += 31 * 24 * 3600 * 1000;
      await library.tidy();
      expect(await idsOf({ deleted: true })).toEqual([]);
      expect(readFileSync(file, 'utf8')).toBe('b');
      expect(await library.get('b')).toMatchObject({ missing: false });
    });
  });

  it('takes a clip out of the trash whose file was gone and is found again', async () => {
    rmSync(addClip('a', 'x'));
    await library.delete(['a']);
    addClip('a', 'x');
    expect(await idsOf()).toEqual(['a']);
    expect(await idsOf({ deleted: true })).toEqual([]);
  });

  it('says that a clip is in use when the system does not let it go back', async () => {
    const file = addClip('a', 'x');
    await library.delete(['a']);
    // A folder that cannot be made: something else has its name.
    store.prepare("UPDATE clips SET file = ? WHERE id = 'a'").run(join(file, 'deep', 'a.mp4'));
    writeFileSync(file, 'no folder');
    await expect(library.restore(['a'])).rejects.toMatchObject({ refusal: { problem: 'in-use' } });
    expect(existsSync(library.fileOf('a'))).toBe(true);
  });

  it('rates all or none', () => {
    addClip('a', 'x');
    expect(() => library.rate(['a', 'gone'], 3)).toThrow(Refused);
    library.rate(['a', 'a'], 2);
    expect(store.prepare('SELECT rating FROM clips').all()).toMatchObject([{ rating: 2 }]);
  });

  it('takes back what it can, and says when something is gone', async () => {
    addClip('a', 'x');
    addClip('b', 'x');
    await library.delete(['a', 'b']);
    rmSync(library.fileOf('a'));
    await expect(library.restore(['a', 'b'])).rejects.toThrow(Refused);
    expect(await idsOf()).toEqual(['b']);
    expect(changes.at(-1)).toEqual({ added: ['b'], removed: [] });
  });

  it('deletes for good only what is in the trash', async () => {
    addClip('a', 'x');
    await expect(library.purge(['a'])).rejects.toThrow(Refused);
    await library.delete(['a']);
    const trashed = library.fileOf('a');
    mkdirSync(join(folder, 'posters'));
    writeFileSync(library.posterOf('a'), 'poster');
    await library.purge(null);
    expect(existsSync(trashed)).toBe(false);
    expect(existsSync(library.posterOf('a'))).toBe(false);
    await expect(library.get('a')).rejects.toThrow(Refused);
  });

  it('empties the trash of what has been there for a month', async () => {
    addClip('a', 'x');
    await library.delete(['a']);
    await library.tidy();
    expect(await idsOf({ deleted: true })).toEqual(['a']);
    now += 31 * 24 * 3600 * 1000;
    await library.tidy();
    expect(await idsOf({ deleted: true })).toEqual([]);
  });

  it('says when a file is gone, and forgets what a new clip replaced', async () => {
    const file = addClip('a', 'x');
    rmSync(file);
    expect((await library.get('a')).missing).toBe(true);
    await library.delete(['a']);
    await library.restore(['a']);
    const again: Job = {
      ...{ id: 'b', createdAt: 1, updatedAt: 1, model: 'm', out: file, overwrite: true, requestKey: 'b', position: 1 },
      ...{
        picture: null,
        state: { kind: 'queued', kept: { kind: 'nothing' } },
        settings: (await library.get('a')).settings,
      },
    };
    library.add(again, made);
    expect(await idsOf()).toEqual(['b']);
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
