import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipName, usualClipName } from '../../../contract/clipName.ts';
import { Failure } from '../../../contract/failure.ts';
import type { Kept } from '../../../contract/worker.ts';
import { Library } from '../library/index.ts';
import { readModel } from '../models/index.ts';
import { openStore } from '../storage/database.ts';
import { clipNamer, freeClipName } from './clipName.ts';
import { advance, beginRun } from './live.ts';
import { JobQueue } from './queue.ts';
import { type RenderRequest, requestKey } from './request.ts';
import { failureSentence, keptSentence } from './sentence.ts';
import { JobStore, type NewJob } from './store.ts';
import { timeLeft } from './timeLeft.ts';

const paperWorld = join(import.meta.dirname, '../../../resources/models/paper-world');

const usual = (prompt: string) => (n: number) =>
  clipName(usualClipName, { prompt, model: 'm', seed: 1, at: new Date(0) }, n);

const request: RenderRequest = {
  model: 'paper-world',
  settings: {
    ...{ prompt: 'a ball', negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8 },
    ...{ steps: 20, guidance: 3, scheduler: 'ddim', seed: null },
  },
  picture: null,
  out: '/clip.mp4',
  overwrite: false,
};
const newJob: NewJob = { ...request, settings: { ...request.settings, seed: 1 }, requestKey: requestKey(request) };

describe('a job that is cancelled while its environment is repaired', () => {
  it('is cancelled, not failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright-queue-'));
    const store = openStore(join(folder, 'store.db'));
    const jobs = new JobStore(store, Date.now);
    const cancel = new AbortController();
    const failure: Failure = { cause: 'environment', phase: null, detail: '' };
    const queue = new JobQueue(
      jobs,
      new Library(store, folder, Date.now),
      {
        findModel: async () => {
          const found = await readModel(paperWorld);
          return found.kind === 'model' ? found.model : null;
        },
        verifyModel: async () => null,
        plan: async () => ({ kind: 'failed', failure }),
        render: () => Promise.reject(new Error('There is nothing to render with.')),
        after: async () => ({ alternatives: [], offered: [], remedies: [] }),
        fresh: async () => {},
        repair: async () => {
          cancel.abort();
          return false;
        },
      },
      { jobs: folder, cache: join(folder, 'cache') },
    );
    const job = jobs.add(newJob);
    expect((await queue.run(job, () => {}, cancel.signal)).kind).toBe('cancelled');
    expect(jobs.get(job.id)?.state.kind).toBe('cancelled');
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
});

describe('the same request', () => {
  it('has the same key whatever the order of its fields, and another for any change', () => {
    const turned = {
      ...request,
      settings: Object.fromEntries(Object.entries(request.settings).reverse()),
    } as RenderRequest;
    expect(requestKey(turned)).toBe(requestKey(request));
    expect(requestKey({ ...request, overwrite: true })).toBe(requestKey(request));
    expect(requestKey({ ...request, out: '/b.mp4' })).not.toBe(requestKey(request));
    expect(requestKey({ ...request, settings: { ...request.settings, seed: 4 } })).not.toBe(requestKey(request));
  });
});

const kept = fc.oneof<fc.Arbitrary<Kept>[]>(
  fc.constantFrom<Kept>({ kind: 'nothing' }, { kind: 'embeddings' }, { kind: 'latents' }),
  fc.integer({ min: 1, max: 50 }).map((step): Kept => ({ kind: 'checkpoint', step })),
);
describe('the time left', () => {
  const before = { denoising: 4, decoding: 3, finishing: 1 };
  const taken = (...all: number[]) => all.map((seconds) => ({ seconds }));
  const cached = { seconds: 0.01, cached: true };
  it.each([
    [{ phase: 'denoising', step: 10, of: 20, recent: taken(0.5, 9, 0.5), before }, 9],
    [{ phase: 'denoising', step: 10, of: 20, recent: taken(0.5), before: null }, null],
    [{ phase: 'denoising', step: 10, of: 20, recent: [...taken(2), cached, ...taken(2), cached], before }, 14],
    [{ phase: 'denoising', step: 10, of: 20, recent: [cached], before }, null],
    [{ phase: 'decoding', step: 1, of: 3, recent: taken(2), before: null }, 4],
    [{ phase: 'decoding', step: 1, of: 3, recent: [], before }, null],
    // Kernels are made with the first batch.
    [{ phase: 'decoding', step: 1, of: 3, recent: taken(9), before }, 3],
    [{ phase: 'decoding', step: 1, of: 3, recent: taken(0.5), before }, 2],
    [{ phase: 'decoding', step: 2, of: 3, recent: taken(9, 1), before }, 2],
    [{ phase: 'decoding', step: 4, of: 6, recent: taken(9, 1, 3, 2), before: null }, 4],
    [{ phase: 'decoding', step: 3, of: 4, recent: taken(9, 8, 9), before: null }, 9],
  ] as const)('of %j is %s', (pace, seconds) => expect(timeLeft(pace)).toBe(seconds));
});

describe('sentences', () => {
  const where = { phase: 'denoising', detail: 'Traceback 0xdeadbeef' } as const;
  const everyFailure: Failure[] = [
    {
      cause: 'device-memory',
      ...where,
      requestedBytes: 2 ** 31,
      allocatedBytes: null,
      reservedBytes: null,
      freeBytes: 2 ** 30,
    },
    { cause: 'host-memory', ...where },
    { cause: 'spill', ...where, stepSeconds: 40, expectedSeconds: 4 },
    { cause: 'bad-weights', ...where, file: 'vae/x.safetensors', problem: 'truncated' },
    { cause: 'bad-input', ...where, problem: 'image-truncated' },
    { cause: 'bad-frames', ...where, problem: 'nan' },
    { cause: 'disk-full', ...where, path: '/clips' },
    { cause: 'not-writable', ...where, path: '/clips/a.mp4', exists: false },
    { cause: 'driver-lost', ...where },
    { cause: 'environment', ...where },
    { cause: 'killed', ...where, signal: 'SIGKILL' },
    { cause: 'hang', ...where, seconds: 6.4 },
    { cause: 'internal', ...where },
  ];

  it('there is one for every cause, without codes', () => {
    expect(everyFailure.map(({ cause }) => cause)).toEqual(Failure.options.map((option) => option.shape.cause.value));
    for (const failure of everyFailure) {
      const sentence = failureSentence(failure);
      expect(sentence).toMatch(/^[A-Z/].*\.$|^\/.*\.$/);
      expect(sentence).not.toMatch(/Traceback|undefined|null|!/);
    }
    expect(failureSentence(everyFailure[0] as Failure)).toContain('2.0 GB more needed, 1.0 GB free');
  });

  it('and one for whatever was kept', () => {
    fc.assert(fc.property(kept, (any) => /\.$/.test(keptSentence(any))));
  });
});

describe('the names of many clips', () => {
  it('are free and different, whatever the disk takes for the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright-names-'));
    writeFileSync(join(folder, 'A-Ball.mp4'), '');
    const name = await clipNamer(folder, () => [join(folder, 'a-ball-2.mp4')]);
    const names = ['A ball', 'a ball!', 'a kite'].map((prompt) => name(usual(prompt)));
    expect(names).toEqual(['a-ball-3.mp4', 'a-ball-4.mp4', 'a-kite.mp4'].map((each) => join(folder, each)));
    rmSync(folder, { recursive: true });
  });
});

describe('the name of a clip', () => {
  it.each([
    ['A red balloon, slowly!', 'a-red-balloon-slowly'],
    ['一个红色的气球', '一个红色的气球'],
    ['🎈🎈', 'clip'],
    ['../../etc/passwd', 'etc-passwd'],
    ['CON', '_con'],
    ['x'.repeat(300), 'x'.repeat(60)],
    ['字'.repeat(300), '字'.repeat(40)],
  ])('from %s', async (prompt, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright-name-'));
    expect(await freeClipName(folder, usual(prompt), () => false)).toBe(join(folder, `${name}.mp4`));
    expect(await freeClipName(folder, usual(prompt), (file) => file.endsWith(`${name}.mp4`))).toBe(
      join(folder, `${name}-2.mp4`),
    );
    rmSync(folder, { recursive: true });
  });
});

describe('what is shown of a render', () => {
  const step = (n: number, seconds: number) =>
    ({ type: 'step', jobId: 'j', phase: 'denoising', step: n, of: 4, seconds }) as const;

  it('follows the worker, with the time left once it is known', () => {
    let run = beginRun('j', 1000, { denoising: 4, decoding: 3, finishing: 1 });
    run = advance(run, { type: 'phase', jobId: 'j', phase: 'denoising', kept: { kind: 'nothing' } }, 3000);
    expect(run.live).toMatchObject({ phase: 'denoising', step: null, secondsLeft: null, phaseSeconds: { loading: 2 } });
    run = advance(run, step(1, 0.5), 3500);
    run = advance(run, step(2, 0.7), 4200);
    run = advance(run, step(3, 0.5), 4700);
    expect(run.live).toMatchObject({ step: 3, of: 4, secondsAStep: 0.5, secondsLeft: 4.5 });
    run = advance(run, { type: 'saved', jobId: 'j', kept: { kind: 'checkpoint', step: 3 } }, 4800);
    expect(run.live.kept).toEqual({ kind: 'checkpoint', step: 3 });
  });
});
