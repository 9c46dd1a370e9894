import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import type { TaskState } from '../../../contract/libraryTask.ts';
import { testPython } from '../../../e2e/environment.ts';
import { Refused } from '../refused.ts';
import { receiveFile } from '../sharing/index.ts';
import { dataPaths } from '../storage/paths.ts';
import { openStudio, type Studio } from '../studio.ts';
import { LibraryWork } from './work.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };

/** Clips as the worker's own writer makes them, and one that says nothing of itself. */
const makeClips = `
import json, sys, numpy
from pathlib import Path
import av
folder = Path(sys.argv[1])
def write(name, comment, hue):
    with av.open(str(folder / name), "w") as container:
        if comment: container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=8, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(9):
            picture = numpy.full((64, 96, 3), (hue, number * 20, 90), numpy.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
for at, job in enumerate(["aaaa1111", "bbbb2222"]):
    write(job + ".mp4", json.dumps({"reelwright": 1, "job": job, "model": "paper-world", "prompt": "a boat " + job,
        "negativePrompt": "", "width": 96, "height": 64, "frames": 9, "fps": 8, "steps": 4, "guidance": 3,
        "scheduler": "ddim", "seed": at, "fromPicture": False}), at * 90)
write("plain.mp4", None, 200)
`;

let originals: string;
beforeAll(async () => {
  originals = mkdtempSync(join(tmpdir(), 'reelwright-clips-'));
  await testPython();
  const python = join(
    dataPaths().environment,
    'python',
    process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
  );
  await execa(python, ['-c', makeClips, originals], { env: { PYTHONPATH: program.sidecar } });
});
afterAll(() => rmSync(originals, { recursive: true, force: true, maxRetries: 5 }));

describe('work on the library', () => {
  let home: string;
  let studio: Studio;
  let work: LibraryWork;
  const start = () => {
    const { environment } = dataPaths();
    studio = openStudio({ paths: { ...dataPaths(home), environment }, program });
    work = new LibraryWork(studio, () => {});
  };
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-work-'));
    start();
  });
  afterEach(async () => {
    await work.stop();
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  async function ended({ id }: { id: string }): Promise<TaskState> {
    return work.tasks.wait(id);
  }
  async function clips(): Promise<string[]> {
    return (await studio.library.page({ ...everyClip, order: 'oldest' }, 0, 50)).clips.map(({ id }) => id).sort();
  }
  const imported = async (folder: string, plain = false) => ended(await work.import(folder, plain));
  const result = (added: number, known: number, skipped: number) => ({
    kind: 'done',
    result: { kind: 'import', added, known, skipped },
  });

  it('takes in a folder of clips where they lie, each once', async () => {
    const folder = join(home, 'earlier');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    copyFileSync(join(originals, 'aaaa1111.mp4'), join(folder, 'one.mp4'));
    copyFileSync(join(originals, 'aaaa1111.mp4'), join(folder, 'the same.mp4'));
    copyFileSync(join(originals, 'bbbb2222.mp4'), join(folder, 'deep', 'two.mp4'));
    copyFileSync(join(originals, 'plain.mp4'), join(folder, 'deep', 'Holiday.mp4'));
    writeFileSync(join(folder, 'broken.mp4'), 'no clip');
    writeFileSync(join(folder, 'words.txt'), 'no clip');
    expect(await imported(folder)).toEqual(result(2, 1, 2));
    expect(await clips()).toEqual(['aaaa1111', 'bbbb2222']);
    expect(await studio.library.get('bbbb2222')).toMatchObject({
      ...{ file: join(folder, 'deep', 'two.mp4'), model: 'paper-world', unknown: [], maker: null },
      settings: { prompt: 'a boat bbbb2222', seed: 1, frames: 9 },
    });
    expect((await sharp(studio.library.posterOf('aaaa1111')).metadata()).width).toBe(96);

    expect(await imported(folder, true)).toEqual(result(1, 3, 1));
    const [plain] = (await studio.library.page({ ...everyClip, search: 'holiday' }, 0, 5)).clips;
    expect(plain).toMatchObject({
      settings: { width: 96, height: 64, frames: 9, fps: 8, prompt: 'Holiday' },
      model: '',
    });
    expect(plain?.unknown).toContain('prompt');
    expect(plain?.unknown).toContain('seed');
  });

  it('finds a clip again whose file was moved', async () => {
    const folder = join(home, 'earlier');
    mkdirSync(folder);
    copyFileSync(join(originals, 'aaaa1111.mp4'), join(folder, 'one.mp4'));
    await imported(folder);
    studio.library.rate(['aaaa1111'], 4);
    renameSync(join(folder, 'one.mp4'), join(folder, 'other.mp4'));
    expect((await studio.library.get('aaaa1111')).missing).toBe(true);
    expect(await imported(folder)).toEqual(result(1, 0, 0));
    expect(await studio.library.get('aaaa1111')).toMatchObject({ missing: false, rating: 4 });
  });

  it('rebuilds the same library from the files alone', async () => {
    const { paths } = studio;
    mkdirSync(paths.clips, { recursive: true });
    for (const id of ['aaaa1111', 'bbbb2222'])
      copyFileSync(join(originals, `${id}.mp4`), join(paths.clips, `${id}.mp4`));
    expect(await ended(work.rebuild())).toEqual(result(2, 0, 0));
    const before = (await studio.library.page(everyClip, 0, 50)).clips;
    await studio.library.delete(['bbbb2222']);
    studio.dispose();
    for (const name of readdirSync(home)) if (name.startsWith('reelwright.db')) rmSync(join(home, name));
    rmSync(paths.posters, { recursive: true });
    start();
    expect(await clips()).toEqual([]);
    expect(await ended(work.rebuild())).toEqual(result(2, 0, 0));
    expect(await clips()).toEqual(['aaaa1111']);
    await studio.library.restore(['bbbb2222']);
    expect((await studio.library.page(everyClip, 0, 50)).clips).toEqual(before);
    expect(existsSync(studio.library.posterOf('aaaa1111'))).toBe(true);
  });

  it('exports into a folder or for a download, with or without what it says of itself', async () => {
    await imported(originals);
    const folder = join(home, 'out');
    mkdirSync(folder);
    const copy = await work.export({ id: 'aaaa1111', format: null, settings: 'without-words', folder });
    expect(await ended(copy)).toMatchObject({ kind: 'done', result: { place: join(folder, 'aaaa1111.mp4') } });
    expect(await receiveFile(join(folder, 'aaaa1111.mp4'))).toMatchObject({
      kind: 'clip',
      record: { preset: { prompt: '' } },
    });
    // Nothing is replaced.
    const again = await work.export({ id: 'aaaa1111', format: null, settings: 'all', folder });
    expect(await ended(again)).toMatchObject({ kind: 'failed', problem: 'exists' });

    const webm = { kind: 'webm', quality: 'small' } as const;
    const task = await work.export({ id: 'aaaa1111', format: webm, settings: 'all', folder: null });
    expect(await ended(task)).toMatchObject({ kind: 'done', result: { place: null, name: 'aaaa1111.webm' } });
    const kept = work.download(task.id) ?? '';
    expect(await receiveFile(kept)).toMatchObject({ kind: 'clip', record: { job: 'aaaa1111' } });
    await work.forget(task.id);
    expect(existsSync(dirname(kept))).toBe(false);
    expect(work.download(task.id)).toBeNull();

    const mp4 = { kind: 'mp4', quality: 'small' } as const;
    const encoded = await work.export({ id: 'bbbb2222', format: mp4, settings: 'all', folder });
    expect(await ended(encoded)).toMatchObject({ kind: 'done' });
    const film = join(folder, 'bbbb2222.mp4');
    const whole = await receiveFile(film);
    expect(whole).toMatchObject({ kind: 'clip', record: { job: 'bbbb2222' } });
    // In both places, as the clip itself has it.
    const bytes = readFileSync(film);
    const comment = bytes.indexOf('{"format":"reelwright-clip"');
    writeFileSync(film, bytes.fill(0, comment, bytes.indexOf(0, comment)));
    expect(await receiveFile(film)).toEqual(whole);

    const frames = { kind: 'frames', zip: false } as const;
    const pictures = await work.export({ id: 'bbbb2222', format: frames, settings: 'without-words', folder });
    expect(await ended(pictures)).toMatchObject({ kind: 'done', result: { name: 'bbbb2222-frames' } });
    expect(await receiveFile(join(folder, 'bbbb2222-frames', 'frame-0003.png'))).toMatchObject({
      ...{ kind: 'clip', carrier: 'png' },
      record: { job: 'bbbb2222', preset: { prompt: '', steps: expect.any(Number) } },
    });

    const gone = { id: 'aaaa1111', format: webm, settings: 'all', folder: join(home, 'nowhere') } as const;
    await expect(work.export(gone)).rejects.toThrow(Refused);
  });

  it('says when there is nothing to export with', async () => {
    await imported(originals);
    studio.openExporter = openStudio({
      paths: { ...dataPaths(join(home, 'other')), environment: home },
      program,
    }).openExporter;
    const gif = { kind: 'gif', dither: 'none', width: null } as const;
    const task = await work.export({ id: 'aaaa1111', format: gif, settings: 'none', folder: null });
    expect(await ended(task)).toMatchObject({ kind: 'failed', problem: 'engine-missing' });
    expect(existsSync(join(home, 'exports', task.id))).toBe(false);
  });

  it('takes in the very last frame', async () => {
    await imported(originals);
    const { id, width, height } = await work.lastFrame('bbbb2222');
    expect([width, height]).toEqual([96, 64]);
    // Each frame is of one colour, its green by its number.
    const { channels } = await sharp(studio.pictures.fileOf(id)).stats();
    expect(Math.abs((channels[1]?.mean ?? 0) - 160)).toBeLessThan(6);
  });

  it('moves the library, and goes on with a move that was cut off by the end of the studio', async () => {
    const { paths } = studio;
    mkdirSync(paths.clips, { recursive: true });
    copyFileSync(join(originals, 'aaaa1111.mp4'), join(paths.clips, 'a.mp4'));
    await ended(work.rebuild());
    const to = join(home, 'elsewhere');
    mkdirSync(to);
    await work.move(to);
    await work.stop();
    work = new LibraryWork(studio, () => {});
    await work.takeUp();
    await Promise.all(work.tasks.list().map(ended));
    expect((await studio.library.get('aaaa1111')).file).toBe(join(to, 'a.mp4'));
    expect(studio.remembered.settings().clipsFolder).toBe(to);
    await expect(work.move('relative')).rejects.toThrow(Refused);
  });

  it('gives a clip’s file another name', async () => {
    const folder = join(home, 'earlier');
    mkdirSync(folder);
    for (const id of ['aaaa1111', 'bbbb2222']) copyFileSync(join(originals, `${id}.mp4`), join(folder, `${id}.mp4`));
    await imported(folder);
    expect((await studio.library.rename('aaaa1111', 'The: boat?')).file).toBe(join(folder, 'The boat.mp4'));
    expect((await studio.library.rename('aaaa1111', 'the boat')).file).toBe(join(folder, 'the boat.mp4'));
    expect((await studio.library.get('aaaa1111')).missing).toBe(false);
    await expect(studio.library.rename('aaaa1111', 'bbbb2222')).rejects.toThrow(Refused);
    await expect(studio.library.rename('aaaa1111', ' .. ')).rejects.toThrow(Refused);
  });
});
