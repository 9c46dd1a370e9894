import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import { NextAttempt, type Recovery } from '../../../contract/recovery.ts';
import { phases } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { knownCards } from '../planner/cards.ts';
import { isExact } from '../planner/changes.ts';
import { catalogueFacts, gib, machineOf } from '../planner/machine.fixture.ts';
import type { PlanMachine } from '../planner/machine.ts';
import { decide } from '../planner/plan.ts';
import { cappedAt, descend, type Met, type World } from './ladder.fixture.ts';
import { patience } from './ladder.ts';
import { progressOf } from './place.ts';
import { endSentence, recoverySentence } from './sentence.ts';

const models = ['cogvideox-2b', 'cogvideox-5b', 'cogvideox-5b-i2v', 'cogvideox-1.5-5b'].map(catalogueFacts);
const anyShare = fc.constantFrom(null, { whole: 0.6, bare: 0.4 });
const anyProducts = fc.record({ int8: anyShare, fp8: anyShare });
const anyCard = fc.record({
  card: fc.constantFrom(...knownCards, 'some card'),
  room: fc.double({ min: 3, max: 80, noNaN: true }),
  host: fc.double({ min: 6, max: 128, noNaN: true }),
  more: fc.record({
    compiler: fc.boolean(),
    kernels: fc.boolean(),
    cudnnAttention: fc.constantFrom(null, 0.7, 1.2),
    sageAttention: fc.constantFrom(null, 0.5, 1.1),
    eightBitProducts: anyProducts,
  }),
});
const onCard = anyCard.map(({ card, room, host, more }) => machineOf(card, room, host, more));
const onProcessor = fc.double({ min: 4, max: 128, noNaN: true }).map(
  (host): PlanMachine => ({
    device: { kind: 'cpu', name: 'a processor', cores: 8 },
    host: { totalBytes: host * gib, roomBytes: 0.9 * host * gib, pinnableBytes: 0, locksFiles: true },
  }),
);
const anyJob = fc.record({
  width: fc.integer({ min: 8, max: 85 }).map((n) => 16 * n),
  height: fc.integer({ min: 8, max: 48 }).map((n) => 16 * n),
  frames: fc.integer({ min: 1, max: 10 }).map((n) => 8 * n + 1),
  steps: fc.integer({ min: 5, max: 60 }),
  guided: fc.boolean(),
});
const worldOn = (machine: fc.Arbitrary<PlanMachine>): fc.Arbitrary<World> =>
  fc.record({ machine, model: fc.constantFrom(...models), job: anyJob }).map(({ machine, model, job }) => ({
    ...{ machine, model },
    job: { ...job, picture: model.task === 'image-to-video' },
  }));

const bytes = fc.option(fc.integer({ min: 0, max: 40 * gib }));
const at = { phase: fc.option(fc.constantFrom(...phases)), detail: fc.constant('') };
const anyFailure: fc.Arbitrary<Failure> = fc.oneof(
  fc.record({
    cause: fc.constant('device-memory' as const),
    ...at,
    ...{ requestedBytes: bytes, allocatedBytes: bytes, reservedBytes: bytes, freeBytes: bytes, allowedBytes: bytes },
  }),
  fc.record({ cause: fc.constant('host-memory' as const), ...at }),
  fc.record({
    cause: fc.constant('spill' as const),
    ...at,
    stepSeconds: fc.constant(9),
    expectedSeconds: fc.constant(1),
  }),
  fc.record({
    cause: fc.constant('bad-frames' as const),
    ...at,
    problem: fc.constantFrom('nan', 'black', 'seams', 'flicker'),
  }),
  fc.record({ cause: fc.constant('killed' as const), ...at, signal: fc.constantFrom('SIGKILL', 'SIGSEGV', null) }),
  fc.record({ cause: fc.constant('hang' as const), ...at, seconds: fc.constant(60) }),
  fc.record({ cause: fc.constantFrom('driver-lost' as const, 'internal' as const, 'environment' as const), ...at }),
  fc.record({
    cause: fc.constant('bad-weights' as const),
    ...{ file: fc.constant('a file'), problem: fc.constant('truncated' as const) },
    ...at,
  }),
  fc.record({ cause: fc.constant('disk-full' as const), path: fc.constant('/clips'), ...at }),
);
const anyKept: fc.Arbitrary<Kept> = fc.oneof(
  fc.constant<Kept>({ kind: 'nothing' }),
  fc.constant<Kept>({ kind: 'embeddings' }),
  fc.integer({ min: 1, max: 60 }).map((step): Kept => ({ kind: 'checkpoint', step })),
  fc.constant<Kept>({ kind: 'latents' }),
);
/** What meets a job, over and over. */
const anyFates = fc.array(fc.record({ failure: anyFailure, kept: anyKept }), { minLength: 1, maxLength: 6 });
/** The same trouble wherever it goes. */
const oneFate = fc.record({ failure: anyFailure, kept: anyKept }).map((fate) => [fate]);

const doneOf = ({ next }: Met): Recovery[] => (next.kind === 'recover' ? [next.recovery] : []);

describe('whatever fails, wherever, however often', () => {
  it('the ladder ends, never does the same twice, loses nothing and changes no picture unasked', () => {
    fc.assert(
      fc.property(
        worldOn(fc.oneof(onCard, onProcessor)),
        fc.oneof(anyFates, oneFate),
        fc.boolean(),
        (world, fates, used) => {
          const fate = (attempt: number) => fates[(attempt - 1) % fates.length] ?? null;
          const { met } = descend(world, (_plan, _kept, attempt) => fate(attempt), { used });
          const furthest = new Set<number>();
          let most = -1;
          for (const { kept } of met) {
            if (progressOf(kept) <= most) continue;
            most = progressOf(kept);
            furthest.add(most);
          }
          expect(met.length).toBeLessThanOrEqual(furthest.size * (patience + 1));

          const tried = new Set<string>();
          for (const one of met) {
            const { failure, kept, plan } = one;
            NextAttempt.parse(one.next);
            for (const { rung, keeps, changesPicture } of doneOf(one)) {
              expect(progressOf(keeps)).toBeGreaterThanOrEqual(progressOf(kept));
              expect(changesPicture).toBe(false);
              const is = rung.kind === 'replan' ? rung.plan : plan;
              if (kept.kind !== 'nothing') expect(is.storage).toEqual(plan.storage);
              expect(isExact(is)).toBe(kept.kind === 'nothing' || isExact(plan));
              const what = JSON.stringify([failure.cause, failure.phase, progressOf(kept), rung.kind, is]);
              expect(tried).not.toContain(what);
              tried.add(what);
            }
            for (const recovery of [...doneOf(one), ...one.next.others])
              expect(recoverySentence(recovery, world.job.height)).toMatch(/^[A-Z].+\.$/);
            if (one.next.kind === 'end') expect(endSentence(one.next.reason)).toMatch(/^[A-Z].+\.$/);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('with the last latents at hand nothing of the denoiser is changed, and no step is repeated', () => {
    const failures = anyFailure.filter(({ cause }) => cause !== 'bad-frames');
    fc.assert(
      fc.property(
        worldOn(fc.oneof(onCard, onProcessor)),
        fc.array(failures, { minLength: 1, maxLength: 4 }),
        (world, list) => {
          const { met } = descend(world, (_plan, _kept, attempt) => {
            const failure = list[(attempt - 1) % list.length];
            return failure === undefined
              ? null
              : { failure: { ...failure, phase: 'decoding' }, kept: { kind: 'latents' } };
          });
          for (const { rung, keeps } of met.flatMap(doneOf)) {
            expect(keeps).toEqual({ kind: 'latents' });
            if (rung.kind === 'replan') expect(rung.changes.map(({ kind }) => kind)).toEqual(['decode']);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('on a card that has less than was thought', () => {
  const least = fc.double({ min: 2.5, max: 24, noNaN: true });
  it.each([
    ['its allocator says so', true, 1],
    ['nobody says how much', false, 1],
    ['all takes more than was predicted', true, 1.25],
    ['all takes more than was predicted, and nobody says how much', false, 1.25],
  ])('a clip for which there is a plan is always made: %s', (_, told, ratio) => {
    fc.assert(
      fc.property(worldOn(onCard), least, (world, cap) => {
        const capBytes = cap * gib;
        const { machine, model, job } = world;
        fc.pre(machine.device.kind === 'cuda' && capBytes < machine.device.roomBytes);
        if (machine.device.kind !== 'cuda') return;
        const poorer = { ...machine, device: { ...machine.device, roomBytes: capBytes / ratio } };
        fc.pre(decide(poorer, model.architecture, job).kind === 'fits');
        const { met, done } = descend(world, cappedAt(world, capBytes, { told, ratio }));
        expect({ done, met: done ? [] : met }).toEqual({ done: true, met: [] });
        if (told && ratio === 1) expect(met.length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 100 },
    );
  });
});
