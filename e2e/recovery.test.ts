import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipRecord } from '../contract/clipRecord.ts';
import { Job } from '../contract/job.ts';
import { cli, type Ended, slabbed } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';
import { type Fault, faultyEnvironment } from './faultyEnvironment.ts';
import { inTerminal } from './terminal.ts';

/** For as long as the decode is in whole maps. */
const decodeFails: Fault = { at: 'decoding', what: 'host-memory', times: null, while: { 'decode.slabRows': null } };

describe.skipIf(process.platform === 'win32')('a render that fails on the command line', { timeout: 180_000 }, () => {
  let home: string;
  beforeAll(async () => {
    await testPython();
    home = mkdtempSync(join(tmpdir(), 'reelwright-recover-'));
  }, 120_000);
  afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  const out = (name: string) => join(home, `${name}.mp4`);
  const asked = (name: string, ...more: string[]) => [
    ...['generate', '--prompt', 'a red ball', '--out', out(name), ...slabbed, ...more],
  ];
  const faulty = (name: string, ...faults: Fault[]) => ({
    REELWRIGHT_ENVIRONMENT: faultyEnvironment(join(home, name), faults),
  });
  const stepsOf = ({ events }: Ended) => events.filter((event) => event.type === 'step' && event.phase === 'denoising');
  const kindsOf = ({ events }: Ended) => events.map(({ type }) => type).filter((type) => /^(fail|recover)/.test(type));

  it('recovers by itself, renders nothing twice, and says so for as long as there is the clip', async () => {
    const run = await cli(asked('auto'), { home, env: faulty('auto', decodeFails) });
    expect(run.last).toMatchObject({ type: 'done' });
    expect(kindsOf(run)).toEqual(['failure', 'recovery', 'recovered']);
    expect(run.events.find(({ type }) => type === 'failure')).toMatchObject({
      ...{ cause: 'host-memory', phase: 'decoding', sentence: expect.stringMatching(/ran out of memory/) },
    });
    expect(run.events.find(({ type }) => type === 'recovery')).toMatchObject({
      ...{ attempt: 2, sentence: expect.stringMatching(/^Recovering: Decode again in slabs of \d+ rows/) },
      recovery: { keeps: { kind: 'latents' }, rung: { kind: 'replan' } },
    });
    expect(run.events.find(({ type }) => type === 'recovered')).toMatchObject({
      sentence: expect.stringMatching(/^Rendered after one recovery: decoded in slabs of \d+ rows/),
    });
    expect(stepsOf(run)).toHaveLength(8);
    const record = ClipRecord.parse(JSON.parse((await readClip(out('auto'))).comment));
    expect(record.recoveries).toMatchObject([{ cause: 'host-memory', rung: 'replan', changes: [{ kind: 'decode' }] }]);
    const listed = await cli(['jobs'], { home, json: false });
    expect(listed.text).toMatch(/done in .*\. Rendered after one recovery: decoded in slabs/);

    // What the library forgets, the file knows.
    rmSync(join(home, 'reelwright.db'));
    expect((await cli(['library', 'import', home], { home })).code).toBe(0);
    const { default: Database } = await import('libsql');
    const store = new Database(join(home, 'reelwright.db'));
    const rows = store.prepare('SELECT recoveries FROM clips').all() as { recoveries: string }[];
    store.close();
    expect(rows.map(({ recoveries }) => JSON.parse(recoveries))).toEqual([record.recoveries]);
  });

  it('ends when it shall not recover, says what could be done, and does that when it is resumed', async () => {
    const env = faulty('never', decodeFails);
    const run = await cli(asked('never', '--recover', 'never'), { home, env });
    expect(run.code).toBe(4);
    expect(run.last).toMatchObject({
      ...{ type: 'error', cause: 'host-memory', next: { kind: 'recover' } },
      sentence: expect.stringMatching(
        /What can be done: Decode again in slabs .* Go on with: npm start -- jobs resume/,
      ),
    });
    expect(kindsOf(run)).toEqual([]);
    const listed = await cli(['jobs'], { home });
    const job = Job.parse((JSON.parse(listed.text) as { jobs: unknown[] }).jobs[0]);
    expect(job.state).toMatchObject({ kind: 'failed', kept: { kind: 'latents' }, next: { kind: 'recover' } });
    const resumed = await cli(['jobs', 'resume', job.id], { home, env });
    expect(resumed.last).toMatchObject({ type: 'done', file: out('never') });
    expect(stepsOf(resumed)).toHaveLength(0);
    expect(kindsOf(resumed)).toEqual(['recovered']);
  });

  it('goes on with what was decided after all of it was killed in the middle', async () => {
    const env = faulty('killed', decodeFails);
    const run = await cli(asked('killed'), {
      home,
      env,
      onEvent(event, running) {
        if (event.type === 'recovery') running.kill('SIGKILL');
      },
    });
    expect(run.signal).toBe('SIGKILL');
    const again = await cli(asked('killed'), { home, env });
    expect(again.last).toMatchObject({ type: 'done' });
    // The plan that had failed was not tried once more.
    expect(kindsOf(again)).toEqual(['recovered']);
    expect(stepsOf(again)).toHaveLength(0);
  });

  it('asks at a terminal, with every way and its price; where there is none it says so', async () => {
    const none = await cli(asked('nobody', '--recover', 'ask'), { home });
    expect(none.code).toBe(2);
    expect(none.last).toMatchObject({ type: 'error', sentence: expect.stringMatching(/--recover auto/) });

    const run = await inTerminal(asked('ask', '--recover', 'ask'), {
      ...{ home, question: 'or n( for none)?\\? ', answers: ['7\n', '1\n'] },
      env: faulty('ask', decodeFails),
    });
    expect(run.shown).toMatch(/The computer ran out of memory/);
    expect(run.shown).toMatch(/What can be done:\s+1 {2}Decode again in slabs of \d+ rows/);
    expect(run.shown).toContain('"7" is none of them.');
    expect(run.shown).toMatch(/Rendered after one recovery: decoded in slabs/);
    expect(run.code).toBe(0);
  });

  it('goes on over one failure after the other, each answered in its own way', async () => {
    const faults: Fault[] = [
      { at: 'denoising', what: 'driver-lost', step: 3 },
      { at: 'denoising', what: 'killed', step: 6 },
      { at: 'decoding', what: 'fragmented', step: 1 },
      { at: 'decoding', what: 'internal', step: 1 },
      decodeFails,
    ];
    const run = await cli(asked('several'), { home, env: faulty('several', ...faults) });
    expect(run.last).toMatchObject({ type: 'done' });
    expect(run.events.flatMap((event) => (event.type === 'failure' ? [event.cause] : []))).toEqual([
      ...['driver-lost', 'killed', 'device-memory', 'internal', 'host-memory'],
    ]);
    expect(run.events.flatMap((event) => (event.type === 'recovery' ? [event.recovery.rung.kind] : []))).toEqual([
      ...['fresh-worker', 'fresh-worker', 'release', 'fresh-worker', 'replan'],
    ]);
    // The worker was killed with at most the steps since its last checkpoint.
    expect(stepsOf(run).length).toBeLessThanOrEqual(8 + 5);
    expect(run.events.find(({ type }) => type === 'recovered')).toMatchObject({ recoveries: { length: 5 } });
  });
});
