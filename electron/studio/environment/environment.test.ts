import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureEnvironment, repairEnvironment } from './environment.ts';
import { interpreter, sitePackages } from './marker.ts';
import type { EnvironmentResult, Extras } from './outcome.ts';
import { type TinyWorld, tinyWorld } from './tinyWorld.ts';

let world: TinyWorld;
beforeEach(async () => {
  world = await tinyWorld();
});
afterEach(() => world.dispose());

const ensure = (extras: Extras = 'runtime', signal?: AbortSignal) =>
  ensureEnvironment({ ...world, extras, ...(signal ? { signal } : {}) }, world.around);
const repair = () => repairEnvironment({ ...world, extras: 'runtime' }, world.around);
const inPackages = (...names: string[]) => join(sitePackages(world.folder), ...names);
const engine = () => inPackages('tiny_engine', 'core.py');
const marker = () => join(world.folder, 'environment.json');
const phases = () => [...new Set(world.said.map(({ phase }) => phase))];

describe('a new environment', () => {
  it('is made, proved, and then reused at once', async () => {
    expect(await ensure()).toMatchObject({ kind: 'ready', reused: false, python: interpreter(world.folder) });
    expect(phases()).toEqual(['python', 'packages', 'proof']);
    expect(existsSync(engine())).toBe(true);

    world.said.length = 0;
    const times = [];
    for (let round = 0; round < 5; round += 1) {
      const started = performance.now();
      expect(await ensure()).toMatchObject({ kind: 'ready', reused: true });
      times.push(performance.now() - started);
    }
    expect(world.said).toEqual([]);
    expect(Math.min(...times)).toBeLessThan(30);
  });

  it('takes the development tools on top, keeps them, and serves the studio with them', async () => {
    await ensure('runtime');
    const before = statSync(engine()).ino;
    expect(await ensure('development')).toMatchObject({ kind: 'ready', reused: false });
    expect(existsSync(inPackages('tiny_tool.py'))).toBe(true);
    expect(statSync(engine()).ino).toBe(before);
    expect(await ensure('runtime')).toMatchObject({ kind: 'ready', reused: true });

    appendFileSync(join(world.sidecar, 'requirements', 'runtime.lock'), '# changed\n');
    expect(await ensure('runtime')).toMatchObject({ kind: 'ready', reused: false });
    expect(existsSync(inPackages('tiny_tool.py'))).toBe(true);
  });

  it('is not called ready when it cannot do its work', async () => {
    world.around.recipe.probe = join(world.folder, 'no-such-probe.py');
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'proof-failed' });
    expect(existsSync(marker())).toBe(false);
  });

  it('says what Windows itself lacks, and installs nothing again for it', async () => {
    const probe = join(world.sidecar, 'probe.py');
    const said = 'Microsoft Visual C++ Redistributable is not installed, this may lead to the DLL load failure.';
    writeFileSync(probe, `print('${said}')\nraise OSError('[WinError 126] Error loading c10.dll')\n`);
    world.around.recipe.probe = probe;
    expect(await ensure()).toMatchObject({
      ...{ kind: 'impossible', cause: 'proof-failed' },
      sentence: 'The engine needs the Microsoft Visual C++ Redistributable, which this computer does not have.',
      action: expect.stringMatching(/^Install it from .*vc_redist\.x64\.exe and start again\.$/),
    });
    const before = statSync(engine()).ino;
    expect(await ensure()).toMatchObject({ cause: 'proof-failed' });
    expect(statSync(engine()).ino).toBe(before);
  });
});

describe('damage that a start sees', () => {
  const damages: [string, () => void][] = [
    ['a package whose folder is gone', () => rmSync(inPackages('tiny_engine'), { recursive: true })],
    ['a package whose record is gone', () => rmSync(inPackages('tiny_engine-1.0.dist-info'), { recursive: true })],
    ['an interpreter that is gone', () => rmSync(interpreter(world.folder))],
    ['an interpreter that leads nowhere', () => leadNowhere(interpreter(world.folder))],
    ['a marker cut short', () => truncateSync(marker(), 40)],
    ['a marker of another program', () => writeFileSync(marker(), '{"format": 7}')],
    ['a lock that changed', () => appendFileSync(join(world.sidecar, 'requirements', 'runtime.lock'), '# newer\n')],
  ];

  it.each(damages)('%s is mended', async (_, damage) => {
    await ensure();
    damage();
    expect(await ensure()).toMatchObject({ kind: 'ready', reused: false });
    expect(readFileSync(engine(), 'utf8')).toBe('one = 1\n');
    expect(await ensure()).toMatchObject({ kind: 'ready', reused: true });
  });
});

describe('damage inside a package', () => {
  const damages: [string, () => void][] = [
    ['a file that is gone', () => rmSync(engine())],
    // Through the link this changes the cache's copy, too.
    ['a file cut short', () => truncateSync(engine(), 2)],
    ['a file with other bytes', () => writeFileSync(engine(), 'one = 2\n')],
    ['a record that says nothing', () => rmSync(inPackages('tiny_engine-1.0.dist-info', 'METADATA'))],
  ];

  it.each(damages)('%s is found and mended by a repair', async (_, damage) => {
    await ensure();
    damage();
    expect(await repair()).toMatchObject({ kind: 'ready', reused: false });
    expect(readFileSync(engine(), 'utf8')).toBe('one = 1\n');
    expect(await ensure()).toMatchObject({ kind: 'ready', reused: true });
  });

  it('that no record shows is mended by building anew', async () => {
    await ensure();
    writeFileSync(inPackages('tiny_engine.pth'), 'import sys; sys.modules["tiny_engine"] = None\n');
    expect(await repair()).toMatchObject({ kind: 'ready', reused: false });
    expect(existsSync(inPackages('tiny_engine.pth'))).toBe(false);
  });
});

describe('two set-ups at once', () => {
  it('do the work once', async () => {
    const results = await Promise.all([ensure(), ensure(), ensure()]);
    expect(results.map((result: EnvironmentResult) => result.kind === 'ready' && result.reused).sort()).toEqual([
      false,
      true,
      true,
    ]);
    expect(phases()).toContain('waiting');
  });

  it('let the one that waits be called off', async () => {
    const first = ensure();
    const abort = new AbortController();
    const second = ensure('runtime', abort.signal);
    abort.abort();
    await expect(second).rejects.toThrow(/abort/i);
    expect(await first).toMatchObject({ kind: 'ready' });
  });
});

function leadNowhere(file: string): void {
  rmSync(file);
  symlinkSync(join(world.folder, 'nowhere'), file);
}
