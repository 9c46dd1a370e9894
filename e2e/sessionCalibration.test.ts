import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CalibrationEvent, PlanQuery } from '../contract/plan.ts';
import { engineIs, jobIs, open, opened, refusalOf, stepOf } from './openStudio.ts';
import { small } from './small.ts';

const query: PlanQuery = { model: 'paper-world', width: 64, height: 48, frames: 17, steps: 8, guidance: 3 };

describe('a calibration of an open studio', { timeout: 180_000 }, () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-calibrating-'));
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('measures; what is said later rests on it, and no clip is left', async () => {
    const { client, seen } = open(home);
    expect(await heard(await client.plan.calibrate(query))).toEqual([{ type: 'not-now', why: 'no-engine' }]);
    await seen(engineIs('ready'));
    const events: CalibrationEvent[] = [];
    for await (const event of await client.plan.calibrate(query)) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['begun', ...events.slice(1, -1).map(() => 'tried'), 'done']);
    expect(events.length).toBeGreaterThan(2);
    const [first] = events.flatMap((event) => (event.type === 'tried' ? [event.run] : []));
    expect(first?.result).toMatchObject({ kind: 'measured' });
    const planned = await client.plan.for(query);
    expect(planned.kind === 'fits' && planned.prediction.basis).toBe('measured');
    expect(existsSync(join(home, 'jobs', 'calibration'))).toBe(false);
    expect(existsSync(join(home, 'clips')) ? readdirSync(join(home, 'clips')) : []).toEqual([]);
  });

  it('is cut short by a job that comes, with what was measured until then', async () => {
    const { client, seen } = open(home);
    await seen(engineIs('ready'));
    const events: CalibrationEvent[] = [];
    let job = '';
    for await (const event of await client.plan.calibrate(query)) {
      events.push(event);
      if (event.type === 'tried' && job === '') job = (await client.queue.add(small)).id;
    }
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['begun', 'tried']);
    expect(events.at(-1)?.type).toBe('tried');
    await seen(jobIs(job, 'done'));
    expect(await client.plan.measured()).not.toEqual([]);
    expect(readdirSync(join(home, 'clips'))).toHaveLength(1);
  });

  it('is not begun while a clip is made, nor for a size that the model cannot make', async () => {
    const { client, seen } = open(home);
    const { id } = await client.queue.add(small);
    await seen(stepOf(id, 1));
    expect(await heard(await client.plan.calibrate(query))).toEqual([{ type: 'not-now', why: 'rendering' }]);
    await seen(jobIs(id, 'done'));
    const refused = await client.plan.calibrate({ ...query, width: 97 }).catch((error: unknown) => error);
    expect(refusalOf(refused)).toMatchObject({ reason: 'shape' });
  });

  it('ends when nobody listens any more, and the next job runs', async () => {
    const { client, seen } = open(home);
    await seen(engineIs('ready'));
    for await (const event of await client.plan.calibrate({ ...query, width: 256, height: 160 })) {
      if (event.type === 'begun') break;
    }
    const { id } = await client.queue.add(small);
    await seen(jobIs(id, 'done'));
    expect(await client.plan.measured()).not.toEqual([]);
  });
});

async function heard(stream: AsyncIterable<CalibrationEvent>): Promise<CalibrationEvent[]> {
  const events: CalibrationEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
