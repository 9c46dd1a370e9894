import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { root } from './cli.ts';
import { readClip } from './clip.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => (block ?? '').trim().split('\n'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-readme-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('the README', { timeout: 180_000 }, () => {
  it('shows the two commands that set everything up', () => {
    expect(commands[0]).toMatch(/^npm start -- generate --prompt/);
    expect(commands).toContain('npm test');
  });

  // `npm test` is what runs this.
  it.each(commands.filter((command) => command !== 'npm test'))('keeps its word: %s', async (command) => {
    const run = await execa(command.replace(/^npm /, `npm --prefix "${root}" `), {
      shell: true,
      cwd: folder,
      env: { REELWRIGHT_HOME: join(folder, 'home'), REELWRIGHT_ENVIRONMENT: dataPaths().environment, INIT_CWD: folder },
    });
    const out = /--out (\S+)/.exec(command)?.[1];
    if (out !== undefined) expect((await readClip(join(folder, out))).frames).toBe(17);
    else expect(run.stdout.length).toBeGreaterThan(100);
  });

  it('leads only to pages that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });
});
