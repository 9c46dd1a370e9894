import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../../contract/failure.ts';
import { type JobState, runningKinds } from '../../contract/job.ts';
import { type Phase, phases } from '../../contract/render.ts';
import { failureSentence } from '../../electron/studio/jobs/index.ts';
import { until } from '../cli.ts';
import { meanDifference } from '../clip.ts';
import { testPython } from '../environment.ts';
import { engineIs, jobIs, type Open, open } from '../openStudio.ts';
import { small } from '../small.ts';

/** What keeps the worker from the computer's memory: a limit of its addresses, or a control group in which it is killed. */
export const fences = ['address space', 'control group'] as const;
export type Fence = (typeof fences)[number];

export interface Shortage {
  fence: Fence;
  /** The phase in which it needs more than it gets. */
  phase: Phase;
  /** What was said of it; empty where it got along. */
  causes: string[];
  outcome: JobState['kind'];
  wrong: string[];
}

const draft = { ...small, width: 256, height: 160, frames: 17, steps: 2 };

/** What a worker had taken by the end of each phase, in bytes. */
type Taken = Record<Fence, Map<Phase, number>>;

/** A clip that is made again and again by workers that get less memory than they need. */
export class ShortOfMemory {
  readonly #home: string;
  readonly #taken: Taken;
  readonly #whole: string;

  private constructor(home: string, taken: Taken, whole: string) {
    this.#home = home;
    this.#taken = taken;
    this.#whole = whole;
  }

  static async make(): Promise<ShortOfMemory> {
    const home = mkdtempSync(join(tmpdir(), 'reelwright-short-'));
    const studio = open(home);
    const taken: Taken = { 'address space': new Map(), 'control group': new Map() };
    studio.session.on((event) => {
      const { engine } = studio.session.snapshot();
      if (event.type !== 'live' || event.live === null || engine.kind !== 'ready' || engine.workerPid === null) return;
      taken['address space'].set(event.live.phase, statusOf(engine.workerPid, 'VmPeak'));
      taken['control group'].set(event.live.phase, statusOf(engine.workerPid, 'RssAnon'));
    });
    const { id, state } = await ended(studio, (await studio.client.queue.add(draft)).id);
    if (state.kind !== 'done') throw new Error(`Nothing was to go wrong here: ${JSON.stringify(state)}`);
    const { file } = await studio.client.library.get({ id });
    await studio.close();
    return new ShortOfMemory(home, taken, file);
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  async survive(fence: Fence, phase: Phase): Promise<Shortage> {
    const fenced = await fencedPython(this.#home, fence, this.#tooLittle(fence, phase));
    const short = open(this.#home, { worker: { python: fenced.python } });
    await short.client.settings.change({ recovery: 'at-once' });
    const { id } = await short.client.queue.add(draft);
    const { state } = await ended(short, id);
    const failures = short.events.flatMap((event) =>
      event.type === 'job' && 'failure' in event.job.state ? [event.job.state.failure] : [],
    );
    const { engine } = short.session.snapshot();
    const causes: string[] = failures.map(({ cause }) => cause);
    // A worker that cannot even start: the job waits for another try.
    if (engine.kind === 'impossible') causes.push('no engine');
    const wrong = failures.filter((one) => !isShortage(one)).map((one) => `it was taken for ${JSON.stringify(one)}`);
    const sentences = failures.map(failureSentence);
    if (engine.kind === 'impossible') sentences.push(engine.sentence);
    wrong.push(...sentences.filter((sentence) => !/memory|killed/.test(sentence)));
    // The studio itself lacks nothing.
    const { sound } = short.session.settings();
    if ((await short.client.settings.change({ sound: !sound })).sound === sound)
      wrong.push('the studio does not answer');
    await short.close();
    await fenced.remove();

    const free = open(this.#home);
    if (state.kind === 'failed') await free.client.queue.resumeJob({ id });
    const last = state.kind === 'done' ? state : (await ended(free, id)).state;
    if (last.kind === 'done') wrong.push(...(await this.#different(free, id, isReplanned(last))));
    else wrong.push(`with memory again it ended with ${JSON.stringify(last)}`);
    await free.close();
    return { fence, phase, causes, outcome: state.kind, wrong };
  }

  /** Another plan may round otherwise: nobody sees that. */
  async #different({ client }: Open, id: string, isReplanned: boolean): Promise<string[]> {
    const difference = await meanDifference(this.#whole, (await client.library.get({ id })).file);
    return difference <= (isReplanned ? unseen : 0) ? [] : [`the clip differs by ${difference} levels`];
  }

  /** Half way between what was enough for the phase before and what this one took. */
  #tooLittle(fence: Fence, phase: Phase): number {
    const of = (each: Phase | undefined) => (each && this.#taken[fence].get(each)) ?? 0;
    const before = phases.slice(0, phases.indexOf(phase)).map(of);
    return Math.floor((Math.max(...before) + of(phase)) / 2);
  }
}

/** Of 256 levels of brightness, on average over all pixels. The encoder makes more of what rounding began. */
const unseen = 2;

const isReplanned = ({ recoveries = [] }: Extract<JobState, { kind: 'done' }>): boolean =>
  recoveries.some(({ rung }) => rung === 'replan');

const isShortage = ({ cause }: Failure): boolean => cause === 'host-memory' || cause === 'killed';

/** The job when it stands, in whatever state; or waits because there is no engine. */
async function ended({ session, studio, seen }: Open, id: string) {
  await Promise.race([seen(jobIs(id, 'done', 'failed')), seen(engineIs('impossible'))]);
  await until('it stands', () => !session.rendering(), 10_000);
  const job = studio.jobs.get(id);
  if (job === null || (runningKinds as readonly string[]).includes(job.state.kind))
    throw new Error(`${id} is not there`);
  return job;
}

/** An interpreter behind a fence. */
async function fencedPython(folder: string, fence: Fence, bytes: number) {
  const python = join(folder, 'fenced-python');
  const group = join(groups, `reelwright-${process.pid}`);
  const limit =
    fence === 'address space'
      ? `ulimit -v ${Math.floor(bytes / 1024)}`
      : `echo $$ > '${join(group, 'cgroup.procs')}' || exit 1`;
  if (fence === 'control group') {
    mkdirSync(group);
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(bytes));
  }
  writeFileSync(python, `#!/bin/sh\n${limit}\nexec '${await testPython()}' "$@"\n`, { mode: 0o755 });
  return {
    python,
    async remove() {
      rmSync(python);
      if (fence !== 'control group') return;
      await until('nobody is in the group', () => readFileSync(join(group, 'cgroup.procs'), 'utf8') === '', 5000);
      rmdirSync(group);
    },
  };
}

const groups = '/sys/fs/cgroup/memory';

/** Why there can be no such fence here; null when there can. */
export function cannotFence(fence: Fence): string | null {
  if (process.platform !== 'linux') return 'only Linux has these limits';
  if (fence === 'address space') return null;
  const trial = join(groups, `reelwright-trial-${process.pid}`);
  try {
    mkdirSync(trial);
    rmdirSync(trial);
    return null;
  } catch {
    return 'no control group may be made here';
  }
}

/** A line of the kernel's about a process, in bytes; 0 when it is gone. */
function statusOf(pid: number, name: string): number {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
