import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CalibrationRun, PlanQuery } from '../../contract/plan.ts';
import { catalogueModel, gib, machineOf, sixSeconds } from '../studio/planner/machine.fixture.ts';
import { decide } from '../studio/planner/plan.ts';
import { dataPaths } from '../studio/storage/paths.ts';
import { openStudio } from '../studio/studio.ts';
import { parseCommand } from './arguments.ts';
import { cache, size } from './cache.ts';
import { calibrationText } from './calibrate.ts';
import type { Output } from './output.ts';

const root = join(import.meta.dirname, '..', '..');

describe('calibrate', () => {
  const parse = (...args: string[]) => parseCommand(['calibrate', ...args], '/work');

  it('is asked for the clips that somebody makes, and for no other machine', () => {
    const asked = parse('--model', 'cogvideox-5b', '--width', '720', '--height', '480', '--frames', '49');
    expect(asked).toMatchObject({ kind: 'command', command: { model: 'cogvideox-5b', width: 720, steps: null } });
    expect(parse('--vram', '8')).toMatchObject({ kind: 'wrong', sentence: expect.stringContaining('--vram') });
    expect(parse('--steps', '0')).toMatchObject({ kind: 'wrong', sentence: expect.stringContaining('--steps') });
  });

  it('tells of each short clip what was expected and what came, and of a whole one what is said now', () => {
    const decision = decide(machineOf('RTX 4090', 22), catalogueModel('cogvideox-5b'), sixSeconds);
    if (decision.kind !== 'fits') throw new Error('it fits');
    const { plan, reasons, prediction } = decision.best;
    const tried = { plan, reasons, prediction, expected: 'fits' } as const;
    const peaks = { denoising: { allocatedBytes: 12 * gib, reservedBytes: 13 * gib, hostBytes: gib } };
    const runs: CalibrationRun[] = [
      { ...tried, result: { kind: 'measured', stepSeconds: 4.2, seconds: { denoising: 17 }, peaks } },
      { ...tried, expected: 'too-large', result: { kind: 'too-large', phase: 'decoding' } },
    ];
    const query: PlanQuery = {
      ...{ model: 'cogvideox-5b', width: 720, height: 480, frames: 49 },
      steps: 50,
      guidance: 6,
    };
    const unknown = { kind: 'model', model: 'x', problem: 'unknown', file: null } as const;
    const text = calibrationText(query, runs, unknown, unknown);
    expect(text).toContain('Expected to fit: 4.20 s a step');
    expect(text).toContain('Denoising: 12.0 GB of the card');
    expect(text).toContain('Expected not to fit: out of memory while decoding');
    expect(text).not.toContain('Before');
  });
});

describe('cache', () => {
  let home: string;
  let said: unknown;
  const output: Output = {
    event: (event) => {
      said = event;
    },
    result: (_, data) => {
      said = data;
    },
  };
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'reelwright-cache-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));
  const open = () => {
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    return openStudio({ paths: dataPaths(home), program });
  };
  const fill = async () => {
    await mkdir(join(home, 'cache', 'prompts'), { recursive: true });
    await mkdir(join(home, 'cache', 'triton', 'deep'), { recursive: true });
    await writeFile(join(home, 'cache', 'prompts', 'one.safetensors'), 'x'.repeat(3000));
    await writeFile(join(home, 'cache', 'triton', 'deep', 'kernel'), 'x'.repeat(500));
  };

  it('is shown by what is in it, and thrown away as a whole', async () => {
    const studio = open();
    try {
      expect(await cache({ action: 'show' }, studio, output)).toBe(0);
      expect(said).toEqual({ promptsBytes: 0, kernelsBytes: 0 });
      await fill();
      await cache({ action: 'show' }, studio, output);
      expect(said).toEqual({ promptsBytes: 3000, kernelsBytes: 500 });
      expect(await cache({ action: 'clear' }, studio, output)).toBe(0);
      expect(said).toEqual({ clearedBytes: 3500 });
      await expect(stat(join(home, 'cache'))).rejects.toThrow();
    } finally {
      studio.dispose();
    }
  });

  it('stays while somebody may be using it', async () => {
    const studio = open();
    const lock = studio.holdEngine();
    if (lock.kind === 'busy') throw new Error('nobody else is here');
    try {
      await fill();
      expect(await cache({ action: 'clear' }, studio, output)).toBe(3);
      expect(said).toMatchObject({ type: 'error', cause: 'busy' });
      expect((await stat(join(home, 'cache', 'prompts', 'one.safetensors'))).size).toBe(3000);
    } finally {
      lock.release();
      studio.dispose();
    }
  });

  it('is told in words', () => {
    expect([0, 1, 300 * 2 ** 20, 2.5 * 2 ** 30].map(size)).toEqual(['nothing', '1 MB', '300 MB', '2.5 GB']);
  });

  it('takes show or clear', () => {
    expect(parseCommand(['cache'], '/work')).toMatchObject({ command: { kind: 'cache', action: 'show' } });
    expect(parseCommand(['cache', 'empty'], '/work')).toMatchObject({
      kind: 'wrong',
      sentence: '"cache" takes show or clear; you gave "empty".',
    });
  });
});
