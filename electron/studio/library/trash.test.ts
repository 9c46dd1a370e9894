import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refused } from '../refused.ts';
import { jobOf, LibraryHome, made } from './library.fixture.ts';

describe('the trash', () => {
  let home: LibraryHome;
  beforeEach(() => {
    home = new LibraryHome();
  });
  afterEach(() => home.close());

  it('takes what was deleted back to its place', async () => {
    const file = home.addClip('a', 'x');
    await home.library.delete(['a']);
    expect(existsSync(file)).toBe(false);
    expect(await home.idsOf()).toEqual([]);
    expect(await home.idsOf({ deleted: true })).toEqual(['a']);
    expect((await home.library.get('a')).missing).toBe(false);
    await home.library.restore(['a']);
    expect(existsSync(file)).toBe(true);
    expect(await home.idsOf()).toEqual(['a']);
    expect(home.changes.map(({ added, removed }) => [added, removed])).toEqual([
      [['a'], []],
      [[], ['a']],
      [['a'], []],
    ]);
  });

  it('restores beside what stands in the place by now', async () => {
    const file = home.addClip('a', 'x');
    await home.library.delete(['a']);
    writeFileSync(file, 'another');
    await home.library.restore(['a']);
    const { file: restored, missing } = await home.library.get('a');
    expect(restored).not.toBe(file);
    expect(missing).toBe(false);
  });

  it('leaves what is in the trash alone when its name is given to a new clip', async () => {
    const file = home.addClip('a', 'x');
    await home.library.delete(['a']);
    const { settings } = await home.library.get('a');
    const next = jobOf('b', file, settings);
    writeFileSync(file, 'b');
    home.library.add(next, made);
    await home.library.restore(['a']);
    expect((await home.idsOf()).sort()).toEqual(['a', 'b']);
    expect((await home.library.get('a')).missing).toBe(false);
  });

  it('never deletes a file that was not there when its clip was deleted', async () => {
    const file = home.addClip('a', 'x');
    const elsewhere = `${file}.unplugged`;
    renameSync(file, elsewhere);
    await home.library.delete(['a']);
    renameSync(elsewhere, file);
    await home.library.purge(null);
    expect(existsSync(file)).toBe(true);
    expect(await home.idsOf({ deleted: true })).toEqual([]);
  });

  describe('a clip that was in use when it was deleted', () => {
    let file: string;
    beforeEach(async () => {
      file = home.addClip('a', 'x');
      await home.library.delete(['a']);
      renameSync(home.library.fileOf('a'), file);
      home.store.prepare("UPDATE clips SET trash_file = file WHERE id = 'a'").run();
    });

    it('goes into the trash at the next start', async () => {
      await home.library.tidy();
      expect(existsSync(file)).toBe(false);
      await home.library.restore(['a']);
      expect(readFileSync(file, 'utf8')).toBe('a');
    });

    it('is forgotten when a new one is written over it, which is never deleted in its stead', async () => {
      const { settings } = await home.library.get('a');
      writeFileSync(file, 'b');
      home.library.enter([
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
      home.now += 31 * 24 * 3600 * 1000;
      await home.library.tidy();
      expect(await home.idsOf({ deleted: true })).toEqual([]);
      expect(readFileSync(file, 'utf8')).toBe('b');
      expect(await home.library.get('b')).toMatchObject({ missing: false });
    });
  });

  it('takes a clip out of the trash whose file was gone and is found again', async () => {
    rmSync(home.addClip('a', 'x'));
    await home.library.delete(['a']);
    home.addClip('a', 'x');
    expect(await home.idsOf()).toEqual(['a']);
    expect(await home.idsOf({ deleted: true })).toEqual([]);
  });

  it('says that a clip is in use when the system does not let it go back', async () => {
    const file = home.addClip('a', 'x');
    await home.library.delete(['a']);
    // A home.folder that cannot be made: something else has its name.
    home.store.prepare("UPDATE clips SET file = ? WHERE id = 'a'").run(join(file, 'deep', 'a.mp4'));
    writeFileSync(file, 'no folder');
    await expect(home.library.restore(['a'])).rejects.toMatchObject({ refusal: { problem: 'in-use' } });
    expect(existsSync(home.library.fileOf('a'))).toBe(true);
  });

  it('takes back what it can, and says when something is gone', async () => {
    home.addClip('a', 'x');
    home.addClip('b', 'x');
    await home.library.delete(['a', 'b']);
    rmSync(home.library.fileOf('a'));
    await expect(home.library.restore(['a', 'b'])).rejects.toThrow(Refused);
    expect(await home.idsOf()).toEqual(['b']);
    expect(home.changes.at(-1)).toEqual({ added: ['b'], removed: [] });
  });

  it('deletes for good only what is in the trash', async () => {
    home.addClip('a', 'x');
    await expect(home.library.purge(['a'])).rejects.toThrow(Refused);
    await home.library.delete(['a']);
    const trashed = home.library.fileOf('a');
    mkdirSync(join(home.folder, 'posters'));
    writeFileSync(home.library.posterOf('a'), 'poster');
    await home.library.purge(null);
    expect(existsSync(trashed)).toBe(false);
    expect(existsSync(home.library.posterOf('a'))).toBe(false);
    await expect(home.library.get('a')).rejects.toThrow(Refused);
  });

  it('empties the trash of what has been there for a month', async () => {
    home.addClip('a', 'x');
    await home.library.delete(['a']);
    await home.library.tidy();
    expect(await home.idsOf({ deleted: true })).toEqual(['a']);
    home.now += 31 * 24 * 3600 * 1000;
    await home.library.tidy();
    expect(await home.idsOf({ deleted: true })).toEqual([]);
  });
});
