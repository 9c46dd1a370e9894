import type { Live } from '../../../contract/engine.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Card, CardUser, Health, Machine, Sample } from '../../../contract/telemetry.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { cardAtWork, otherPrograms } from './onlooker.ts';
import { bands, type Situation, verdict } from './verdict.ts';

export interface HealthOptions {
  telemetry: Pick<Telemetry, 'machine' | 'users' | 'watch'>;
  /** The render that goes on, and the card that it uses; null where it uses none. */
  rendering: () => { plan: Plan; name: string; reserveBytes: number } | null;
  busiestProgram: () => Promise<string | null>;
  changed: (health: Health) => void;
}

const rememberedMs = 60_000;
const everyMs = 1000;
/** Listing who uses a card holds up the driver for milliseconds. */
const usersEveryMs = 10_000;
/** Steps before one can say what is usual. */
const usualFrom = 5;

interface Watch {
  since: number;
  /** Seconds of a step: the median of the latest, and its least so far. */
  step: { now: number; usual: number } | null;
  samples: Sample[];
  judgedAt: number;
  others: readonly CardUser[];
  othersAt: number;
  stop: () => void;
}

/** Looks at the machine while a render denoises on a card, and tells when that becomes another thing. */
export class HealthKeeper {
  readonly #options: HealthOptions;
  #health: Health = { kind: 'healthy' };
  #watch: Watch | null = null;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get health(): Health {
    return this.#health;
  }

  /** What runs now. */
  live(live: Live | null): void {
    if (live?.phase !== 'denoising' || this.#options.rendering() === null) return this.#end();
    if (this.#watch?.since !== live.phaseSince) {
      this.#end();
      this.#begin(live.phaseSince);
    }
    const { secondsAStep: now, step } = live;
    if (this.#watch === null || now === null || (step ?? 0) < usualFrom) return;
    this.#watch.step = { now, usual: Math.min(now, this.#watch.step?.usual ?? now) };
  }

  #begin(since: number): void {
    const watch: Watch = {
      ...{ since, step: null, samples: [], judgedAt: Number.NEGATIVE_INFINITY, others: [] },
      ...{ othersAt: Number.NEGATIVE_INFINITY, stop: () => {} },
    };
    this.#watch = watch;
    const { telemetry } = this.#options;
    const begin = ({ cards }: Machine): void => {
      if (this.#watch === watch) watch.stop = telemetry.watch((sample) => this.#see(watch, cards, sample));
    };
    // A machine that does not say what it is made of is not judged.
    telemetry.machine().then(begin, () => {});
  }

  #end(): void {
    this.#watch?.stop();
    this.#watch = null;
    this.#tell({ kind: 'healthy' });
  }

  #see(watch: Watch, cards: readonly Card[], sample: Sample): void {
    const { samples } = watch;
    samples.push(sample);
    while ((samples[0]?.time ?? sample.time) < sample.time - rememberedMs) samples.shift();
    if (Math.abs(sample.time - watch.judgedAt) < everyMs) return;
    watch.judgedAt = sample.time;
    const situation = this.#situation(watch, cards, sample);
    const before = this.#health;
    const health = verdict(before, samples, situation);
    this.#tell(health);
    if (situation !== null && wantsOthers(health, situation))
      void this.#lookForOthers(watch, situation.card.id, sample.time);
    if (wantsProgram(health) && causeOf(health) !== causeOf(before)) void this.#lookForProgram(watch);
  }

  #situation(watch: Watch, cards: readonly Card[], sample: Sample): Situation | null {
    const rendering = this.#options.rendering();
    if (rendering === null) return null;
    const { plan, name, reserveBytes } = rendering;
    const ids = cards.filter((card) => card.name === name).map(({ id }) => id);
    const id = cardAtWork(sample, ids)?.card;
    const card = cards.find((each) => each.id === id);
    if (card === undefined) return null;
    const { transformer } = plan.placements;
    const streams = transformer.kind === 'group-offload' || transformer.kind === 'sequential';
    const { since, step, others } = watch;
    return { phase: 'denoising', since, card: { id: card.id, pcie: card.pcie, reserveBytes }, streams, step, others };
  }

  async #lookForOthers(watch: Watch, card: string, now: number): Promise<void> {
    if (now - watch.othersAt < usersEveryMs) return;
    watch.othersAt = now;
    watch.others = otherPrograms(await this.#options.telemetry.users(card).catch(() => []));
  }

  /** Found once for every alarm: it takes seconds, and what it is called does not change. */
  async #lookForProgram(watch: Watch): Promise<void> {
    const cause = causeOf(this.#health);
    const program = await this.#options.busiestProgram().catch(() => null);
    if (program === null || this.#watch !== watch || causeOf(this.#health) !== cause) return;
    if (this.#health.kind === 'underused' || this.#health.kind === 'processor')
      this.#tell({ ...this.#health, program });
  }

  /** Figures change with every reading, and are no news. */
  #tell(health: Health): void {
    const news = toldOf(health) !== toldOf(this.#health);
    this.#health = health;
    if (news) this.#options.changed(health);
  }
}

const causeOf = (health: Health): string => ('cause' in health ? `${health.kind} ${health.cause}` : health.kind);

const wantsProgram = (health: Health): boolean =>
  health.kind === 'processor' || (health.kind === 'underused' && health.cause === 'processor');

const wantsOthers = (health: Health, { step }: Situation): boolean =>
  health.kind === 'nearly-full' || (step !== null && step.now >= bands.step.healthy * step.usual);

const toldOf = (health: Health): string => {
  const program = 'program' in health ? health.program : null;
  const others = health.kind === 'nearly-full' ? health.others.map(({ name }) => name) : [];
  return JSON.stringify([causeOf(health), program, others]);
};
