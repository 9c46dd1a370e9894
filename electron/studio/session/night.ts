import type { QueueState, WhenDone } from '../../../contract/events.ts';
import type { Power } from './power.ts';

/** How long somebody can say no. */
export const graceMs = 60_000;
const tickMs = 1000;

export interface NightParts {
  now: () => number;
  /** Remembered over starts; null for none. */
  startAt: { get: () => number | null; set: (at: number | null) => void };
  power: Power | null;
  /** Something runs, or will without being asked for. */
  busy: () => boolean;
  /** The time has come. */
  start: () => void;
  changed: () => void;
}

/** What is asked of the queue for later: when it begins, and what the machine does when nothing is left. */
export class Night {
  readonly #parts: NightParts;
  #whenDone: WhenDone = 'nothing';
  /** Since it was asked for something was there to be done. */
  #worked = false;
  #endsAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;

  constructor(parts: NightParts) {
    this.#parts = parts;
    this.#watch();
  }

  get state(): Pick<QueueState, 'startAt' | 'whenDone' | 'endsAt'> {
    return { startAt: this.#parts.startAt.get(), whenDone: this.#whenDone, endsAt: this.#endsAt };
  }

  canDo(action: Exclude<WhenDone, 'nothing'>): boolean {
    return this.#parts.power?.actions.includes(action) ?? false;
  }

  startAt(at: number | null): void {
    this.#parts.startAt.set(at);
    this.#watch();
    this.#parts.changed();
  }

  whenDone(action: WhenDone): void {
    this.#whenDone = action;
    this.#endsAt = null;
    this.#worked = this.#parts.busy();
    this.#watch();
    this.#parts.changed();
  }

  /** Looks at the clock and at the queue: whenever a job ends, and every second while something is asked for. */
  look(): void {
    const { now, startAt, busy } = this.#parts;
    const time = now();
    // The machine slept, or its clock was changed: nobody saw the time run.
    const leapt = Math.abs(time - this.#lastTick) > 10 * tickMs;
    this.#lastTick = time;
    const begins = startAt.get();
    if (begins !== null && time >= begins) {
      startAt.set(null);
      this.#parts.start();
      this.#watch();
    }
    if (this.#whenDone === 'nothing') return;
    if (busy()) {
      this.#worked = true;
      if (this.#endsAt !== null) this.#end(null);
    } else if (this.#worked && (this.#endsAt === null || leapt)) this.#end(time + graceMs);
    else if (this.#endsAt !== null && time >= this.#endsAt) void this.#act();
  }

  #tick(): void {
    try {
      this.look();
    } catch (error) {
      // A disk that is gone for a moment: looked at again in the next.
      console.error(error);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  #end(at: number | null): void {
    this.#endsAt = at;
    this.#parts.changed();
  }

  async #act(): Promise<void> {
    const action = this.#whenDone;
    this.whenDone('nothing');
    if (action === 'nothing') return;
    try {
      await this.#parts.power?.run(action);
    } catch (error) {
      console.error(error);
    }
  }

  /** By the clock on the wall, which a long timer would not follow through sleep. */
  #watch(): void {
    clearInterval(this.#timer);
    this.#lastTick = this.#parts.now();
    const asked = this.#parts.startAt.get() !== null || this.#whenDone !== 'nothing';
    if (asked) this.#timer = setInterval(() => this.#tick(), tickMs);
  }
}
