import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import { openStore, type Store } from '../storage/database.ts';
import { renameWhenLet } from '../storage/rename.ts';
import { Library } from './library.ts';
import { isInside, type MoveStep } from './moving.ts';
import type { Entry } from './rows.ts';
import { stopping, TaskFailed } from './tasks.ts';

const entryOf = (id: string, file: string): Entry => ({
  ...{ id, createdAt: 1, file, bytes: 1, model: 'm', unknown: [], maker: null, seconds: 1, phaseSeconds: {} },
  ...{ recoveries: [], shortcut: null },
  settings: {
    ...{ prompt: id, negativePrompt: '', image: null, width: 64, height: 64, frames: 9, fps: 8, steps: 4 },
    ...{ guidance: 3, scheduler: 'ddim', seed: 1 },
  },
});

it.each([
  [win32, 'C:\\Users\\me\\clips', 'C:\\Users\\me\\clips', true],
  [win32, 'C:\\Users\\me\\clips', 'c:\\users\\Me\\clips\\deep\\a.mp4', true],
  [win32, 'C:\\Users\\me\\clips', 'C:\\Users\\me\\clips 2\\a.mp4', false],
  [win32, 'C:\\Users\\me\\clips', 'C:\\Users', false],
  [win32, 'C:\\Users\\me\\clips', 'D:\\Clips', false],
  [win32, 'C:\\Users\\me\\clips', '\\\\nas\\share\\a.mp4', false],
  [win32, '\\\\nas\\share\\clips', '\\\\nas\\share\\clips\\a.mp4', true],
  [posix, '/home/me/clips', '/home/me/clips/..a.mp4', true],
  [posix, '/home/me/clips', '/home/me/clips-2/a.mp4', false],
  [posix, '/home/me/clips', '/home/me', false],
])('knows what lies in a folder (%#)', (path, folder, file, inside) => {
  expect(isInside(file, folder, path)).toBe(inside);
});

it('tries again when a name is held for a moment', async () => {
  const held = Object.assign(new Error('busy'), { code: 'EBUSY' });
  let tries = 0;
  await renameWhenLet('/a', '/b', async () => {
    tries += 1;
    if (tries < 3) throw held;
  });
  expect(tries).toBe(3);
  const gone = Object.assign(new Error('gone'), { code: 'ENOENT' });
  await expect(renameWhenLet('/a', '/b', () => Promise.reject(gone))).rejects.toBe(gone);
});

describe('moving the library', () => {
  let home: string;
  let from: string;
  let to: string;
  let store: Store;
  let library: Library;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-move-'));
    from = join(home, 'old');
    to = join(home, 'new', 'place');
    mkdirSync(join(from, 'deep'), { recursive: true });
    store = openStore(join(home, 'store.db'));
    library = new Library(store, join(home, 'posters'), () => 5);
    for (const id of ['a', 'b', 'c', 'd']) {
      const file = join(from, id === 'c' ? 'deep' : '', `${id}.mp4`);
      writeFileSync(file, `clip ${id} `.repeat(40_000));
      library.enter([entryOf(id, file)]);
    }
    writeFileSync(join(from, 'mine.txt'), 'not a clip');
  });
  afterEach(() => {
    store.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const never = new AbortController().signal;
  const move = (signal = never, step?: (step: MoveStep) => void | Promise<void>) =>
    library.mover.move({ from, to }, () => {}, signal, step);
  const clipsFolder = () => {
    const row = store.prepare("SELECT value FROM remembered WHERE name = 'settings'").get() as
      | { value: string }
      | undefined;
    return row === undefined ? null : (JSON.parse(row.value) as { clipsFolder: string }).clipsFolder;
  };
  /** Every clip has its bytes, wherever it is. */
  async function expectWhole(folder: string): Promise<void> {
    const { clips } = await library.page({ ...everyClip, order: 'oldest' }, 0, 50);
    expect(clips.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd']);
    for (const { id, file } of clips) {
      expect(readFileSync(file, 'utf8')).toBe(`clip ${id} `.repeat(40_000));
      expect(isInside(file, folder)).toBe(true);
    }
  }

  it('copies, switches and clears, and leaves what is not its own', async () => {
    await library.delete(['d']);
    mkdirSync(join(from, 'deep', '.reelwright-trash'));
    expect(await move()).toEqual({ kind: 'move', files: 4, bytes: 1_120_000, left: 0 });
    await library.restore(['d']);
    await expectWhole(to);
    expect(clipsFolder()).toBe(to);
    expect(readdirSync(from)).toEqual(['mine.txt']);
    expect(library.mover.unfinished()).toBeNull();
  });

  it('sends what waits to be made to the new place', async () => {
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'taken.mp4'), 'somebody else’s');
    const add = store.prepare(
      `INSERT INTO jobs (id, created_at, updated_at, model, settings, out, overwrite, request_key, state_kind, state)
       VALUES (?, 1, 1, 'm', '{}', ?, 0, 'k', ?, '{}')`,
    );
    add.run('w', join(from, 'waits.mp4'), 'queued');
    add.run('t', join(from, 'taken.mp4'), 'paused');
    add.run('r', join(from, 'runs.mp4'), 'denoising');
    add.run('e', join(home, 'elsewhere.mp4'), 'queued');
    await move();
    const outs = store.prepare('SELECT id, out FROM jobs ORDER BY id').all() as { id: string; out: string }[];
    expect(outs.map(({ id, out }) => [id, out])).toEqual([
      ['e', join(home, 'elsewhere.mp4')],
      ['r', join(from, 'runs.mp4')],
      ['t', join(to, 'taken-t.mp4')],
      ['w', join(to, 'waits.mp4')],
    ]);
  });

  it('takes along what is finished meanwhile', async () => {
    let late = false;
    await move(never, (step) => {
      if (step !== 'verified' || late) return;
      late = true;
      writeFileSync(join(from, 'e.mp4'), 'late');
      library.enter([entryOf('e', join(from, 'e.mp4'))]);
    });
    expect((await library.get('e')).file).toBe(join(to, 'e.mp4'));
    expect(existsSync(join(to, 'e.mp4'))).toBe(true);
  });

  it('takes along what is finished, renamed or deleted during its last look', async () => {
    let looks = 0;
    await move(never, async (step) => {
      if (step !== 'looked') return;
      looks += 1;
      if (looks > 1) return;
      writeFileSync(join(from, 'e.mp4'), 'late');
      library.enter([entryOf('e', join(from, 'e.mp4'))]);
      await library.rename('b', 'better');
      await library.delete(['a', 'e']);
      await library.purge(['a']);
    });
    expect(looks).toBe(2);
    expect(readdirSync(to).sort()).toEqual(['.reelwright-trash', 'better.mp4', 'd.mp4', 'deep']);
    expect((await library.get('b')).file).toBe(join(to, 'better.mp4'));
    await library.restore(['e']);
    expect(readFileSync(join(to, 'e.mp4'), 'utf8')).toBe('late');
    expect(readdirSync(from)).toEqual(['mine.txt']);
  });

  it.each<MoveStep>(['planned', 'verified'])('refuses when its disk goes away: %s', async (at) => {
    const away = `${from}-unplugged`;
    const moving = move(never, (step) => {
      if (step === at && !existsSync(away)) renameSync(from, away);
    });
    await expect(moving).rejects.toMatchObject({ problem: 'folder-missing' });
    renameSync(away, from);
    await expectWhole(from);
    expect(readdirSync(to, { recursive: true }).filter((name) => String(name).endsWith('.mp4'))).toEqual([]);
    expect(clipsFolder()).toBeNull();
    expect(library.mover.unfinished()).toBeNull();
  });

  it('leaves where it was what is not there to be moved', async () => {
    const elsewhere = join(home, 'a.mp4');
    renameSync(join(from, 'a.mp4'), elsewhere);
    expect(await move()).toMatchObject({ files: 3 });
    expect(await library.get('a')).toMatchObject({ file: join(from, 'a.mp4'), missing: true });
    renameSync(elsewhere, join(from, 'a.mp4'));
    expect((await library.get('a')).missing).toBe(false);
  });

  it('sets up another folder where there are no clips yet', async () => {
    const none = join(home, 'none');
    expect(await library.mover.move({ from: none, to }, () => {}, never)).toMatchObject({ files: 0 });
    expect(clipsFolder()).toBe(to);
  });

  it('carries out a second wish after the first was given up while it tidied', async () => {
    const abort = new AbortController();
    const first = move(abort.signal, (step) => {
      if (step === 'cleared') abort.abort();
    });
    // It has moved, whatever is still to be deleted.
    expect(await first).toMatchObject({ files: 4, left: 3 });
    expect(library.mover.unfinished()).toEqual({ from, to });
    await expectWhole(to);
    const third = join(home, 'third');
    expect(await library.mover.move({ from: to, to: third }, () => {}, never)).toMatchObject({ files: 4 });
    await expectWhole(third);
    expect(readdirSync(from)).toEqual(['mine.txt']);
    expect(library.mover.unfinished()).toBeNull();
  });

  it('goes elsewhere when asked to after it was cut off', async () => {
    const abort = new AbortController();
    const first = move(abort.signal, (step) => {
      if (step === 'verified') abort.abort(stopping);
    });
    await expect(first).rejects.toBe(stopping);
    const third = join(home, 'third');
    await library.mover.move({ from, to: third }, () => {}, never);
    await expectWhole(third);
    expect(readdirSync(to)).toEqual([]);
  });

  it('waits for the disk that it was going to', async () => {
    const abort = new AbortController();
    const first = move(abort.signal, (step) => {
      if (step === 'verified') abort.abort(stopping);
    });
    await expect(first).rejects.toBe(stopping);
    renameSync(to, `${to}-unplugged`);
    await expect(move()).rejects.toMatchObject({ problem: 'folder-missing' });
    expect(existsSync(to)).toBe(false);
    expect(library.mover.unfinished()).toEqual({ from, to });
    renameSync(`${to}-unplugged`, to);
    await move();
    await expectWhole(to);
  });

  // Elsewhere links are for administrators.
  it.skipIf(process.platform === 'win32')('keeps what it copied when a file cannot be read just now', async () => {
    const file = join(from, 'b.mp4');
    const copied: string[] = [];
    const moving = move(never, (step) => {
      if (step !== 'verified' || copied.length > 0) return;
      copied.push(...readdirSync(to));
      renameSync(file, `${file}.kept`);
      symlinkSync(file, file);
    });
    await expect(moving).rejects.toMatchObject({ problem: 'interrupted' });
    expect(copied.length).toBe(1);
    expect(readdirSync(to)).toEqual(expect.arrayContaining(copied));
    expect(clipsFolder()).toBeNull();
    rmSync(file);
    renameSync(`${file}.kept`, file);
    await move();
    await expectWhole(to);
  });

  it('given up, is as if it had never begun', async () => {
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'a.mp4'), 'somebody else’s');
    const abort = new AbortController();
    let copies = 0;
    const moving = move(abort.signal, (step) => {
      if (step === 'verified' && ++copies === 3) abort.abort();
    });
    await expect(moving).rejects.toThrow();
    await expectWhole(from);
    expect(readdirSync(to, { recursive: true }).sort()).toEqual(['a.mp4', 'deep']);
    expect(clipsFolder()).toBeNull();
    expect(library.mover.unfinished()).toBeNull();
  });

  it('puts what has a taken name beside it, and takes the same bytes for the copy', async () => {
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'a.mp4'), 'somebody else’s');
    writeFileSync(join(to, 'b.mp4'), 'clip b '.repeat(40_000));
    await move();
    await expectWhole(to);
    expect((await library.get('a')).file).toBe(join(to, 'a-2.mp4'));
    expect(readFileSync(join(to, 'a.mp4'), 'utf8')).toBe('somebody else’s');
    expect((await library.get('b')).file).toBe(join(to, 'b.mp4'));
  });

  it('never switches to a copy that is not the same', async () => {
    const moving = move(never, (step) => {
      if (step === 'copied') writeFileSync(join(to, 'a.mp4.reelwright-part'), 'damaged');
    });
    await expect(moving).rejects.toThrow(TaskFailed);
    await expectWhole(from);
    expect(readdirSync(to)).toEqual([]);
  });

  it('leaves an old file that was changed after it was copied', async () => {
    const result = await move(never, (step) => {
      if (step === 'switched') writeFileSync(join(from, 'a.mp4'), 'changed');
    });
    expect(result.left).toBe(1);
    expect(readFileSync(join(from, 'a.mp4'), 'utf8')).toBe('changed');
    await expectWhole(to);
  });

  it('goes nowhere into itself', async () => {
    await expect(library.mover.move({ from, to: join(from, 'deep') }, () => {}, never)).rejects.toThrow(TaskFailed);
    await expect(library.mover.move({ from, to: home }, () => {}, never)).rejects.toThrow(TaskFailed);
    expect(library.mover.unfinished()).toBeNull();
  });

  it('goes on after the studio was closed', async () => {
    const abort = new AbortController();
    const moving = move(abort.signal, (step) => {
      if (step === 'verified') abort.abort(stopping);
    });
    await expect(moving).rejects.toBe(stopping);
    expect(library.mover.unfinished()).toEqual({ from, to });
    await expectWhole(from);
    await move();
    await expectWhole(to);
  });

  it.each<[MoveStep, number]>([
    ['planned', 1],
    ['copied', 1],
    ['copied', 3],
    ['verified', 1],
    ['verified', 4],
    ['switched', 1],
    ['cleared', 1],
    ['cleared', 4],
  ])('killed when %s for time %i, loses nothing and goes on', async (at, times) => {
    store.close();
    const source = `
      const { openStore } = await import(${JSON.stringify(new URL('../storage/database.ts', import.meta.url).href)});
      const { Library } = await import(${JSON.stringify(new URL('./library.ts', import.meta.url).href)});
      const library = new Library(openStore(${JSON.stringify(join(home, 'store.db'))}), 'posters', () => 5);
      let left = ${times};
      const step = (step) => {
        if (step !== ${JSON.stringify(at)} || --left > 0) return;
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => {});
      };
      const folders = ${JSON.stringify({ from, to })};
      await library.mover.move(folders, () => {}, new AbortController().signal, step);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code === null || code === 1).toBe(true);

    store = openStore(join(home, 'store.db'));
    library = new Library(store, join(home, 'posters'), () => 5);
    expect(library.mover.unfinished()).toEqual({ from, to });
    await expectWhole(at === 'switched' || at === 'cleared' ? to : from);
    await move();
    await expectWhole(to);
    expect(readdirSync(from)).toEqual(['mine.txt']);
    expect(readdirSync(to, { recursive: true }).filter((name) => String(name).includes('part'))).toEqual([]);
    expect(clipsFolder()).toBe(to);
  });
});
