/** What the readings say of a render that denoises on a card, and why. Pure. */
import { busRate } from '../../../contract/bus.ts';
import type { Holder } from '../../../contract/failure.ts';
import type { Phase } from '../../../contract/render.ts';
import type { CardSample, CardUser, Health, HostSample, Sample } from '../../../contract/telemetry.ts';

/** What goes on, as far as a verdict needs it. */
export interface Situation {
  phase: Phase;
  /** Of the phase, in ms since 1970. */
  since: number;
  card: { id: string; pcie: string | null; reserveBytes: number };
  /** The plan fetches weights over the bus, part by part. */
  streams: boolean;
  /** Seconds of a step now, and of the fastest in this phase; null while there are too few. */
  step: { now: number; usual: number } | null;
  /** Other programs that use the card, as last looked. */
  others: readonly CardUser[];
}

/** Between the two of each, what was said before still holds: nothing flickers. */
export const bands = {
  /** Percent of time in which the card works. */
  utilisation: { alarm: 60, healthy: 75 },
  /** The same, where it says that it works and draws no power for it: shares of the power limit. */
  busy: 90,
  power: { alarm: 1 / 3, healthy: 1 / 2 },
  /** What is free of its memory, in shares of what plans leave free. */
  free: { alarm: 0.5, healthy: 0.9 },
  /** Of the time, slowed down by heat. */
  heat: { alarm: 0.8, healthy: 0.3 },
  /** Of a step's usual seconds. */
  step: { alarm: 1.5, healthy: 1.2 },
  /** Programs that want a core, for each of them; where that is not told, percent of all cores. */
  load: { alarm: 1.75, healthy: 0.75 },
  cpu: { alarm: 95, healthy: 75 },
} as const;
export const windows = { card: 10_000, processor: 30_000 } as const;
/** A gap is no evidence: so much of the time must be known. */
const knownShare = 0.9;
/** Longer than this nobody looked: the machine slept, or the reading began anew. */
const gapMs = 2000;
/** Where nothing says that heat is what slows a card down: from so many degrees, at such a share of its usual clock. */
const hot = { degrees: 83, clock: 0.92 } as const;
/** Of the computer's memory in use: what is needed next comes from the disk. */
const pagingShare = 0.97;
/** Of what the bus can carry. */
const busShare = 0.6;
/** Percent of the card's time that somebody else takes. */
const rivalFrom = 10;

const healthy: Health = { kind: 'healthy' };

/** `samples` are those of the last minute, oldest first; `before` is what was said last. */
export function verdict(before: Health, samples: readonly Sample[], situation: Situation | null): Health {
  if (situation?.phase !== 'denoising') return healthy;
  const seen = new Seen(samples, situation);
  return (
    nearlyFull(before, seen, situation) ??
    underused(before, seen, situation) ??
    slowed(before, seen, situation) ??
    processor(before, seen) ??
    healthy
  );
}

function nearlyFull(before: Health, seen: Seen, { card, others }: Situation): Health | null {
  const memory = seen.over(windows.card, (_, { memoryUsed: used, memoryTotal: total }) =>
    used !== null && total !== null ? { used, total } : null,
  );
  const [first, last] = [memory?.[0], memory?.at(-1)];
  if (!memory || !first || !last) return null;
  const share = before.kind === 'nearly-full' ? bands.free.healthy : bands.free.alarm;
  const full = memory.every(({ used, total }) => total - used < share * card.reserveBytes);
  if (!full || last.used < first.used) return null;
  const holders = others.map(({ name, bytes }): Holder => ({ name, bytes }));
  return { kind: 'nearly-full', usedBytes: last.used, totalBytes: last.total, others: holders };
}

function underused(before: Health, seen: Seen, { card, streams }: Situation): Health | null {
  const utilisation = mean(seen.over(windows.card, (_, each) => each.utilisation));
  if (utilisation === null) return null;
  const was = before.kind === 'underused';
  const draws = seen.over(windows.card, (_, { power, powerLimit }) =>
    power !== null && powerLimit ? power / powerLimit : null,
  );
  const drawn = mean(draws);
  const waits = utilisation < bands.utilisation[was ? 'healthy' : 'alarm'];
  const starves = drawn !== null && utilisation >= bands.busy && drawn < bands.power[was ? 'healthy' : 'alarm'];
  if (!waits && !starves) return null;
  const { power = null, powerLimit = null } = seen.latest ?? {};
  const pcieReceive = mean(seen.over(windows.card, (_, each) => each.pcieReceive));
  const cause = causeOf(seen, streams || isCarrying(pcieReceive, card.pcie));
  const program = was && before.cause === cause ? before.program : null;
  return { kind: 'underused', cause, utilisation, power, powerLimit, pcieReceive, program };
}

type UnderusedCause = Extract<Health, { kind: 'underused' }>['cause'];

/** By what is told, the plainest first. */
function causeOf(seen: Seen, streams: boolean): UnderusedCause {
  const slowed = (by: 'heat' | 'power') =>
    (share(
      seen.over(windows.card, (_, each) => each.slowedBy),
      by,
    ) ?? 0) >= 0.5;
  if (slowed('heat')) return 'heat';
  if (slowed('power')) return 'power';
  const memory = seen.over(windows.card, ({ memoryUsed, memoryTotal }) =>
    memoryUsed !== null && memoryTotal ? memoryUsed / memoryTotal : null,
  );
  if ((mean(memory) ?? 0) >= pagingShare) return 'paging';
  if ((mean(seen.over(windows.card, ({ cpu }) => cpu)) ?? 0) >= bands.cpu.alarm) return 'processor';
  return streams ? 'streaming' : 'unknown';
}

function slowed(before: Health, seen: Seen, { step, others }: Situation): Health | null {
  const was = (cause: string): boolean => before.kind === 'slowed' && before.cause === cause;
  const { temperature = null, clockGraphics: clock = null } = seen.latest ?? {};
  const figures = { temperature, clock, usualClock: seen.usualClock };
  if (tooHot(seen, was('heat'))) return { kind: 'slowed', cause: 'heat', ...figures, program: null };
  if (step === null || seen.over(windows.card, (_, each) => each.utilisation) === null) return null;
  const limit = bands.step[was('another-program') ? 'healthy' : 'alarm'];
  const rival = rivalOf(others);
  if (step.now < limit * step.usual || rival === null) return null;
  return { kind: 'slowed', cause: 'another-program', ...figures, program: rival.name };
}

/** Who else calculates, and most of all of them. */
function rivalOf(others: readonly CardUser[]): CardUser | null {
  const rivals = others.filter(({ utilisation }) => (utilisation ?? 0) >= rivalFrom);
  return rivals.sort((one, other) => (other.utilisation ?? 0) - (one.utilisation ?? 0))[0] ?? null;
}

function tooHot(seen: Seen, was: boolean): boolean {
  const told = share(
    seen.over(windows.card, (_, { slowedBy }) => slowedBy),
    'heat',
  );
  if (told !== null) return told >= bands.heat[was ? 'healthy' : 'alarm'];
  const temperatures = seen.over(windows.card, (_, { temperature }) => temperature);
  const clock = mean(seen.over(windows.card, (_, { clockGraphics }) => clockGraphics));
  if (temperatures === null || clock === null || seen.usualClock === null) return false;
  return Math.min(...temperatures) >= hot.degrees && clock < seen.usualClock * hot.clock;
}

function processor(before: Health, seen: Seen): Health | null {
  const percent = mean(seen.over(windows.processor, ({ cpu }) => cpu));
  if (percent === null) return null;
  const was = before.kind === 'processor';
  const loads = seen.over(windows.processor, ({ load }) => load);
  const [value, band] = loads === null ? [percent, bands.cpu] : [Math.min(...loads), bands.load];
  const busy = was ? value > band.healthy : value >= band.alarm;
  return busy ? { kind: 'processor', percent, program: was ? before.program : null } : null;
}

/** What can be said of the time that is looked back upon. */
class Seen {
  readonly #samples: readonly Sample[];
  readonly #situation: Situation;
  readonly #now: number;

  constructor(samples: readonly Sample[], situation: Situation) {
    this.#samples = samples;
    this.#situation = situation;
    this.#now = samples.at(-1)?.time ?? 0;
  }

  /** All readings of the last `within` ms of this phase; null when there are not enough of them to judge. */
  over<Value>(within: number, read: (host: HostSample, card: CardSample) => Value | null): Value[] | null {
    const from = this.#now - within;
    if (this.#situation.since > from || (this.#samples[0]?.time ?? Number.POSITIVE_INFINITY) > from) return null;
    const recent = this.#samples.filter(({ time }) => time > from);
    if (recent.some(({ time }, index) => time - (recent[index - 1]?.time ?? from) > gapMs)) return null;
    const all = recent.map((sample) => {
      const card = this.#cardOf(sample);
      return card === null ? null : read(sample.host, card);
    });
    const known = all.filter((value) => value !== null);
    return known.length > 0 && known.length >= all.length * knownShare ? known : null;
  }

  get latest(): CardSample | null {
    const last = this.#samples.at(-1);
    return last === undefined ? null : this.#cardOf(last);
  }

  get usualClock(): number | null {
    const clocks = this.#samples.map((sample) => this.#cardOf(sample)?.clockGraphics ?? 0);
    const most = Math.max(0, ...clocks);
    return most > 0 ? most : null;
  }

  #cardOf(sample: Sample): CardSample | null {
    return sample.cards.find(({ card }) => card === this.#situation.card.id) ?? null;
  }
}

const mean = (values: readonly number[] | null): number | null =>
  values === null ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const share = <Value>(values: readonly Value[] | null, wanted: Value): number | null =>
  values === null ? null : values.filter((value) => value === wanted).length / values.length;

function isCarrying(receive: number | null, pcie: string | null): boolean {
  const rate = busRate(pcie);
  return receive !== null && rate !== null && receive > rate * busShare;
}
