import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StudioEvent } from '../contract/events.ts';
import { choosingMs } from '../electron/studio/jobs/index.ts';
import { testPython } from './environment.ts';
import { faultyEnvironment } from './faultyEnvironment.ts';
import { jobIs, type Open, open, opened, refusalOf } from './openStudio.ts';
import { slabbed } from './small.ts';

type JobEvent = Extract<StudioEvent, { type: 'job' }>;
const countsDown =
  (id: string) =>
  (event: StudioEvent): event is JobEvent =>
    jobIs(id, 'recovering')(event) && event.job.state.kind === 'recovering' && event.job.state.beginsAt !== undefined;

/** Memory runs out at every decode in whole maps. */
describe.skipIf(process.platform === 'win32')('a studio whose renders run out of memory', { timeout: 180_000 }, () => {
  let home: string;
  let environment: string;
  let studio: Open;
  beforeAll(async () => {
    await testPython();
    home = mkdtempSync(join(tmpdir(), 'reelwright-recovery-'));
    environment = faultyEnvironment(home, [
      { at: 'decoding', what: 'host-memory', times: null, while: { 'decode.slabRows': null } },
    ]);
    studio = open(home, { environment });
  }, 120_000);
  beforeEach(() => studio.forget());
  afterAll(async () => {
    for (const each of opened) await each.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('waits with them, leaves them when it is told to, and mends them when it is asked', async () => {
    const { client, seen } = studio;
    const { id } = await client.queue.add(slabbed);
    const { job } = await seen(countsDown(id));
    expect(job.state).toMatchObject({
      ...{ kind: 'recovering', attempt: 2, failure: { cause: 'host-memory', phase: 'decoding' } },
      recovery: { keeps: { kind: 'latents' }, rung: { kind: 'replan' } },
    });
    await client.queue.hold({ id });
    await seen(jobIs(id, 'failed'));
    expect(refusalOf(await client.queue.hold({ id }).catch((error: unknown) => error))).toEqual({
      ...{ reason: 'job', problem: 'not-in-this-state' },
    });
    expect(refusalOf(await client.queue.recover({ id, choice: 99 }).catch((error: unknown) => error))).toEqual({
      ...{ reason: 'job', problem: 'not-in-this-state' },
    });
    await client.queue.recover({ id, choice: null });
    // Twice is once.
    await client.queue.recover({ id, choice: null });
    await seen(jobIs(id, 'done'));
    expect((await client.library.get({ id })).recoveries).toMatchObject([
      { cause: 'host-memory', phase: 'decoding', rung: 'replan' },
    ]);
  });

  it('takes up no other while somebody chooses', async () => {
    const { client, events, seen } = studio;
    const { ids } = await client.queue.addMany({ kind: 'drafts', drafts: [slabbed, { ...slabbed, prompt: 'a kite' }] });
    const [first, second] = ids as [string, string];
    let last: StudioEvent = await seen(countsDown(first));
    const choosing = async (now: boolean) => {
      await client.queue.choosing({ id: first, choosing: now });
      last = await seen(
        (event): event is JobEvent => countsDown(first)(event) && events.indexOf(event) > events.indexOf(last),
      );
      return last.type === 'job' && last.job.state.kind === 'recovering' ? (last.job.state.beginsAt ?? 0) : 0;
    };
    const stands = await choosing(true);
    expect(stands - (await choosing(false))).toBeGreaterThan(choosingMs / 2);
    await choosing(true);
    expect(events.some(jobIs(second, 'loading'))).toBe(false);
    await client.queue.recover({ id: first, choice: null });
    await seen(jobIs(first, 'done'));
    await seen(countsDown(second));
    await client.queue.hold({ id: second });
    await seen(jobIs(second, 'failed'));
    // Too late to choose; that nobody chooses any more harms nothing.
    await client.queue.choosing({ id: second, choosing: false });
    const late = client.queue.choosing({ id: second, choosing: true });
    expect(refusalOf(await late.catch((error: unknown) => error))).toEqual({
      ...{ reason: 'job', problem: 'not-in-this-state' },
    });
    await client.queue.removeMany({ ids: [second] });
  });

  it('does what is wanted from now on, while it waits', async () => {
    const { client, seen, session } = studio;
    const { ids } = await client.queue.addMany({
      kind: 'drafts',
      drafts: [slabbed, { ...slabbed, prompt: 'a kite' }, { ...slabbed, prompt: 'a ball' }],
    });
    const [first, second, third] = ids as [string, string, string];
    await seen(countsDown(first));
    await session.changeSettings({ recovery: 'ask' });
    await seen(jobIs(first, 'failed'));
    // Nobody waits for an answer: the queue goes on.
    await seen(jobIs(second, 'failed'));
    await session.changeSettings({ recovery: 'countdown' });
    await client.queue.resumeJob({ id: second });
    await seen(countsDown(third));
    await session.changeSettings({ recovery: 'at-once' });
    for (const id of [second, third]) await seen(jobIs(id, 'done'));
    await client.queue.removeMany({ ids: [first] });
  });

  it('goes on with them after it was closed while it waited', async () => {
    const before = studio;
    await before.session.changeSettings({ recovery: 'countdown' });
    const { id } = await before.client.queue.add(slabbed);
    await before.seen(countsDown(id));
    const became: string[] = [];
    before.studio.changes.add((change) => {
      if (change.type === 'job') became.push(change.job.state.kind);
    });
    await before.close();
    // Nobody waited until it began.
    expect(became).toEqual(['paused']);
    const after = open(home, { environment });
    expect(after.session.snapshot().jobs).toMatchObject([{ id, state: { kind: 'paused', reason: 'interrupted' } }]);
    await after.seen(jobIs(id, 'done'));
    // In the way that was decided: not once more as it had failed.
    expect(after.events.some(jobIs(id, 'recovering'))).toBe(false);
  });
});
