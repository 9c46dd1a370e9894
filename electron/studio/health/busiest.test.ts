import { expect, it } from 'vitest';
import { busiestOf, busiestProgram } from './busiest.ts';

const of = (pid: number, parentPid: number, name: string, cpu: number) => ({ pid, parentPid, name, cpu });

it('names the program that takes most, all of its processes together, and never us', () => {
  const list = [
    of(0, 0, 'System Idle Process', 90),
    of(10, 1, 'studio', 5),
    of(11, 10, 'python', 60),
    of(12, 11, 'ffmpeg', 30),
    of(20, 1, 'game.exe', 25),
    of(30, 1, 'cc1plus', 15),
    of(31, 1, 'cc1plus', 14),
  ];
  expect(busiestOf(list, 10)).toBe('cc1plus');
  expect(busiestOf(list.slice(0, 5), 10)).toBe('game.exe');
  expect(busiestOf(list.slice(0, 4), 10)).toBeNull();
  expect(busiestOf([of(1, 0, 'quiet', 9)], 10)).toBeNull();
  expect(busiestOf([], 10)).toBeNull();
});

it('asks the system, whatever it has to say', async () => {
  const name = await busiestProgram();
  expect(name === null || name.length > 0).toBe(true);
}, 30_000);
