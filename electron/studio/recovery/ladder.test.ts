import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { Attempt, Recovery } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { catalogueFacts, gib, large, machineOf, sixSeconds } from '../planner/machine.fixture.ts';
import { nextAttempt } from './index.ts';
import { cappedAt, descend, type Fate, firstPlan, type Met, type World } from './ladder.fixture.ts';

const nothing: Kept = { kind: 'nothing' };
const latents: Kept = { kind: 'latents' };
const step = (at: number): Kept => ({ kind: 'checkpoint', step: at });
const where = { phase: 'denoising', detail: '' } as const;

const on = (card: string, room: number, host = 32, id = 'cogvideox-5b', job = sixSeconds): World => ({
  machine: machineOf(card, room, host),
  model: catalogueFacts(id),
  job,
});
const onProcessor = (hostGib: number): World => ({
  machine: {
    device: { kind: 'cpu', name: 'a processor', cores: 8 },
    host: { totalBytes: hostGib * gib, roomBytes: hostGib * gib, pinnableBytes: 0, locksFiles: true },
  },
  model: catalogueFacts('cogvideox-2b'),
  job: sixSeconds,
});

/** The device is full: so much more was asked for than there was. */
const full = (
  phase: Failure['phase'],
  bytes: Partial<Record<'allocated' | 'reserved' | 'free' | 'asked', number>> = {},
): Failure => ({
  ...{ cause: 'device-memory', phase, detail: '' },
  requestedBytes: (bytes.asked ?? 1) * gib,
  allocatedBytes: (bytes.allocated ?? 7) * gib,
  reservedBytes: (bytes.reserved ?? 7.2) * gib,
  freeBytes: (bytes.free ?? 0.1) * gib,
});
const always =
  (failure: Failure, kept: Kept): Fate =>
  () => ({ failure, kept });
const rungs = (met: readonly Met[]): string[] =>
  met.map(({ next }) => (next.kind === 'recover' ? next.recovery.rung.kind : next.reason));
const changes = ({ next }: Met): string[] =>
  next.kind === 'recover' && next.recovery.rung.kind === 'replan'
    ? next.recovery.rung.changes.map(({ kind }) => kind)
    : [];
const first = (met: readonly Met[]): Met => {
  const [found] = met;
  if (found === undefined) throw new Error('nothing was met');
  return found;
};
const proposed = (met: readonly Met[]): Recovery => {
  const { next } = first(met);
  if (next.kind !== 'recover') throw new Error(next.reason);
  return next.recovery;
};

describe('what creators met', () => {
  it('stuck at the last step, then out of memory: decoded again in other slabs, nothing rendered twice', () => {
    const world = on('RTX 3060', 11);
    const plan: Plan = { ...firstPlan(on('RTX 3060', 5)), decode: { slabRows: 480, residentBytes: 0 } };
    const { met, done } = descend(world, cappedAt(world, 5 * gib), { plan });
    expect(done).toBe(true);
    expect(met.map(({ failure }) => failure.phase)).toEqual(['decoding']);
    expect(changes(first(met))).toEqual(['decode']);
    expect(proposed(met)).toMatchObject({ keeps: latents, changesPicture: false });
  });

  it('three clips succeed and the fourth does not: what is left of them is let go, then the worker with it', () => {
    const world = on('RTX 4090', 20);
    const leaking = full('denoising', { allocated: 19.5, reserved: 19.8, free: 0.1 });
    const { met } = descend(
      world,
      (_plan, _kept, attempt) => (attempt < 3 ? { failure: leaking, kept: step(4) } : null),
      {
        used: true,
      },
    );
    expect(rungs(met)).toEqual(['release', 'fresh-worker']);
    // A worker that had made nothing before has nothing to let go.
    expect(rungs(descend(world, always(leaking, step(4))).met)[0]).toBe('replan');
  });

  it('out of memory with gigabytes free: they are in pieces. Freed first, then a new worker, then another plan', () => {
    const world = on('RTX 4090', 20);
    const pieces = full('denoising', { asked: 1, allocated: 12, reserved: 19, free: 0.2 });
    const { met } = descend(world, always(pieces, step(4)));
    expect(rungs(met).slice(0, 3)).toEqual(['release', 'fresh-worker', 'replan']);
    expect(rungs(met).at(-1)).toBe('no-way-left');
    const free = full('denoising', { asked: 1, allocated: 5, reserved: 5, free: 10 });
    expect(rungs(descend(world, always(free, nothing)).met)[0]).toBe('release');
    // What is free is of no use to whoever may not have it.
    const capped = { ...free, allowedBytes: 5.5 * gib } as Failure;
    expect(rungs(descend(world, always(capped, nothing)).met)[0]).toBe('replan');
  });

  it('pieces left over at the limit of a plan that is too large for it: another plan at once', () => {
    const limited = { ...full('denoising', { asked: 0.02, allocated: 8.3, reserved: 8.49 }), allowedBytes: 8.5 * gib };
    expect(rungs(descend(on('RTX 4090', 20), always(limited as Failure, nothing)).met)[0]).toBe('replan');
  });

  it('whatever is done then reads the model again, and says so in its price', () => {
    const { met } = descend(
      on('RTX 4090', 20),
      (_plan, _kept, attempt) =>
        attempt === 1 ? { failure: full('denoising', { allocated: 19.5, reserved: 19.8 }), kept: step(4) } : null,
      {
        used: true,
      },
    );
    const bad: Failure = { cause: 'bad-frames', phase: 'decoding', detail: '', problem: 'seams' };
    const { met: decoded } = descend(on('RTX 5090', 30), always(bad, latents));
    // Ten seconds of work, and some until the denoiser is there again.
    expect(proposed(met)).toMatchObject({ rung: { kind: 'release' } });
    expect(proposed(met).moreSeconds).toBeGreaterThan(11);
    const again = decoded.map(({ next }) => (next.kind === 'recover' ? next.recovery : null));
    expect(again.find((one) => one?.rung.kind === 'accept')?.moreSeconds).toBe(10);
  });

  it('a game takes the memory meanwhile: a plan for what is left', () => {
    const world = on('RTX 4070', 11);
    const { machine } = world;
    const left = { ...world, machine: { ...machine, device: { ...machine.device, roomBytes: 6 * gib } } } as World;
    const taken = full('denoising', { allocated: 5.9, reserved: 5.95, free: 0.05 });
    const { met } = descend(
      left,
      (_plan, _kept, attempt) => (attempt === 1 ? { failure: taken, kept: step(9) } : null),
      {
        plan: firstPlan(world),
      },
    );
    expect(rungs(met)).toEqual(['replan']);
    expect(proposed(met).needs).toBeLessThanOrEqual(6 * gib);
    expect(proposed(met).keeps).toEqual(step(9));
  });

  it.each(['seams', 'flicker'] as const)('%s: decoded otherwise once, then taken as it is, with a note', (problem) => {
    const bad: Failure = { cause: 'bad-frames', phase: 'decoding', detail: '', problem };
    const { met, done } = descend(on('RTX 3060', 11), always(bad, latents));
    expect(rungs(met)).toEqual(['replan', 'accept']);
    expect(changes(first(met))).toEqual(['decode']);
    expect(done).toBe(true);
    // Whole maps are exact already.
    expect(rungs(descend(onProcessor(96), always(bad, latents)).met)).toEqual(['accept']);
  });

  it('where there is room frames that show borders are decoded in one piece', () => {
    const bad: Failure = { cause: 'bad-frames', phase: 'decoding', detail: '', problem: 'seams' };
    const { rung } = proposed(descend(on('RTX 5090', 30), always(bad, latents)).met);
    expect(rung).toMatchObject({ kind: 'replan', changes: [{ kind: 'decode', slabRows: 480 }] });
  });

  it('black frames in float16: bfloat16 where the card has it, float32 after that', () => {
    const black: Failure = { cause: 'bad-frames', phase: 'denoising', detail: '', problem: 'nan' };
    const precisions = (card: string) =>
      descend(on(card, 23, 64, 'cogvideox-2b'), always(black, step(5))).met.flatMap(({ next }) =>
        next.kind === 'recover' && next.recovery.rung.kind === 'replan' ? [next.recovery.rung.plan.precision] : [],
      );
    expect(precisions('RTX 3090')).toEqual(['bfloat16', 'float32']);
    expect(precisions('RTX 2080 Ti')).toEqual(['float32']);
  });

  it('another precision reads the model again, and says so in its price', () => {
    const black: Failure = { cause: 'bad-frames', phase: 'denoising', detail: '', problem: 'nan' };
    const { met } = descend(on('RTX 3090', 23, 64, 'cogvideox-2b'), always(black, step(5)));
    expect(changes(first(met))).toEqual(['precision']);
    // Ten seconds of work, gigabytes of weights; the steps themselves take no longer.
    expect(proposed(met).moreSeconds).toBeGreaterThan(11);
    const bad: Failure = { cause: 'bad-frames', phase: 'decoding', detail: '', problem: 'seams' };
    const { rung, moreSeconds } = proposed(descend(on('RTX 5090', 30), always(bad, latents)).met);
    expect(rung.kind).toBe('replan');
    expect(moreSeconds).toBeLessThan(11);
  });

  it('the system kills the worker: gone on with in a new one, then with less of the memory', () => {
    const killed: Failure = { cause: 'killed', ...where, signal: 'SIGKILL' };
    const world = on('RTX 4070', 8, 24);
    const { met } = descend(world, always(killed, step(5)));
    expect(rungs(met).slice(0, 2)).toEqual(['fresh-worker', 'replan']);
    expect(rungs(met).at(-1)).toBe('no-progress');
    const locked = met.map(({ plan }) =>
      plan.placements.transformer.kind === 'group-offload' ? plan.placements.transformer.pinnedBytes : 0,
    );
    expect(locked.at(-1)).toBeLessThan(locked[0] ?? 0);
  });

  it('a worker that is killed now and then loses nothing as long as it gets further', () => {
    const killed: Failure = { cause: 'killed', ...where, signal: 'SIGKILL' };
    const { met, done } = descend(on('RTX 4070', 8), (_plan, _kept, attempt) =>
      attempt <= 40 ? { failure: killed, kept: step(attempt) } : null,
    );
    expect(done).toBe(true);
    expect(new Set(rungs(met))).toEqual(new Set(['fresh-worker']));
  });

  it('the computer’s own memory runs out on a card: fewer of its pages are locked', () => {
    const short: Failure = { cause: 'host-memory', phase: 'denoising', detail: '' };
    const { met } = descend(on('RTX 3060', 8, 24), always(short, step(5)));
    const needs = met.flatMap(({ next }) => (next.kind === 'recover' ? [next.recovery.needs ?? 0] : []));
    expect(needs.length).toBeGreaterThan(0);
    expect(needs).toEqual([...needs].sort((one, other) => other - one));
    for (const { next } of met) if (next.kind === 'recover') expect(next.recovery.rung).toMatchObject({ fresh: true });
  });

  it('and on a processor: a worker that holds nothing else, then frames in slabs, ever lower ones', () => {
    const short: Failure = { cause: 'host-memory', phase: 'decoding', detail: '' };
    const { met } = descend(onProcessor(80), always(short, latents));
    expect(rungs(met).slice(0, 2)).toEqual(['fresh-worker', 'replan']);
    expect(new Set(met.slice(1, -1).flatMap(changes))).toEqual(new Set(['decode']));
    const rows = met.slice(2).map(({ plan }) => plan.decode.slabRows ?? 0);
    expect(rows).toEqual([...rows].sort((one, other) => other - one));
  });

  it('memory that was moved away unasked: a smaller plan that keeps more back', () => {
    const spilled: Failure = { cause: 'spill', ...where, stepSeconds: 40, expectedSeconds: 4 };
    const world = on('RTX 4070', 11);
    const { met } = descend(world, (_plan, _kept, attempt) =>
      attempt === 1 ? { failure: spilled, kept: step(2) } : null,
    );
    const { rung } = proposed(met);
    if (rung.kind !== 'replan') throw new Error(rung.kind);
    expect(rung.fresh).toBe(true);
    expect(rung.plan.reserveFraction).toBeLessThan(firstPlan(world).reserveFraction ?? 0);
  });

  it('memory that is moved away whatever is done: it goes on as it is, and is not given up', () => {
    const spilled: Failure = { cause: 'spill', ...where, stepSeconds: 40, expectedSeconds: 4 };
    const { met, done } = descend(on('RTX 4070', 11), always(spilled, step(2)));
    expect(rungs(met).slice(-2)).toEqual(['replan', 'accept']);
    expect(met.at(-1)?.next).toMatchObject({ recovery: { rung: { slow: true }, changesPicture: false } });
    expect(done).toBe(true);
  });

  it('an error without a name while blocks are compiled: without compiling', () => {
    const world = on('RTX 4090', 22);
    const plan: Plan = {
      ...firstPlan(world),
      compile: true,
      placements: { ...firstPlan(world).placements, transformer: { kind: 'model-offload' } },
    };
    const internal: Failure = { cause: 'internal', phase: 'denoising', detail: 'Triton' };
    const { met } = descend(world, always(internal, { kind: 'embeddings' }), { plan });
    expect(changes(first(met))).toContain('compile');
    expect(rungs(met).at(-1)).toBe('not-by-trying');
    // Then cuDNN's attention is what may be left of it.
    const both: Plan = { ...plan, attention: 'cudnn' };
    const told = descend(world, always(internal, { kind: 'embeddings' }), { plan: both }).met;
    expect(told.flatMap(changes).filter((kind) => kind === 'compile' || kind === 'attention')).toEqual([
      'compile',
      'attention',
    ]);
    // What comes from elsewhere goes first, and the picture is the exact one.
    const able = { ...world, machine: machineOf('RTX 4090', 22, 32, { compiler: true }) };
    const sage = descend(able, always(internal, { kind: 'embeddings' }), { plan: { ...plan, attention: 'sage' } }).met;
    expect(changes(first(sage))).toEqual(['attention']);
    expect(first(sage).next).toMatchObject({ recovery: { rung: { plan: { attention: 'sdpa', compile: true } } } });
    // Else a new worker has one try.
    expect(rungs(descend(world, always(internal, nothing)).met)).toEqual(['fresh-worker', 'not-by-trying']);
  });

  it.each<Failure>([
    { cause: 'driver-lost', ...where },
    { cause: 'hang', ...where, seconds: 90 },
    { cause: 'killed', ...where, signal: null },
  ])('$cause: a new worker, then a smaller plan, then no more', (failure) => {
    expect(rungs(descend(on('RTX 4070', 11), always(failure, step(5))).met)).toEqual([
      'fresh-worker',
      'replan',
      'no-progress',
    ]);
  });

  it('a picture that is too large to be read: in lower slabs, or with the text encoder elsewhere', () => {
    const world = on('RTX 3060', 11, 32, 'cogvideox-1.5-5b-i2v', { ...large, picture: true });
    const { met, done } = descend(world, (_plan, _kept, attempt) =>
      attempt === 1 ? { failure: full('encoding', { allocated: 10, reserved: 10.5 }), kept: nothing } : null,
    );
    expect(done).toBe(true);
    expect(changes(first(met)).every((kind) => ['text-encoder', 'encode'].includes(kind))).toBe(true);
  });
});

it.each<Failure>([
  { cause: 'bad-weights', phase: 'loading', detail: '', file: 'a file', problem: 'truncated' },
  { cause: 'bad-input', phase: null, detail: '', problem: 'settings' },
  { cause: 'disk-full', phase: 'finishing', detail: '', path: '/clips' },
  { cause: 'not-writable', phase: 'finishing', detail: '', path: '/clips/a.mp4', exists: true },
  { cause: 'environment', phase: null, detail: '' },
])('$cause is not mended by trying', (failure) => {
  const situation = {
    failure,
    plan: null,
    kept: nothing,
    history: [],
    alternatives: [],
    offered: [],
    remedies: [],
    spent: null,
  };
  expect(nextAttempt(situation)).toEqual({ kind: 'end', reason: 'not-by-trying', others: [], remedies: [] });
});

it.each<Failure>([
  { ...full(null), requestedBytes: null, allocatedBytes: null, reservedBytes: null } as Failure,
  { cause: 'host-memory', phase: null, detail: '' },
])('$cause before there is a plan: once more in a new worker, then it says who has the memory', (failure) => {
  const before = { failure, plan: null, kept: nothing, alternatives: [], offered: [], remedies: [], spent: null };
  const next = nextAttempt({ ...before, history: [] });
  if (next.kind !== 'recover') throw new Error(next.reason);
  expect(next.recovery.rung).toEqual({ kind: 'fresh-worker' });
  const history = [{ at: 1, failure, plan: null, kept: nothing, recovery: next.recovery }];
  expect(nextAttempt({ ...before, history })).toMatchObject({ kind: 'end', reason: 'taken' });
});

it('patience has an end, and begins anew when somebody takes the render up again', () => {
  const killed: Failure = { cause: 'killed', ...where, signal: 'SIGKILL' };
  const again: Recovery = { rung: { kind: 'fresh-worker' }, keeps: nothing, moreSeconds: null, changesPicture: false };
  const met: Attempt[] = Array.from({ length: 20 }, (_, at) => ({
    ...{ at, failure: killed, plan: null, kept: nothing, recovery: again },
  }));
  const other: Failure = { cause: 'host-memory', phase: null, detail: '' };
  const known = { plan: null, kept: nothing, alternatives: [], offered: [], remedies: [], spent: null };
  expect(nextAttempt({ ...known, failure: other, history: met })).toMatchObject({ reason: 'no-progress' });
  const ended = met.map((attempt, at) => (at === 19 ? { ...attempt, recovery: null } : attempt));
  expect(nextAttempt({ ...known, failure: other, history: ended })).toMatchObject({ kind: 'recover' });
});

it.each([
  ['taken', 'others hold enough of it', { free: 0.1 }, 3],
  ['no-way-left', 'they hold too little', { free: 0.1 }, 0.5],
  ['no-way-left', 'nobody knows how much', { free: 0.1 }, null],
  ['no-way-left', 'a limit, not they, stands against it', { free: 2 }, 3],
] as const)('%s, when no plan is left and %s', (reason, _, bytes, held) => {
  const others = [{ name: 'game.exe', bytes: held === null ? null : held * gib }];
  const short = { ...full('denoising', bytes), allowedBytes: 8 * gib, others } as Failure;
  const { met, done } = descend(on('RTX 4070', 11), always(short, step(5)));
  expect(done).toBe(false);
  expect(rungs(met).at(-1)).toBe(reason);
});

it.each([1, 1.25])('where nothing fits it says with what it would: all takes %d of what was said', (ratio) => {
  const world = on('RTX 3060', 11, 32, 'cogvideox-1.5-5b', { ...large, frames: 161 });
  const { met, done } = descend(world, cappedAt(world, 3 * gib, { ratio }));
  expect(done).toBe(false);
  const { next } = met.at(-1) ?? first(met);
  if (next.kind !== 'end') throw new Error('it went on');
  expect(next.reason).toBe('no-way-left');
  expect(next.remedies.length).toBeGreaterThan(0);
  for (const { deviceNeed } of next.remedies) expect(deviceNeed).toBeLessThanOrEqual(3 * gib);
});

it('what changes the picture is only ever offered, and begins anew', () => {
  const world = { ...on('RTX 4090', 20), machine: machineOf('RTX 4090', 20, 32, { sageAttention: 0.6 }) };
  const { next } = first(descend(world, cappedAt(world, 8 * gib)).met);
  const offered = next.others.filter(({ changesPicture }) => changesPicture);
  expect(offered.length).toBeGreaterThan(0);
  for (const { rung, keeps } of offered) {
    expect(rung).toMatchObject({ kind: 'replan', plan: { attention: 'sage' } });
    expect(keeps).toEqual(nothing);
  }
});
