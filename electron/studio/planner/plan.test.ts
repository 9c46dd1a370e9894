import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGrowth, anyHost, anyJob, anyModel, anyRoom, anything, grown } from './anything.fixture.ts';
import { decoderOf } from './architecture.ts';
import { isExact } from './changes.ts';
import { decodeOf, decodePeakBytes, librariesBytes } from './decodeMemory.ts';
import { h100, measuredOnH100, saidOfH100 } from './h100.fixture.ts';
import { catalogueModel, gib, large, machineOf, sixSeconds } from './machine.fixture.ts';
import { type PlanMachine, untried } from './machine.ts';
import { decide, exactWays, isTight } from './plan.ts';
import { decodeSeconds } from './speed.ts';
import { workOf } from './work.ts';

const cuda = (machine: PlanMachine) => {
  if (machine.device.kind !== 'cuda') throw new Error('no card');
  return machine.device;
};

const seconds = (decision: ReturnType<typeof decide>) =>
  decision.kind === 'fits' ? decision.best.prediction.seconds : Number.POSITIVE_INFINITY;

const oneStep = { ...sixSeconds, frames: 17, steps: 1 };

describe('whatever the machine, the model and the clip', () => {
  it('more memory never gives a slower plan, and what fits still fits', () => {
    fc.assert(
      fc.property(...anything, anyRoom, anyHost, (card, model, job, room, host, more, extraRoom, extraHost) => {
        const less = decide(machineOf(card, room, host, { ...more, totalBytes: 300 * gib }), model, job);
        const much = decide(machineOf(card, room, host + extraHost, more), model, job);
        const both = machineOf(card, room, host + extraHost, {
          ...more,
          roomBytes: Math.floor((room + extraRoom) * gib),
        });
        expect(seconds(much)).toBeLessThanOrEqual(seconds(less) * (1 + 1e-9));
        expect(seconds(decide(both, model, job))).toBeLessThanOrEqual(seconds(much) * (1 + 1e-9));
      }),
      {
        numRuns: 300,
        // What a decode keeps on the card once went by what is free: all that fits, or half of everything.
        examples: [
          ['RTX 2080', catalogueModel('cogvideox-5b'), oneStep, 12.3, 32, untried('linux'), 0.5, 2],
          ['RTX 3060', catalogueModel('cogvideox-2b'), large, 17.5, 32, untried('linux'), 0.5, 2],
        ],
      },
    );
  });

  it('more frames, more steps or a larger picture never take less time', () => {
    fc.assert(
      fc.property(...anything, anyGrowth, (card, model, job, room, host, more, growth) => {
        const machine = machineOf(card, room, host, more);
        const larger = decide(machine, model, grown(job, growth));
        expect(seconds(larger)).toBeGreaterThanOrEqual(seconds(decide(machine, model, job)));
      }),
      { numRuns: 300 },
    );
  });

  it('no plan is over what there is by its own prediction, in any phase', () => {
    fc.assert(
      fc.property(...anything, (card, model, job, room, host, more) => {
        const machine = machineOf(card, room, host, more);
        const decision = decide(machine, model, job);
        const ways =
          decision.kind === 'fits' ? [decision.best, ...decision.runnersUp, ...decision.offered] : decision.offered;
        for (const { plan, prediction } of ways) {
          for (const phase of prediction.phases) {
            expect(phase.deviceNeed).toBeLessThanOrEqual(cuda(machine).roomBytes);
            expect(phase.deviceBytes ?? 0).toBeLessThanOrEqual(phase.deviceNeed ?? 0);
            expect(phase.hostBytes).toBeLessThanOrEqual(machine.host.roomBytes);
          }
          expect(plan.pinnedBytes).toBeLessThanOrEqual(machine.host.pinnableBytes);
          expect(plan.reserveFraction).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the order is the same every time, the fastest first, and nothing that changes the picture is among them', () => {
    fc.assert(
      fc.property(...anything, (card, model, job, room, host, more) => {
        const machine = machineOf(card, room, host, more);
        const decision = decide(machine, model, job);
        expect(decide(machine, model, job)).toEqual(decision);
        if (decision.kind !== 'fits') return;
        const ways = [decision.best, ...decision.runnersUp];
        const times = ways.map(({ prediction }) => prediction.seconds);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        for (const { plan } of ways) expect(isExact(plan)).toBe(true);
        for (const { plan } of decision.offered) expect(isExact(plan)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what was measured on an H100', () => {
  const device = cuda(h100);

  it.each(measuredOnH100)('$name: $stepSeconds s a step, within 15 %', (measured) => {
    expect(Math.abs(saidOfH100(measured).stepSeconds / measured.stepSeconds - 1)).toBeLessThan(0.15);
  });

  it.each(measuredOnH100.filter(({ gib: known }) => known !== undefined))(
    '$name: $gib GiB, within 10 %',
    (measured) => {
      const ratio = saidOfH100(measured).allocated / gib / (measured.gib ?? 0);
      expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
      expect(ratio).toBeGreaterThan(0.95);
    },
  );

  it.each([
    [40, 0, 0.8, 3.32],
    [40, 2.62, 0.77, 5.54],
    [20, 0.12, 0.96, 2.87],
  ])('a decode in slabs of %d rows with %d GiB of histories: %d s, %d GiB', (rows, resident, time, memory) => {
    const architecture = catalogueModel('cogvideox-5b');
    const work = workOf(architecture, sixSeconds, 'bfloat16');
    const slabs = { rows, residentBytes: resident * gib };
    const decode = decodeOf(decoderOf(architecture), { frames: 13, height: 60, width: 90 }, 2);
    const bytes = decodePeakBytes(decode, slabs) + 2 * work.parameters.vae.decoder + librariesBytes;
    expect(Math.abs(bytes / gib / memory - 1)).toBeLessThan(0.1);
    const slab = rows === 40 ? 0 : 1;
    expect(Math.abs(decodeSeconds(device, work, slab, slabs) / time - 1)).toBeLessThan(0.15);
  });
});

describe('what creators have', () => {
  const fits = (card: string, room: number, host: number, id: string, job = sixSeconds, kernels = true) => {
    const decision = decide(machineOf(card, room, host, { kernels }), catalogueModel(id), job);
    if (decision.kind !== 'fits') throw new Error(`${id} does not fit: ${JSON.stringify(decision.least.binds)}`);
    return decision.best;
  };

  it.each([
    ['RTX 3060', 5, 12, 'cogvideox-5b', sixSeconds],
    ['RTX 3060', 4, 12, 'cogvideox-2b', sixSeconds],
    ['RTX 4060 Ti', 12, 24, 'cogvideox-1.5-5b', large],
    ['RTX 3090', 24, 24, 'cogvideox-1.5-5b', large],
  ])('%s with %d GiB, and %d of memory: %s', (card, room, host, id, job) => {
    expect(fits(card, room, host, id, job).plan.device).toBe('cuda');
  });

  it('streaming the denoiser costs a consumer card next to nothing', () => {
    const [small, all] = [fits('RTX 4070', 8, 32, 'cogvideox-5b'), fits('RTX 4070', 40, 32, 'cogvideox-5b')];
    expect(small.plan.placements.transformer.kind).toBe('group-offload');
    expect(all.plan.placements.transformer.kind).toBe('resident');
    expect(small.prediction.stepSeconds / all.prediction.stepSeconds).toBeLessThan(1.03);
  });

  // Voiced by users of the library: 5 min for a clip on an RTX 4090, 12 to 20 for image-to-video on a 3090, 6.28 s a step on an
  // L40.
  it.each([
    ['RTX 4090', 6, 0.2],
    ['RTX 3090', 16, 0.35],
    ['L40', 6.28, 0.15],
  ])('%s: about %d s a step', (card, step, tolerance) => {
    const { stepSeconds } = fits(card, 22, 32, 'cogvideox-5b', sixSeconds, false).prediction;
    expect(Math.abs(stepSeconds / step - 1)).toBeLessThan(tolerance);
  });

  it('a Turing card runs the large models in float32, since float16 gives black frames, and says so', () => {
    const large5 = fits('RTX 2080 Ti', 10, 40, 'cogvideox-5b');
    expect(large5.plan.precision).toBe('float32');
    expect(large5.reasons).toContainEqual({ kind: 'float32' });
    expect(fits('RTX 2080 Ti', 10, 32, 'cogvideox-2b').plan.precision).toBe('float16');
  });

  it('a card of 2 GiB cannot, whatever is tried, and it is said which phase is in the way', () => {
    const decision = decide(machineOf('some card', 1.3, 6), catalogueModel('cogvideox-2b'), sixSeconds);
    expect(decision).toMatchObject({ kind: 'too-large', least: { binds: { resource: 'device', phase: 'decoding' } } });
  });

  it('of the exact kernels of attention the one that was the faster here is taken', () => {
    const taken = (cudnnAttention: number | null) =>
      decide(machineOf('RTX 4090', 20, 64, { cudnnAttention }), catalogueModel('cogvideox-5b'), sixSeconds);
    const [own, cudnn] = [taken(null), taken(0.6)];
    if (own.kind !== 'fits' || cudnn.kind !== 'fits') throw new Error('it fits');
    expect([own.best, cudnn.best].map(({ plan }) => plan.attention)).toEqual(['sdpa', 'cudnn']);
    expect(cudnn.best.prediction.seconds).toBeLessThan(own.best.prediction.seconds);
    // It may be the clock that was not exact.
    for (const no of [0.97, 1.4]) expect(taken(no)).toEqual(own);
  });

  it('to calculate in turn saves just as much as is said', () => {
    const machine = machineOf('RTX 4090', 24, 64, { compiler: true });
    const all = exactWays(machine, catalogueModel('cogvideox-5b'), sixSeconds);
    const allocated = ({ prediction }: (typeof all)[number]) =>
      prediction.phases.find(({ phase }) => phase === 'denoising')?.deviceBytes ?? 0;
    for (const compile of [false, true]) {
      const resident = all.filter(
        ({ plan }) => plan.placements.transformer.kind === 'resident' && plan.compile === compile,
      );
      const [batched, inTurn] = ['batched', 'sequential'].map((one) =>
        resident.find(({ plan }) => plan.guidance === one),
      );
      if (batched === undefined || inTurn === undefined) throw new Error('both are thought of');
      const said = inTurn.reasons.find((reason) => reason.kind === 'guidance-in-turn')?.bytes;
      expect(said).toBeCloseTo(allocated(batched) - allocated(inTurn), -1);
    }
  });

  it('just fitting is said to be tight', () => {
    const { prediction } = fits('RTX 3060', 12, 64, 'cogvideox-5b');
    const room = ((prediction.deviceNeed ?? 0) * 1.01) / gib;
    const found = fits('RTX 3060', room, 64, 'cogvideox-5b');
    expect(isTight({ ...found, binds: { ...found.binds, bytes: 0.95 * found.binds.available } })).toBe(true);
    expect(isTight(fits('RTX 3060', 40, 64, 'cogvideox-2b'))).toBe(false);
  });
});

it('on the processor the plan is the plain one where it fits, else whichever takes less of the memory', () => {
  const host = { totalBytes: 96 * gib, roomBytes: 90 * gib, pinnableBytes: 0, locksFiles: true };
  const machine: PlanMachine = { device: { kind: 'cpu', name: 'a processor', cores: 8 }, host };
  const decision = decide(machine, catalogueModel('cogvideox-2b'), sixSeconds);
  if (decision.kind !== 'fits') throw new Error('it fits');
  expect(decision.best.plan).toEqual({
    device: 'cpu',
    precision: 'float32',
    checkpointEverySteps: 5,
    placements: { textEncoder: { kind: 'resident' }, transformer: { kind: 'resident' }, vae: { kind: 'resident' } },
    storage: { transformer: 'same' },
    guidance: 'batched',
    attention: 'sdpa',
    compile: false,
    steps: 'all',
    decode: { slabRows: null, residentBytes: 0 },
    encode: { slabRows: null, residentBytes: 0 },
    pinnedBytes: 0,
    reserveFraction: null,
  });
  const having = (roomGib: number) =>
    decide({ ...machine, host: { ...host, roomBytes: roomGib * gib } }, catalogueModel('cogvideox-2b'), sixSeconds);
  const needed = decision.best.prediction.hostBytes / gib;
  const less = having(0.95 * needed);
  if (less.kind !== 'fits') throw new Error('it fits');
  expect(less.best.prediction.hostBytes).toBeLessThan(0.95 * needed * gib);
  expect(less.best.plan).not.toEqual(decision.best.plan);
  expect(having(8)).toMatchObject({ kind: 'too-large', least: { binds: { resource: 'host' } } });
});

it('on the processor, too, more memory gives no slower plan, a larger clip no faster one, and none is over what there is', () => {
  fc.assert(
    fc.property(anyModel, anyJob, anyHost, anyHost, anyGrowth, (model, job, hostGib, more, growth) => {
      const having = (roomGib: number, asked = job) => {
        const host = { totalBytes: roomGib * gib, roomBytes: roomGib * gib, pinnableBytes: 0, locksFiles: true };
        return decide({ device: { kind: 'cpu', name: 'a processor', cores: 8 }, host }, model, asked);
      };
      const less = having(hostGib);
      expect(seconds(having(hostGib, grown(job, growth)))).toBeGreaterThanOrEqual(seconds(less));
      expect(seconds(having(hostGib + more))).toBeLessThanOrEqual(seconds(less) * (1 + 1e-9));
      if (less.kind === 'fits') expect(less.best.prediction.hostBytes).toBeLessThanOrEqual(hostGib * gib);
    }),
    { numRuns: 100 },
  );
});
