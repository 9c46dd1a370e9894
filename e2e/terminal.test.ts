import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quick } from './cli.ts';
import { inTerminal } from './terminal.ts';

let home: string;
let out: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reelwright-terminal-'));
  out = join(home, 'clip.mp4');
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

const typing = (answer: string) =>
  inTerminal(['generate', '--prompt', 'a white bird', '--out', out, ...quick], {
    ...{ home, question: '\\[y/N\\]', answers: [answer] },
  });

describe.skipIf(process.platform === 'win32')('in a terminal', { timeout: 120_000 }, () => {
  it('asks before it replaces a clip, and leaves it when the answer is no', async () => {
    await writeFile(out, 'my only copy');
    const { code, shown } = await typing('n\n');
    expect(shown).toMatch(/clip.mp4 exists. Replace it\? \[y\/N\]/);
    expect(shown).toContain('Nothing was changed.');
    expect(code).toBe(2);
    expect(await readFile(out, 'utf8')).toBe('my only copy');
  });

  it('takes Ctrl-C at the question for a cancellation', async () => {
    const { code, shown } = await typing('\u0003');
    expect(shown).toContain('Cancelled. Nothing was changed.');
    expect(code).toBe(130);
    expect(await readFile(out, 'utf8')).toBe('my only copy');
  });

  it('replaces it when the answer is yes, and shows a bar that moves on one line', async () => {
    const { code, shown } = await typing('y\n');
    expect(code).toBe(0);
    expect(shown).toMatch(/Denoising ████/);
    expect(shown.replaceAll('\r\u001b[K', '<again>')).toMatch(/<again>[^\n]*1\/8[^\n]*<again>[^\n]*2\/8/);
    expect(shown).toMatch(/Done in .*: 64x48, 17 frames/);
    expect((await readFile(out)).subarray(4, 8).toString()).toBe('ftyp');
  });
});
