import { describe, expect, it } from 'vitest';
import type { Live } from '../../../contract/engine.ts';
import type { CardSample, CardUser, Health, HostSample, Machine, Sample } from '../../../contract/telemetry.ts';
import { plainPlan } from '../planner/plain.ts';
import { silent } from '../telemetry/cards.ts';
import { HealthKeeper } from './healthKeeper.ts';

const GiB = 2 ** 30;
const begin = 1_800_000_000_000;
const id = 'GPU-1';
const machine: Machine = {
  source: { kind: 'nvml' },
  cards: [
    { id: 'GPU-0', name: 'Another', driver: null, memoryTotal: null, powerLimit: null, pcie: null },
    { id, name: 'RTX', driver: null, memoryTotal: 12 * GiB, powerLimit: 200, pcie: '4.0 x16' },
  ],
  ...{ processor: 'a processor', cores: 8, memoryTotal: 32 * GiB, system: 'a system' },
};
const working: CardSample = {
  ...silent(id),
  ...{ utilisation: 97, memoryUsed: 9 * GiB, memoryTotal: 12 * GiB, power: 180, powerLimit: 200, slowedBy: 'nothing' },
};
const quiet: HostSample = { cpu: 20, load: 0.2, memoryUsed: 8, memoryTotal: 32, diskUsed: 1, diskTotal: 2 };
const live = (change: Partial<Live> = {}): Live => ({
  ...{ jobId: 'a', phase: 'denoising', step: 1, of: 50, secondsAStep: null, secondsLeft: null },
  ...{ phaseSeconds: {}, phaseSince: begin, kept: { kind: 'nothing' }, ...change },
});

/** A machine whose clock goes when it is told to, four samples a second. */
function open({ device = 'cuda' as 'cuda' | 'cpu' } = {}) {
  const changes: Health[] = [];
  let watchers: ((sample: Sample) => void)[] = [];
  let time = begin;
  const asked = { users: 0, program: 0 };
  const users: CardUser[] = [];
  const state = { program: null as string | null };
  const keeper = new HealthKeeper({
    telemetry: {
      machine: () => Promise.resolve(machine),
      users() {
        asked.users += 1;
        return Promise.resolve([...users]);
      },
      watch(listener) {
        watchers = [...watchers, listener];
        return () => {
          watchers = watchers.filter((each) => each !== listener);
        };
      },
    },
    rendering: () =>
      device === 'cpu' ? null : { plan: plainPlan('cuda', 'bfloat16'), name: 'RTX', reserveBytes: GiB },
    busiestProgram() {
      asked.program += 1;
      return Promise.resolve(state.program);
    },
    changed: (health) => changes.push(health),
  });
  return {
    ...{ keeper, changes, asked, users, state },
    watchers: () => watchers.length,
    async run(seconds: number, card: Partial<CardSample>, host: Partial<HostSample> = {}) {
      for (let n = 0; n < seconds * 4; n += 1) {
        time += 250;
        const sample = { time, cards: [silent('GPU-0'), { ...working, ...card }], host: { ...quiet, ...host } };
        for (const each of watchers) each(sample);
        // Whoever was asked for something answers.
        await new Promise(setImmediate);
      }
    },
  };
}
const kinds = (changes: readonly Health[]) => changes.map(({ kind }) => kind);

describe('the health of a render', () => {
  it('is looked at while it denoises on a card, and at no other time', async () => {
    const { keeper, watchers, run } = open();
    expect(watchers()).toBe(0);
    keeper.live(live({ phase: 'loading' }));
    await run(1, {});
    expect(watchers()).toBe(0);
    keeper.live(live());
    await run(1, {});
    expect(watchers()).toBe(1);
    keeper.live(live({ step: 2 }));
    await run(1, {});
    expect(watchers()).toBe(1);
    keeper.live(live({ phase: 'decoding' }));
    expect(watchers()).toBe(0);
    // Over before the machine has said what it is made of.
    keeper.live(live());
    keeper.live(null);
    await run(1, {});
    expect(watchers()).toBe(0);
  });

  it('is nothing to ask for on the processor', async () => {
    const { keeper, watchers, run } = open({ device: 'cpu' });
    keeper.live(live());
    await run(1, {});
    expect(watchers()).toBe(0);
  });

  it('is told once when it becomes another, and once when it is over', async () => {
    const { keeper, changes, run } = open();
    keeper.live(live());
    await run(12, {});
    expect(changes).toEqual([]);
    await run(30, { utilisation: 40 });
    expect(changes).toMatchObject([{ kind: 'underused', cause: 'unknown' }]);
    expect(keeper.health.kind).toBe('underused');
    // Between alarm and health it stays what it was.
    await run(30, { utilisation: 70 });
    expect(changes).toHaveLength(1);
    await run(20, { utilisation: 95 });
    expect(kinds(changes)).toEqual(['underused', 'healthy']);
    await run(20, { utilisation: 40 });
    keeper.live(null);
    expect(kinds(changes)).toEqual(['underused', 'healthy', 'underused', 'healthy']);
    expect(keeper.health).toEqual({ kind: 'healthy' });
  });

  it('begins anew with every clip', async () => {
    const { keeper, changes, run } = open();
    keeper.live(live());
    await run(9, { utilisation: 40 });
    keeper.live(live({ jobId: 'b', phaseSince: begin + 9_000 }));
    await run(9, { utilisation: 40 });
    expect(changes).toEqual([]);
    await run(3, { utilisation: 40 });
    expect(kinds(changes)).toEqual(['underused']);
  });

  it('says which program keeps the processor busy, asked for once', async () => {
    const { keeper, changes, asked, state, run } = open();
    state.program = 'miner.exe';
    keeper.live(live());
    await run(40, { utilisation: 40 }, { cpu: 99, load: null });
    expect(changes.map((health) => 'program' in health && [health.kind, health.program])).toEqual([
      ['underused', null],
      ['underused', 'miner.exe'],
    ]);
    expect(asked.program).toBe(1);
  });

  it('says who fills the card, and looks for them every ten seconds at most', async () => {
    const { keeper, changes, asked, users, run } = open();
    users.push(
      { pid: 1, name: 'game.exe', ours: false, bytes: null, utilisation: null },
      { pid: 2, name: 'python', ours: true, bytes: null, utilisation: null },
    );
    keeper.live(live());
    await run(32, { memoryUsed: 11.8 * GiB });
    expect(changes.at(-1)).toMatchObject({ kind: 'nearly-full', others: [{ name: 'game.exe', bytes: null }] });
    expect(changes).toHaveLength(2);
    expect(asked.users).toBe(3);
  });

  it('says who calculates on the card when steps begin to take longer', async () => {
    const { keeper, changes, asked, users, run } = open();
    users.push({ pid: 1, name: 'game.exe', ours: false, bytes: null, utilisation: 60 });
    keeper.live(live());
    await run(6, {});
    // The first steps say nothing.
    keeper.live(live({ step: 2, secondsAStep: 1 }));
    for (const step of [5, 6, 7]) keeper.live(live({ step, secondsAStep: 4 }));
    await run(6, {});
    expect(asked.users).toBe(0);
    keeper.live(live({ step: 12, secondsAStep: 7 }));
    await run(3, {});
    expect(changes).toMatchObject([{ kind: 'slowed', cause: 'another-program', program: 'game.exe' }]);
    keeper.live(live({ step: 20, secondsAStep: 4.1 }));
    await run(2, {});
    expect(kinds(changes)).toEqual(['slowed', 'healthy']);
  });
});
