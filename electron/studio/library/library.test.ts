import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClipQuery } from '../../../contract/clip.ts';
import type { Job } from '../../../contract/job.ts';
import { Refused } from '../refused.ts';
import { openStore, type Store } from '../storage/database.ts';
import { Library, type LibraryChange } from './library.ts';

const everything: ClipQuery = { search: '', starred: false, deleted: false, order: 'newest' };
const made = { bytes: 3, seconds: 2, phaseSeconds: { denoising: 1 } };

describe('the library', () => {
  let folder: string;
  let store: Store;
  let library: Library;
  let changes: LibraryChange[];
  let now = 1_700_000_000_000;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-library-'));
    store = openStore(join(folder, 'store.db'));
    changes = [];
    library = new Library(
      store,
      join(folder, 'posters'),
      () => (now += 1000),
      (change) => changes.push(change),
    );
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  function addClip(id: string, prompt: string, model = 'paper-world'): string {
    const file = join(folder, `${id}.mp4`);
    writeFileSync(file, id);
    const settings = {
      ...{ prompt, negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8, steps: 16 },
      ...{ guidance: 3, scheduler: 'ddim' as const, seed: 1 },
    };
    const job: Job = {
      ...{ id, createdAt: 1, updatedAt: 1, model, settings, out: file, overwrite: false, requestKey: id },
      ...{ position: 1, picture: null, state: { kind: 'queued', kept: { kind: 'nothing' } } },
    };
    library.add(job, made);
    return file;
  }
  const idsOf = async (query: Partial<ClipQuery> = {}) =>
    (await library.page({ ...everything, ...query }, 0, 100)).clips.map(({ id }) => id);

  it('shows the newest first, some at a time', async () => {
    for (const id of ['a', 'b', 'c']) addClip(id, 'a ball');
    expect(await idsOf()).toEqual(['c', 'b', 'a']);
    expect(await idsOf({ order: 'oldest' })).toEqual(['a', 'b', 'c']);
    const page = await library.page(everything, 1, 1);
    expect(page).toMatchObject({ total: 3, offset: 1, clips: [{ id: 'b', missing: false, starred: false }] });
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

  it('keeps what is starred apart', async () => {
    addClip('a', 'x');
    addClip('b', 'x');
    library.star(['a'], true);
    expect(await idsOf({ starred: true })).toEqual(['a']);
    library.star(['a'], false);
    expect(await idsOf({ starred: true })).toEqual([]);
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
