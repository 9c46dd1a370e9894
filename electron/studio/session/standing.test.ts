import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudioEvent } from '../../../contract/events.ts';
import { newJob } from '../jobs/recovering.fixture.ts';
import { dataPaths } from '../storage/paths.ts';
import { openStudio, type Studio } from '../studio.ts';
import { openSession, type Session } from './session.ts';

const root = join(import.meta.dirname, '../../..');

describe('a page that comes to a long queue', () => {
  let home: string;
  let studio: Studio;
  let session: Session;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-standing-'));
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(home), program });
    const opening = openSession(studio, {
      ...{ host: 'web', version: '0', locale: 'en', reveal: null, chooseFolder: null, dragOut: null, power: null },
      engineAfterMs: 2 ** 31 - 1,
    });
    if (opening.kind === 'busy') throw new Error('Somebody else holds the engine.');
    session = opening.session;
  });
  afterEach(async () => {
    await session.stop();
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  const many = (count: number) =>
    studio.jobs.addMany(Array.from({ length: count }, (_, at) => ({ ...newJob, out: `/${at}.mp4` })));
  const jobsOf = (event: StudioEvent) => ('jobs' in event ? event.jobs : []);
  const idsOf = (events: readonly StudioEvent[]) => events.flatMap(jobsOf).map(({ id }) => id);

  it('is told of all of them, some at a time', () => {
    const added = many(1201);
    const told = [...session.standing()];
    expect(told.map(({ type }) => type)).toEqual(['snapshot', 'jobs', 'jobs']);
    expect(told.map((event) => jobsOf(event).length)).toEqual([500, 500, 201]);
    expect(idsOf(told)).toEqual(added.map(({ id }) => id));
    expect(session.snapshot().jobs).toHaveLength(500);
  });

  it('is told of each part as it is when it is read', () => {
    const added = many(600);
    const [last, before] = [added.at(-1)?.id ?? '', added.at(-2)?.id ?? ''];
    const [snapshot, ...rest] = (function* () {
      for (const event of session.standing()) {
        if (event.type === 'snapshot') studio.jobs.remove([last]);
        yield event;
      }
    })();
    expect(snapshot?.type).toBe('snapshot');
    expect(idsOf(rest)).not.toContain(last);
    expect(idsOf(rest)).toContain(before);
  });

  it('hears of many that are added in parts, too, and of many that go in one', () => {
    const events: StudioEvent[] = [];
    session.on((event) => events.push(event));
    const ids = many(1201).map(({ id }) => id);
    studio.jobs.remove(ids);
    expect(events.map(({ type }) => type)).toEqual(['jobs', 'jobs', 'jobs', 'jobs-removed']);
    expect(idsOf(events)).toEqual(ids);
  });
});
