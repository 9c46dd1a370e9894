import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, quick } from './cli.ts';
import { readClip } from './clip.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reelwright-library-'));
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

const library = async (data: string, ...args: string[]) => {
  const run = await cli(['library', ...args], { home: data });
  return { ...run, said: JSON.parse(run.text || '{}') as unknown };
};

describe('reelwright library', { timeout: 120_000 }, () => {
  it('exports, rebuilds what was forgotten, imports elsewhere, and moves', async () => {
    const clip = join(home, 'clips', 'balloon.mp4');
    await mkdir(join(home, 'clips'));
    const made = await cli(['generate', '--prompt', 'a red balloon', '--out', clip, ...quick, '--steps', '2'], {
      home,
    });
    expect(made.code).toBe(0);

    for (const out of ['b.webm', 'b.gif', 'b.zip', 'frames', 'b.mp4']) {
      const { code, said } = await library(home, 'export', clip, join(home, out), '--quality', 'small');
      expect(said).toMatchObject({ file: join(home, out) });
      expect(code).toBe(0);
    }
    expect(await readdir(join(home, 'frames'))).toHaveLength(17);
    expect((await sharp(join(home, 'b.gif'), { animated: true }).metadata()).pages).toBe(17);
    expect(await readClip(join(home, 'b.mp4'))).toMatchObject({ codec: 'h264', frames: 17, width: 64 });
    const again = await library(home, 'export', clip, join(home, 'b.gif'));
    expect(again).toMatchObject({ code: 4, said: { type: 'error', cause: 'exists' } });
    expect(await library(home, 'export', 'nobody', join(home, 'c.gif'))).toMatchObject({ code: 2 });

    for (const name of await readdir(home)) if (name.startsWith('reelwright.db')) await rm(join(home, name));
    expect((await library(home, 'rebuild')).said).toEqual({ kind: 'import', added: 1, known: 0, skipped: 0 });

    const other = join(home, 'other');
    await mkdir(other);
    expect((await library(other, 'import', join(home, 'clips'))).said).toEqual({
      ...{ kind: 'import', added: 1, known: 0, skipped: 0 },
    });
    expect(existsSync(clip)).toBe(true);

    const target = join(home, 'new place');
    await mkdir(target);
    expect((await library(home, 'move', target)).said).toMatchObject({ kind: 'move', files: 1, left: 0 });
    expect(existsSync(clip)).toBe(false);
    expect(await readClip(join(target, 'balloon.mp4'))).toMatchObject({ frames: 17 });
    expect(await library(home, 'move', join(home, 'nowhere'))).toMatchObject({ code: 2 });
  });
});
