import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipRecord } from '../contract/clipRecord.ts';
import { DoctorReport } from '../contract/doctor.ts';
import { phases } from '../contract/render.ts';
import { cli, quick, startCli } from './cli.ts';
import { readClip } from './clip.ts';
import { drawPicture } from './picture.ts';

const prompt = 'a red balloon rising over green hills at sunset';
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reelwright-generate-'));
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

describe('reelwright generate', { timeout: 120_000 }, () => {
  it('leaves a playable clip that carries its settings, and says how it went', async () => {
    const out = join(home, 'clip.mp4');
    const run = await cli(['generate', '--prompt', prompt, '--out', out, ...quick], { home });
    expect(run.last).toMatchObject({ type: 'done', file: out, width: 64, height: 48, frames: 17, fps: 8, seed: 11 });
    expect(run.code).toBe(0);
    const named = run.events.flatMap((event) =>
      event.type === 'phase' && event.phase !== 'setup' && event.phase !== 'starting' ? [event.phase] : [],
    );
    expect(named).toEqual([...phases]);
    const steps = run.events.flatMap((event) =>
      event.type === 'step' && event.phase === 'denoising' ? [event.step] : [],
    );
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);

    const clip = await readClip(out);
    expect(clip).toMatchObject({ codec: 'h264', width: 64, height: 48, frames: 17, fps: 8 });
    const record = ClipRecord.parse(JSON.parse(clip.comment));
    expect(record).toMatchObject({ preset: { model: 'paper-world', prompt, steps: 8 }, seed: 11, fromPicture: false });
    expect(Object.keys(record.phaseSeconds)).toEqual([...phases]);
    expect(clip.comment).not.toContain(home);
    expect((await readdir(home)).filter((name) => name.endsWith('.tmp') || name.startsWith('.'))).toEqual([]);
    expect(await readdir(join(home, 'jobs'))).toEqual([]);
  });

  it('makes the same clip again from the same seed, and another from another; by itself in the studio’s own folder', async () => {
    const run = await cli(['generate', '--prompt', prompt, ...quick], { home });
    const again = join(home, 'clips', 'a-red-balloon-rising-over-green-hills-at-sunset.mp4');
    expect(run.last).toMatchObject({ type: 'done', file: again });
    const other = join(home, 'other.mp4');
    const third = await cli(['generate', '--prompt', prompt, '--out', other, ...quick, '--seed', '6'], { home });
    expect(third.code).toBe(0);
    const whole = (await readClip(join(home, 'clip.mp4'))).pixels;
    expect((await readClip(again)).pixels).toBe(whole);
    expect((await readClip(other)).pixels).not.toBe(whole);
  });

  it('skips steps where that is asked for and on offer, and says what it did', async () => {
    const made = async (name: string, steps: number) => {
      const out = join(home, name);
      const args = ['--prompt', prompt, '--out', out, ...quick, '--steps', String(steps), '--shortcut', 'cached-steps'];
      const run = await cli(['generate', ...args], { home });
      const skipped = run.events.flatMap((event) => (event.type === 'step' && event.cached ? [event.step] : []));
      const warnings = run.events.flatMap((event) => (event.type === 'warning' ? [event.cause] : []));
      const { shortcut } = ClipRecord.parse(JSON.parse((await readClip(out)).comment));
      return { last: run.last, skipped, warnings, shortcut };
    };
    const cached = await made('skipped.mp4', 40);
    expect(cached).toMatchObject({ last: { type: 'done', shortcut: 'cached-steps' }, shortcut: 'cached-steps' });
    expect([cached.skipped, cached.warnings]).toEqual([Array.from({ length: 16 }, (_, at) => 9 + 2 * at), []]);
    // Of eight steps none can be spared.
    const exact = await made('exact.mp4', 8);
    expect(exact).toMatchObject({ last: { type: 'done', shortcut: null }, shortcut: undefined });
    expect([exact.skipped, exact.warnings]).toEqual([[], ['shortcut']]);
  });

  it('goes on skipping them after the studio was killed, to the very same clip', async () => {
    const out = join(home, 'resumed.mp4');
    const args = ['--prompt', prompt, '--out', out, ...quick, '--steps', '40', '--shortcut', 'cached-steps'];
    const killed = await startCli(['generate', ...args], {
      home,
      onEvent: (event, run) => {
        if (event.type === 'step' && event.step === 21) run.kill('SIGKILL');
      },
    }).ended;
    expect(killed.last?.type).not.toBe('done');
    const resumed = await cli(['jobs', 'resume'], { home });
    expect(resumed.last).toMatchObject({ type: 'done', file: out, shortcut: 'cached-steps' });
    const steps = resumed.events.flatMap((event) =>
      event.type === 'step' && event.phase === 'denoising' ? [event.step] : [],
    );
    expect(steps[0]).toBeGreaterThan(15);
    expect((await readClip(out)).pixels).toBe((await readClip(join(home, 'skipped.mp4'))).pixels);
  });

  it('goes on from a picture', async () => {
    const image = await drawPicture(home);
    const out = join(home, 'from-picture.mp4');
    const run = await cli(['generate', '--prompt', prompt, '--image', image, '--out', out, ...quick], { home });
    expect(run.last).toMatchObject({ type: 'done' });
    expect(JSON.parse((await readClip(out)).comment)).toMatchObject({
      preset: { model: 'paper-world-i2v' },
      fromPicture: true,
    });
  });

  it('speaks in words to people and keeps standard output for the file', async () => {
    const out = join(home, 'words.mp4');
    const run = await cli(['generate', '--prompt', prompt, '--out', out, ...quick], { home, json: false });
    expect(run.text).toBe(out);
    expect(run.stderr).toMatch(
      /Loading Paper World\. \(A paper toy world for trying the studio: .*\)\n[\s\S]*Denoising █+ 8\/8.*\n[\s\S]*Done in \d+ s: 64x48, 17 frames, 2.1 s, seed 11\./,
    );
  });

  it('warns of the words that the model never reads, and renders', async () => {
    const long = `${prompt} ${'and then another very small bird '.repeat(20)}finale`;
    const run = await cli(['generate', '--prompt', long, '--out', join(home, 'long.mp4'), ...quick], { home });
    const warning = run.events.find((event) => event.type === 'warning');
    expect(warning).toMatchObject({ cause: 'prompt-cut', sentence: expect.stringMatching(/Left out: ".*finale"/) });
    expect(run.code).toBe(0);
  });
});

describe('the other commands', { timeout: 120_000 }, () => {
  it('list the jobs and the models', async () => {
    const jobs = JSON.parse((await cli(['jobs'], { home })).text);
    expect(jobs.jobs.length).toBeGreaterThanOrEqual(5);
    expect(jobs.jobs.every((job: { state: { kind: string } }) => job.state.kind === 'done')).toBe(true);
    const models = JSON.parse((await cli(['models'], { home })).text);
    expect(models.models.map((model: { id: string }) => model.id)).toEqual(['paper-world', 'paper-world-i2v']);
    expect(models.models[0].note).toMatch(/paper toy world for trying the studio/);
  });

  it('look at the machine and try it', async () => {
    const run = await cli(['doctor'], { home });
    const report = DoctorReport.parse(JSON.parse(run.text.split('\n').at(-1) ?? ''));
    expect(report.problems).toEqual([]);
    expect(report.probe?.operation.kind).toBe('worked');
    expect(report.models.map(({ kind }) => kind)).toEqual(['good', 'good']);
    expect(run.code).toBe(0);
  });

  it('say what there is when nothing is asked', async () => {
    const run = await cli([], { home, json: false });
    expect(run.text).toContain('generate --prompt');
    expect(run.code).toBe(0);
  });
});
