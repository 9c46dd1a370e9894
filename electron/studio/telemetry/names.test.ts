import { expect, it } from 'vitest';
import { listed, programNames } from './names.ts';

it('reads the names that Windows lists, in any language', () => {
  const text = [
    '"System Idle Process","0","Services","0","8 K"',
    '"dwm.exe","1204","Console","1","104,320 K"',
    '"A, B & C.exe","77","Konsole","1","1.024 K"',
    'INFO: no tasks',
  ].join('\r\n');
  expect([...listed([77, 1204, 5], text)]).toEqual([
    [1204, 'dwm.exe'],
    [77, 'A, B & C.exe'],
  ]);
  expect(listed([77], '').size).toBe(0);
});

it.skipIf(process.platform !== 'linux')('reads names from /proc, and none of what is gone', async () => {
  const names = await programNames([process.pid, 4_194_305]);
  expect([...names.keys()]).toEqual([process.pid]);
  expect(names.get(process.pid)).not.toBe('');
});

it('asks nobody for nothing', async () => {
  expect((await programNames([], 'win32')).size).toBe(0);
});
