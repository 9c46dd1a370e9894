import type { Phase } from '../../../contract/render.ts';
import type { PhaseBand } from '../../../contract/telemetry.ts';
import { historySeconds } from '../../../contract/telemetry.ts';

/** When which phase of which job ran, for as long as the charts look back. Times in ms since 1970. */
export class PhaseLog {
  #bands: PhaseBand[] = [];

  enter(jobId: string, phase: Phase, now: number): void {
    this.leave(now);
    this.#bands.push({ jobId, phase, from: now, to: null });
    const oldest = now - historySeconds.max * 1000;
    if ((this.#bands[0]?.to ?? now) < oldest) this.#bands = this.#bands.filter(({ to }) => to === null || to >= oldest);
  }

  leave(now: number): void {
    const last = this.#bands.at(-1);
    // The clock may have been set back meanwhile.
    if (last !== undefined && last.to === null) this.#bands.splice(-1, 1, { ...last, to: Math.max(last.from, now) });
  }

  since(from: number): PhaseBand[] {
    return this.#bands.filter(({ to }) => to === null || to >= from);
  }
}
