/** The program as people get it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readFuses } from '../../electron/builder.mjs';
import { picturesIn } from '../../scripts/icons.ts';
import { root } from '../cli.ts';
import { commandOf } from './launch.ts';
import { expect, test } from './studio.ts';

test('its fuses let nobody in @packaged', async ({ studio, host }) => {
  test.skip(host !== 'packaged', 'Only a packed program has fuses of ours.');
  const { program } = await commandOf('packaged', studio.home);
  expect(await readFuses(program)).toMatchObject({
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
  });
  expect((await studio.client.about()).host).toBe('desktop');
});

test('it brings the licences of everything in it, and nothing of the tests @packaged', async ({ studio, host }) => {
  test.skip(host !== 'packaged', 'Only a packed program has them beside it.');
  const { program } = await commandOf('packaged', studio.home);
  const folder = process.platform === 'darwin' ? join(dirname(program), '..') : dirname(program);
  const read = (name: string) => readFileSync(join(folder, 'licences', name), 'utf8');
  expect(read('Reelwright.txt')).toContain('Apache License');
  expect(read('Inter.txt')).toContain('Open Font License');
  for (const [name, bundled] of [
    ['page.md', ['react', 'zod', '@orpc/client', 'uplot', 'lucide-react']],
    ['studio.md', ['zod', '@orpc/server', 'execa', 'systeminformation', 'vscode-jsonrpc']],
  ] as const) {
    const parts = read(name)
      .split(/^## (?=.+ - \d)/m)
      .slice(1);
    const whole = parts.filter((part) => part.length > 400).map((part) => part.slice(0, part.indexOf(' - ')));
    expect(whole).toEqual(expect.arrayContaining([...bundled]));
    // A few bring no text, but all of them say what they are under.
    for (const part of parts)
      expect(part.split('\n')[0]).toMatch(/ - \S+ \((MIT|ISC|Apache-2\.0|0BSD|BSD-[23]-Clause)\)$/);
  }
  const resources = join(folder, process.platform === 'darwin' ? 'Resources' : 'resources');
  const native = join(resources, 'app.asar.unpacked', 'node_modules');
  for (const name of ['libsql', 'koffi', 'sharp', join('@img', 'colour')])
    expect(
      readdirSync(join(native, name)).some((each) => /^licen[cs]e/i.test(each)),
      name,
    ).toBe(true);
  const libvips = readdirSync(join(native, '@img')).filter((each) => each.startsWith('sharp-libvips-'));
  expect(libvips).not.toEqual([]);
  for (const name of libvips) expect(read(join(name, 'README.md'))).toContain('LGPL');
  expect(existsSync(join(resources, 'python-sidecar', 'tests'))).toBe(false);
});

test('it bears our icon @packaged', async ({ studio, host }) => {
  test.skip(host !== 'packaged', 'From source it bears that of Electron.');
  const { program } = await commandOf('packaged', studio.home);
  const ours = (name: string) => readFileSync(join(root, name));
  if (process.platform === 'darwin') {
    const worn = readFileSync(join(dirname(program), '..', 'Resources', 'icon.icns'));
    expect(worn.equals(ours('electron/icon.icns'))).toBe(true);
  } else if (process.platform === 'win32') {
    const worn = readFileSync(program);
    for (const picture of picturesIn(ours('electron/icon.ico'))) expect(worn.includes(picture)).toBe(true);
  } else {
    // The window brings it: a folder has no icon, and an AppImage's is laid beside the program.
    const worn = readFileSync(join(dirname(program), 'resources', 'resources', 'icon.png'));
    expect(worn.equals(ours('resources/icon.png'))).toBe(true);
  }
});
