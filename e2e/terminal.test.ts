import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { oneThread, quick, root } from './cli.ts';
import { testPython } from './environment.ts';

/** Runs a command in a real terminal, types an answer when it is asked something, and prints what the terminal showed. */
const program = `
import os, pty, sys
answer, command = sys.argv[1].encode(), sys.argv[2:]
shown = b""
def read(descriptor):
    global shown
    data = os.read(descriptor, 4096)
    before = shown.count(b"[y/N]")
    shown += data
    if shown.count(b"[y/N]") > before:
        os.write(descriptor, answer)
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(command, read, lambda descriptor: b"")))
`;

let home: string;
let out: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reelwright-terminal-'));
  out = join(home, 'clip.mp4');
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

async function inTerminal(answer: string): Promise<{ code: number | undefined; shown: string }> {
  const main = join(root, 'electron/cli/main.ts');
  const command = [process.execPath, main, 'generate', '--prompt', 'a white bird', '--out', out, ...quick];
  const run = await execa(await testPython(), ['-c', program, answer, ...command], {
    reject: false,
    env: { REELWRIGHT_HOME: home, REELWRIGHT_ENVIRONMENT: dataPaths().environment, COLUMNS: '100', ...oneThread },
  });
  return { code: run.exitCode, shown: run.stdout };
}

describe.skipIf(process.platform === 'win32')('in a terminal', { timeout: 120_000 }, () => {
  it('asks before it replaces a clip, and leaves it when the answer is no', async () => {
    await writeFile(out, 'my only copy');
    const { code, shown } = await inTerminal('n\n');
    expect(shown).toMatch(/clip.mp4 exists. Replace it\? \[y\/N\]/);
    expect(shown).toContain('Nothing was changed.');
    expect(code).toBe(2);
    expect(await readFile(out, 'utf8')).toBe('my only copy');
  });

  it('takes Ctrl-C at the question for a cancellation', async () => {
    const { code, shown } = await inTerminal('\u0003');
    expect(shown).toContain('Cancelled. Nothing was changed.');
    expect(code).toBe(130);
    expect(await readFile(out, 'utf8')).toBe('my only copy');
  });

  it('replaces it when the answer is yes, and shows a bar that moves on one line', async () => {
    const { code, shown } = await inTerminal('y\n');
    expect(code).toBe(0);
    expect(shown).toMatch(/Denoising ████/);
    expect(shown.replaceAll('\r\u001b[K', '<again>')).toMatch(/<again>[^\n]*1\/8[^\n]*<again>[^\n]*2\/8/);
    expect(shown).toMatch(/Done in .*: 96x64, 17 frames/);
    expect((await readFile(out)).subarray(4, 8).toString()).toBe('ftyp');
  });
});
