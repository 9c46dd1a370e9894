import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { processes } from 'systeminformation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { oneThread, root } from './cli.ts';
import { readClip } from './clip.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => (block ?? '').trim().split('\n'));

/** Opens the studio, and ends when it is asked to. */
const stays = (command: string) => command === 'npm start' || /^npm start -- serve/.test(command);
const here = (command: string) => command.replace(/^npm /, `npm --prefix "${root}" `);
const options = () => ({
  shell: true as const,
  cwd: folder,
  env: {
    ...{ REELWRIGHT_HOME: join(folder, 'home'), REELWRIGHT_ENVIRONMENT: dataPaths().environment, INIT_CWD: folder },
    ...oneThread,
  },
});

/** The studio at the end of shell, npm and bootstrap; its worker is its own affair. */
async function studioOf(pid: number): Promise<number> {
  const { list } = await processes();
  const next = list.find((each) => each.parentPid === pid && !/python/i.test(each.name));
  return next === undefined ? pid : studioOf(next.pid);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-readme-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('the README', { timeout: 180_000 }, () => {
  it('shows the two commands that set everything up', () => {
    expect(commands.slice(0, 2)).toEqual(['npm start', 'npm test']);
  });

  it.skipIf(process.platform !== 'linux').each(commands.filter(stays))(
    'keeps its word: %s serves the studio where there is no display',
    async (command) => {
      const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = process.env;
      const run = execa(here(command), {
        ...options(),
        extendEnv: false,
        env: { ...env, ...options().env },
        reject: false,
      });
      let said = '';
      const address = await new Promise<string>((resolve, reject) => {
        run.stdout.on('data', (chunk) => {
          said += String(chunk);
          const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(said)?.[0];
          if (found !== undefined) resolve(found);
        });
        void run.then(({ stderr }) => reject(new Error(stderr)));
      });
      expect((await fetch(address, { redirect: 'manual' })).status).toBe(200);
      expect((await fetch(new URL('/', address))).status).toBe(401);
      process.kill(await studioOf(run.pid ?? 0), 'SIGINT');
      const { stderr } = await run;
      if (command === 'npm start') expect(stderr).toContain('This machine has no display');
    },
  );

  // `npm test` is what runs this.
  it.each(commands.filter((command) => command !== 'npm test' && !stays(command)))(
    'keeps its word: %s',
    async (command) => {
      const run = await execa(here(command), options());
      const out = /--out (\S+)/.exec(command)?.[1];
      if (out !== undefined) expect((await readClip(join(folder, out))).frames).toBe(17);
      else expect(run.stdout.length).toBeGreaterThan(100);
    },
  );

  it('and the pages behind it lead only to pages and pictures that are there', async () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...(await readdir(join(root, 'docs'))).map((name) => `docs/${name}`),
    ];
    const dead: string[] = [];
    for (const page of pages.filter((name) => name.endsWith('.md'))) {
      const text = await readFile(join(root, page), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? '');
      dead.push(
        ...links.filter((link) => !existsSync(join(root, dirname(page), link))).map((link) => `${page}: ${link}`),
      );
    }
    expect(dead).toEqual([]);
  });
});
