import { describe, expect, it } from 'vitest';
import type { EngineState } from '../../../contract/engine.ts';
import type { QueueState } from '../../../contract/events.ts';
import type { Job, JobState } from '../../../contract/job.ts';
import { draftFor } from './drafting.ts';
import { modelLike } from './model.fixture.ts';
import { type Seen, stageOf } from './stage.ts';

const going: QueueState = {
  ...{ paused: false, because: null, startAt: null, pausesAfterClip: false, whenDone: 'nothing', endsAt: null },
};

const ready: EngineState = { kind: 'ready', device: 'cpu', name: '', torch: '', workerPid: 1 };
const failure = { cause: 'internal', phase: null, detail: '' } as const;
const kept = { kind: 'nothing' } as const;

const job = (id: string, state: JobState): Job => {
  const { model, picture, ...settings } = draftFor(modelLike({}));
  return {
    id,
    createdAt: 0,
    updatedAt: 0,
    model,
    settings: { ...settings, prompt: 'p', image: null, seed: 1 },
    out: '/o.mp4',
    overwrite: false,
    requestKey: id,
    position: 0,
    picture,
    state,
  };
};

const seen = (change: Partial<Seen>): Seen => ({
  engine: ready,
  queue: going,
  jobs: [],
  lastDone: null,
  followed: null,
  ...change,
});

const queued = job('a', { kind: 'queued', kept: { kind: 'nothing' } });
const running = job('b', { kind: 'denoising', step: 1, of: 2 });
const failed = job('c', { kind: 'failed', failure, kept });
const done = job('d', { kind: 'done', bytes: 1, seconds: 1, phaseSeconds: {} });

describe('the stage', () => {
  it.each<[string, Partial<Seen>, string]>([
    ['is empty when there is nothing', {}, 'empty'],
    [
      'shows what runs, whatever else there is',
      { jobs: [failed, running], lastDone: done, followed: 'c' },
      'rendering',
    ],
    ['shows what is being saved', { jobs: [job('r', { kind: 'recovering', attempt: 1, failure })] }, 'failed'],
    ['shows what was followed and failed', { jobs: [queued, failed], followed: 'c' }, 'failed'],
    ['shows what was followed and is done', { jobs: [queued], lastDone: done, followed: 'd' }, 'done'],
    ['shows a failure of earlier', { jobs: [failed] }, 'failed'],
    [
      'shows what was followed and paused',
      { jobs: [queued, job('p', { kind: 'paused', reason: 'asked', kept })], followed: 'p' },
      'stopped',
    ],
    ['leaves a cancelled one of earlier alone', { jobs: [job('x', { kind: 'cancelled', kept })] }, 'empty'],
    ['says that the queue is paused', { jobs: [queued], queue: { ...going, paused: true } }, 'held'],
    ['waits for the engine', { jobs: [queued], engine: { kind: 'starting' } }, 'engine'],
    ['is next with an engine', { jobs: [queued] }, 'next'],
    ['shows the set-up without a job', { engine: { kind: 'setting-up', step: null } }, 'engine'],
    ['is empty while the engine starts', { engine: { kind: 'starting' } }, 'empty'],
    [
      'waits for one that was cut by the end of the studio',
      { jobs: [job('i', { kind: 'paused', reason: 'interrupted', kept })] },
      'next',
    ],
  ])('%s', (_, change, kind) => {
    expect(stageOf(seen(change)).kind).toBe(kind);
  });
});
