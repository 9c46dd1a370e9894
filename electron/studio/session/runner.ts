import type { Live, Notice } from '../../../contract/engine.ts';
import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import { joined, type Preview } from '../../../contract/preview.ts';
import type { RecoveryPolicy } from '../../../contract/recovery.ts';
import type { PhaseBand } from '../../../contract/telemetry.ts';
import {
  advance,
  beginRun,
  chosenRecovery,
  type Decision,
  type JobEvent,
  type JobQueue,
  PhaseLog,
  type Run,
} from '../jobs/index.ts';
import { Refused } from '../refused.ts';
import type { Studio } from '../studio.ts';
import { failureOf, storageOf } from './failureOf.ts';
import { givesUp, inVainAfter } from './inVain.ts';
import { afterRestart } from './pauseAfter.ts';
import { persistently } from './persistently.ts';

export interface RunnerEvents {
  live(live: Live | null): void;
  /** All of a preview, or what it goes on with. */
  preview(part: Preview): void;
  notice(notice: Notice): void;
  /** A job came to its end, whichever. */
  ended(job: Job): void;
  /** It no longer runs, and the next one, if any, was begun. */
  stood(): void;
  /** That it failed cannot be written down yet: `because` says why. */
  waits(): void;
}

interface Current {
  job: Job;
  abort: AbortController;
  ended: Promise<void>;
  /** What became of it cannot be written down. */
  unwritten: Promise<void>;
  setUnwritten: () => void;
}

/** Takes one job after the other for as long as the engine is there and nobody paused the queue. */
export class Runner {
  readonly #studio: Studio;
  readonly #events: RunnerEvents;
  readonly #phases = new PhaseLog();
  /** Gives back the memory that the engine holds. */
  readonly #release: () => Promise<void>;
  #queue: JobQueue | null = null;
  #current: Current | null = null;
  /** Of jobs in a row for which the machine is to blame. */
  #inVain: readonly Failure[] = [];
  /** What cannot be written down. */
  #unwritten: Failure | null = null;
  /** What has the engine in the jobs' place. */
  #aside: Pick<Current, 'abort' | 'ended'> | null = null;
  #run: Run | null = null;
  /** Of what runs, as far as it has come: for whoever comes later. */
  #preview: Preview | null = null;
  /** Aborted at the studio's end. */
  readonly #end = new AbortController();
  /** The clip after which the queue pauses. */
  #pausesAfter: string | null;

  constructor(studio: Studio, events: RunnerEvents, release: () => Promise<void>) {
    this.#studio = studio;
    this.#events = events;
    this.#release = release;
    this.#pausesAfter = this.#takenUp();
  }

  /** What was asked for before the studio ended. */
  #takenUp(): string | null {
    const { remembered, jobs, now } = this.#studio;
    const asked = remembered.pauseAfter;
    if (asked === null) return null;
    const then = afterRestart(asked, jobs.get(asked.job), now());
    if (then === 'wait') return asked.job;
    remembered.pauseAfter = null;
    if (then === 'pause') remembered.queuePause = { because: null };
    return null;
  }

  #pauseAfter(job: string | null): void {
    if (job === this.#pausesAfter) return;
    const { remembered, now } = this.#studio;
    this.#pausesAfter = job;
    remembered.pauseAfter = job === null ? null : { job, at: now() };
  }

  get live(): Live | null {
    return this.#run?.live ?? null;
  }

  get preview(): Preview | null {
    return this.#preview;
  }

  get rendering(): boolean {
    return this.#current !== null;
  }

  phasesSince(from: number): PhaseBand[] {
    return this.#phases.since(from);
  }

  /** From now on there is an engine. */
  begin(queue: JobQueue): void {
    this.#queue = queue;
    this.wake();
  }

  get #stopped(): boolean {
    return this.#end.signal.aborted;
  }

  get #free(): boolean {
    return this.#queue !== null && this.#current === null && this.#aside === null && !this.#stopped;
  }

  /** Something else has the engine until a job comes. Null where it cannot: a job runs, or there is no engine. */
  aside(task: (signal: AbortSignal) => Promise<void>): Promise<void> | null {
    if (!this.#free) return null;
    const abort = new AbortController();
    const ended = task(abort.signal).finally(() => {
      this.#aside = null;
      this.wake();
      this.#events.stood();
    });
    this.#aside = { abort, ended };
    return ended;
  }

  /** It is given up, not waited for. */
  async #endAside(): Promise<void> {
    this.#aside?.abort.abort();
    await this.#aside?.ended.catch(() => {});
  }

  /** Takes up the next job, if there is one and nothing stands against it. */
  wake(): void {
    const queue = this.#queue;
    if (queue === null || this.#current !== null || this.#stopped || this.#studio.remembered.queuePaused) return;
    const job = this.#studio.jobs.next();
    if (job === null) return;
    // Nobody waits for hours without knowing for what: its end wakes again.
    if (this.#aside !== null) return this.#aside.abort.abort();
    const abort = new AbortController();
    const ended = this.#work(queue, job, abort.signal).finally(() => {
      this.#current = null;
      this.#preview = null;
      this.#show(null);
      this.#phases.leave(this.#studio.now());
      const because = givesUp(this.#inVain);
      // At the studio's end it goes on later, and the pause with it.
      if ((this.#pausesAfter === job.id || because !== null) && !this.#stopped) void this.#stand(because);
      this.wake();
      this.#events.stood();
    });
    let setUnwritten = () => {};
    const unwritten = new Promise<void>((resolve) => {
      setUnwritten = resolve;
    });
    this.#current = { job, abort, ended, unwritten, setUnwritten };
  }

  /**
   * Stops the job, if it runs, keeping what is done. Resolves when it stands; true if it ran.
   * @throws {Refused} when that cannot be written down.
   */
  async stop(id: string, why: 'asked' | 'cancel'): Promise<boolean> {
    let ran = false;
    // It may have been taken up again in the moment in which it stood.
    while (this.#current?.job.id === id) {
      ran = true;
      this.#current.abort.abort(why);
      await Promise.race([this.#current.ended, this.#current.unwritten]);
      if (this.#unwritten !== null) throw new Refused({ reason: 'storage', problem: storageOf(this.#unwritten) });
    }
    return ran;
  }

  /** About a failure of the job that runs. False when nothing is waited for. */
  decide(id: string, decision: Decision): boolean {
    return this.#queue?.decide(id, decision) ?? false;
  }

  /** A failure that is waited with goes by what is wanted from now on. */
  recoverBy(policy: RecoveryPolicy): void {
    const job = this.running;
    const recovery = job && chosenRecovery(job.state, null);
    if (job === null || recovery === null || policy === 'countdown') return;
    this.decide(job.id, policy === 'ask' ? { kind: 'hold' } : { kind: 'recover', recovery });
  }

  /** Nothing is taken up any more; what runs stands at its next step, and the memory is given back. */
  pause(): Promise<void> {
    return this.#stand(null);
  }

  async #stand(because: Failure | null): Promise<void> {
    const { remembered } = this.#studio;
    this.#pauseAfter(null);
    this.#inVain = [];
    const stood = remembered.queuePaused && this.#current === null;
    remembered.queuePause = { because };
    if (stood) return;
    await this.#endAside();
    this.#current?.abort.abort('queue');
    if (this.#current !== null) await Promise.race([this.#current.ended, this.#current.unwritten]);
    // Gone on with meanwhile, the memory is needed again.
    if (this.#current === null && remembered.queuePaused && !this.#stopped) await this.#release();
  }

  get pausesAfterClip(): boolean {
    return this.#pausesAfter !== null;
  }

  /** What runs is finished first. */
  pauseAfterClip(): Promise<void> {
    if (this.#current === null) return this.pause();
    this.#pauseAfter(this.#current.job.id);
    return Promise.resolve();
  }

  /** Why nothing goes on though nobody asked for that. */
  get because(): Failure | null {
    return this.#unwritten ?? this.#studio.remembered.queuePause?.because ?? null;
  }

  /** Something runs, or is taken up as soon as nothing stands against it. */
  get busy(): boolean {
    if (this.#current !== null || this.#aside !== null) return true;
    // Nobody is waited for: on a machine that cannot render the queue paused by itself.
    return this.because === null && this.#studio.jobs.next() !== null;
  }

  /** As it stands now. */
  get running(): Job | null {
    return this.#current && this.#studio.jobs.get(this.#current.job.id);
  }

  resume(): void {
    this.#pauseAfter(null);
    this.#inVain = [];
    this.#studio.remembered.queuePause = null;
    this.wake();
  }

  /** For the end of the studio: what runs goes on at the next start. */
  async end(): Promise<void> {
    this.#end.abort();
    await this.#endAside();
    this.#current?.abort.abort('interrupted');
    await this.#current?.ended;
  }

  async #work(queue: JobQueue, job: Job, signal: AbortSignal): Promise<void> {
    const { jobs, remembered, now } = this.#studio;
    this.#show(beginRun(job.id, now(), jobs.phaseSecondsBefore(job)));
    try {
      await queue.run(job, (event) => this.#hear(event), signal, {
        preview: remembered.settings().preview,
        policy: () => remembered.settings().recovery,
      });
    } catch (error) {
      // The disk or the database fails: the job is not lost, and the studio stays.
      console.error(error);
      await this.#writeDown(job, failureOf(error, this.live?.phase ?? null, this.#studio.paths.home));
    }
    const ended = jobs.get(job.id);
    this.#inVain = inVainAfter(this.#inVain, ended?.state);
    if (ended !== null) this.#events.ended(ended);
  }

  /** That it failed may find no place on a full disk either: the job stands until it does. */
  #writeDown({ id }: Job, failure: Failure): Promise<void> {
    const { jobs } = this.#studio;
    const write = () => {
      jobs.setState(id, { kind: 'failed', failure, kept: jobs.kept(id) });
      this.#unwritten = null;
    };
    // After the studio's end the next start finds that it was cut off.
    return persistently(write, () => this.#waitFor(failure), this.#end.signal);
  }

  #waitFor(failure: Failure): void {
    this.#unwritten = failure;
    this.#current?.setUnwritten();
    try {
      this.#events.waits();
    } catch (error) {
      // Nor can be read what else is to be told.
      console.error(error);
    }
  }

  #hear(event: JobEvent): void {
    if (event.type === 'repairing') return this.#events.notice({ kind: 'repairing', jobId: event.job.id });
    const now = this.#studio.now();
    if (event.type === 'recovering') {
      // Nothing runs until it goes on.
      this.#phases.leave(now);
      return this.#show(null);
    }
    const { job, progress } = event;
    if (progress.type === 'preview') {
      const { type: _, ...part } = progress;
      this.#preview = joined(this.#preview, part);
      return this.#events.preview(part);
    }
    if (progress.type === 'prompt-cut') {
      const { type: _, ...cut } = progress;
      return this.#events.notice({ kind: 'prompt-cut', ...cut });
    }
    if (progress.type === 'phase') this.#phases.enter(job.id, progress.phase, now);
    this.#show(advance(this.#run ?? beginRun(job.id, now, this.#studio.jobs.phaseSecondsBefore(job)), progress, now));
  }

  #show(run: Run | null): void {
    if (run === this.#run) return;
    this.#run = run;
    this.#events.live(run?.live ?? null);
  }
}
