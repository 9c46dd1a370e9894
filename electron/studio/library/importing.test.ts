import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import type { ClipRecord } from '../../../contract/clipRecord.ts';
import { balloonClip } from '../sharing/documents.fixture.ts';
import { ftyp, mdat, moov, udta } from '../sharing/films.fixture.ts';
import { openStore, type Store } from '../storage/database.ts';
import type { Exporter } from './exporter.ts';
import { importFolder, rebuild } from './importing.ts';
import { Library, type LibraryChange } from './library.ts';
import { TaskFailed } from './tasks.ts';

/** A clip as it is on the disk. `frames` are other pictures. */
const clipOf = (record: ClipRecord, frames?: string): Buffer =>
  Buffer.concat([ftyp, moov(udta(JSON.stringify(record))), mdat(frames)]);

const withPrompt = (prompt: string, job = balloonClip.job): ClipRecord => ({
  ...balloonClip,
  job,
  preset: { ...balloonClip.preset, prompt },
});

describe('what is taken in', () => {
  let home: string;
  let folder: string;
  let store: Store;
  let library: Library;
  let changes: LibraryChange[];
  let opened: number;
  let described: string[];
  /** Names of files that end the exporter. */
  let deadly: (file: string) => boolean;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-import-'));
    folder = join(home, 'clips');
    mkdirSync(folder);
    store = openStore(join(home, 'store.db'));
    changes = [];
    library = new Library(
      store,
      join(home, 'posters'),
      () => 5,
      (change) => changes.push(change),
    );
    opened = 0;
    described = [];
    deadly = () => false;
  });
  afterEach(() => {
    store.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  async function open(): Promise<Exporter> {
    opened += 1;
    let dead = false;
    const asked = (file: string) => {
      dead ||= deadly(file);
      if (dead) throw new TaskFailed('internal', 'The exporter has ended.');
    };
    return {
      export: () => Promise.reject(new Error('Nothing is exported here.')),
      async still({ source }) {
        asked(source);
        return { kind: 'done', bytes: 1, frames: 1, codec: 'webp' };
      },
      async describe(source) {
        described.push(source);
        asked(source);
        return { kind: 'video', width: 64, height: 64, frames: 9, fps: 8, codec: 'h264' };
      },
      close: async () => {},
    };
  }
  const missing = (): never => {
    throw new TaskFailed('engine-missing', 'python');
  };
  const taking = (opener: () => Promise<Exporter> = open) => ({
    ...{ library, open: opener, progress: () => {}, signal: new AbortController().signal },
  });
  const put = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  const clips = async () => (await library.page({ ...everyClip, order: 'oldest' }, 0, 50)).clips;

  it('never overwrites a clip whose file is away by another under the same id', async () => {
    put('mine.mp4', clipOf(withPrompt('my precious words')));
    await importFolder(folder, false, taking());
    const away = join(home, 'away');
    renameSync(folder, away);
    mkdirSync(folder);
    put('evil.mp4', clipOf(withPrompt('words of somebody else'), 'other pictures'));
    expect(await importFolder(folder, false, taking())).toMatchObject({ added: 1 });
    expect(await library.get(balloonClip.job)).toMatchObject({
      file: join(folder, 'mine.mp4'),
      settings: { prompt: 'my precious words' },
    });
    expect((await clips()).map(({ settings }) => settings.prompt).sort()).toEqual([
      'my precious words',
      'words of somebody else',
    ]);
    // Once.
    expect(await importFolder(folder, false, taking())).toMatchObject({ added: 0, known: 1 });
  });

  it('keeps the words that a copy does not carry', async () => {
    put('mine.mp4', clipOf(withPrompt('my words')));
    await importFolder(folder, false, taking());
    rmSync(join(folder, 'mine.mp4'));
    put('copy.mp4', clipOf(withPrompt('')));
    expect(await importFolder(folder, false, taking())).toMatchObject({ added: 1 });
    expect(await clips()).toMatchObject([
      { id: balloonClip.job, file: join(folder, 'copy.mp4'), unknown: [], settings: { prompt: 'my words' } },
    ]);
  });

  it('rebuilds to the last clip without an engine', async () => {
    for (const job of ['a', 'b', 'c']) put(`${job}.mp4`, clipOf(withPrompt(`a ball ${job}`, job)));
    expect(await rebuild([folder], taking(missing))).toMatchObject({ added: 3 });
    expect((await clips()).map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
  });

  it('tells of many together, and of the last when it fails', async () => {
    for (let at = 0; at < 40; at += 1) put(`${at + 10}.mp4`, clipOf(withPrompt('a ball', `a${at}`)));
    put('z.mp4', Buffer.concat([ftyp, moov(), mdat()]));
    await expect(importFolder(folder, true, taking(missing))).rejects.toMatchObject({ problem: 'engine-missing' });
    expect(changes.flatMap(({ added }) => added).sort()).toEqual((await clips()).map(({ id }) => id).sort());
    expect(changes.length).toBeLessThan(40);
  });

  it('says that the engine is missing where videos must be looked into', async () => {
    put('plain.mp4', Buffer.concat([ftyp, moov(), mdat()]));
    await expect(importFolder(folder, true, taking(missing))).rejects.toMatchObject({ problem: 'engine-missing' });
  });

  it('goes on after a file that ends the decoder, with a new one', async () => {
    for (const name of ['a', 'b', 'c']) put(`${name}.mp4`, Buffer.concat([ftyp, moov(), mdat(`pictures ${name}`)]));
    deadly = (file) => file.endsWith('b.mp4');
    expect(await importFolder(folder, true, taking())).toMatchObject({ added: 2, skipped: 1 });
    expect(opened).toBe(2);
  });

  it('keeps a clip of whose pictures no still can be made', async () => {
    for (const job of ['a', 'b']) put(`${job}.mp4`, clipOf(withPrompt(`a ball ${job}`, job)));
    deadly = (file) => file.endsWith('a.mp4');
    expect(await rebuild([folder], taking())).toMatchObject({ added: 2 });
  });

  it('ends when it is not the files that end the decoder', async () => {
    for (let at = 0; at < 9; at += 1) put(`${at}.mp4`, Buffer.concat([ftyp, moov(), mdat(`pictures ${at}`)]));
    deadly = () => true;
    await expect(importFolder(folder, true, taking())).rejects.toMatchObject({ problem: 'internal' });
    expect(opened).toBe(5);
  });

  it('looks into no other videos when the studio’s own are read anew', async () => {
    put('plain.mp4', Buffer.concat([ftyp, moov(), mdat()]));
    put('own.mp4', clipOf(balloonClip));
    expect(await rebuild([folder], taking())).toMatchObject({ added: 1, skipped: 1 });
    expect(described).toEqual([]);
    expect(await importFolder(folder, false, taking())).toMatchObject({ added: 0, skipped: 1 });
    expect(described).toEqual([]);
  });
});
