import type { Recovery } from '../../../contract/recovery.ts';

/** What is to become of a failure that can be mended; or that it waits, because somebody chooses or no longer does. */
export type Decision = { kind: 'recover'; recovery: Recovery } | { kind: 'hold' } | { kind: 'wait'; choosing: boolean };

/** So long a countdown stands while somebody chooses: whoever chooses may have gone. */
export const choosingMs = 300_000;

/** Time in which somebody may decide otherwise about the job that runs. */
export class Countdown {
  #waiting: { job: string; end: (decision: Decision) => void } | null = null;

  /** What is proposed, unless somebody says something else in time; null when the signal was aborted first. */
  wait(job: string, proposed: Recovery, ms: number, signal: AbortSignal): Promise<Decision | null> {
    return new Promise((resolve) => {
      const end = (decision: Decision | null) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.#waiting = null;
        resolve(decision);
      };
      const aborted = () => end(null);
      const timer = setTimeout(() => end({ kind: 'recover', recovery: proposed }), Math.max(0, ms));
      timer.unref();
      this.#waiting = { job, end };
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted);
    });
  }

  /** False when nothing is waited for about this job. */
  decide(job: string, decision: Decision): boolean {
    if (this.#waiting?.job !== job) return false;
    this.#waiting.end(decision);
    return true;
  }
}
