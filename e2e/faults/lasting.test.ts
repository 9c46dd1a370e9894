import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { root } from '../cli.ts';
import { type Call, WatchedDisk } from './disk.ts';

const canWatch = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

/** What is done to a queue, one after the other, and whether a power cut may take it the moment after. */
const deeds = {
  added: ['add(asked)', true],
  'many-added': ['addMany([asked, asked])', true],
  // To wait for the disk would cost every step.
  stepped: ["setState(id, { kind: 'denoising', step: 2, of: 8 })", false],
  decided: ["setState(id, { kind: 'recovering', attempt: 2, failure }, [])", true],
  done: ["setState(id, { kind: 'done', bytes: 1, seconds: 2, phaseSeconds: {} })", true],
} as const;

/** Before each of them a file is written that says which. */
const program = (home: string) => `
  import { writeFileSync } from 'node:fs';
  import { openStudio } from '${root}/electron/studio/studio.ts';
  import { dataPaths } from '${root}/electron/studio/storage/paths.ts';
  const { jobs } = openStudio({ paths: dataPaths('${home}'), program: { resources: '', sidecar: '' } });
  const asked = { model: 'm', picture: null, out: '/a.mp4', overwrite: false, requestKey: 'a', settings: {} };
  const failure = { cause: 'hang', phase: 'denoising', seconds: 7, detail: '' };
  const { id } = jobs.add(asked);
  ${Object.entries(deeds)
    .map(([name, [deed]]) => `writeFileSync('${home}/${name}.mark', '1'); jobs.${deed};`)
    .join('\n')}
  process.kill(process.pid, 'SIGKILL');`;

const isWrite = ({ call }: Call) => call.includes('write');
const isSync = ({ call }: Call) => call === 'fsync' || call === 'fdatasync';

it.skipIf(!canWatch)('what is added, decided and done outlasts a power cut the moment after', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'reelwright-lasting-'));
  try {
    const home = join(scratch, 'home');
    const disk = await WatchedDisk.of(home, scratch);
    await execa(process.execPath, ['--input-type=module', '-e', program(home)], { env: disk.env, reject: false });
    const lasted: Record<string, boolean> = {};
    let calls: Call[] = [];
    for (const call of disk.log().reverse()) {
      if (call.path.endsWith('-wal')) calls.unshift(call);
      if (!call.path.endsWith('.mark') || !isWrite(call)) continue;
      expect(calls.some(isWrite)).toBe(true);
      lasted[basename(call.path, '.mark')] = calls.findLastIndex(isSync) > calls.findLastIndex(isWrite);
      calls = [];
    }
    expect(lasted).toEqual(Object.fromEntries(Object.entries(deeds).map(([name, [, lasts]]) => [name, lasts])));
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
});
