import type { Phase } from '../../../contract/render.ts';
import type { CardSample, Sample } from '../../../contract/telemetry.ts';

/** What goes on, as far as a verdict needs it. */
export interface Rendering {
  phase: Phase;
  /** ms since 1970. */
  since: number;
  /** Whether the card renders; a render on the processor says nothing of the card. */
  onCard: boolean;
}

export type Verdict =
  /** Too hot: the clock falls. */
  | { kind: 'hot'; temperature: number; clock: number; usual: number }
  | { kind: 'memory-full'; used: number; total: number }
  /** Weights come too slowly over the bus. */
  | { kind: 'copies'; utilisation: number; receive: number; pcie: string }
  /** It calls itself busy, and hardly works: it waits for memory. */
  | { kind: 'waits'; utilisation: number; power: number; powerLimit: number }
  | { kind: 'idle'; utilisation: number; cpu: number | null }
  | { kind: 'processor'; cpu: number };

export const thresholds = {
  /** Percent; below it for `idleFor` while denoising something is wrong. */
  idleBelow: 60,
  idleFor: 10_000,
  /** Of the memory, and not falling. */
  memoryShare: 0.97,
  /** Degrees at which cards slow themselves down, and how much of the usual clock is left then. */
  hotFrom: 83,
  hotClockShare: 0.92,
  busyFrom: 90,
  /** Of the power limit: a card at work draws more. */
  waitsBelow: 1 / 3,
  /** Of what the bus can carry. */
  busShare: 0.6,
  cpuFrom: 90,
  cpuFor: 30_000,
} as const;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Bytes a second that a link such as "4.0 x16" can carry. */
export function busRate(pcie: string | null): number | null {
  const found = /^(\d)\.0 x(\d+)$/.exec(pcie ?? '');
  if (!found) return null;
  const lane = [0.25, 0.5, 0.985, 1.969, 3.938, 7.563][Number(found[1]) - 1];
  return lane === undefined ? null : lane * 1e9 * Number(found[2]);
}

/**
 * What the readings really say about a render, the gravest first; null when they say nothing.
 * `samples` are the latest, oldest first.
 */
export function verdict(
  samples: readonly Sample[],
  rendering: Rendering | null,
  card: { id: string; pcie: string | null } | null,
): Verdict | null {
  const now = samples.at(-1)?.time;
  if (!rendering || now === undefined) return null;
  if (!rendering.onCard || !card) return null;
  const { idleFor } = thresholds;

  /** All readings of the last `within` ms of this phase; null when there are not enough of them to judge. */
  function over<Value>(within: number, read: (sample: Sample, of: CardSample) => Value | null): Value[] | null {
    const from = Number(now) - within;
    if (!rendering || rendering.since > from || (samples[0]?.time ?? Number.POSITIVE_INFINITY) > from) return null;
    const seen = samples
      .filter(({ time }) => time > from)
      .map((sample) => {
        const of = sample.cards.find((each) => each.card === card?.id);
        return of ? read(sample, of) : null;
      });
    const known = seen.filter((value) => value !== null);
    // A gap is no evidence.
    return known.length > 0 && known.length >= seen.length * 0.9 ? known : null;
  }

  if (rendering.phase !== 'denoising') return null;

  const temperatures = over(idleFor, (_, { temperature }) => temperature);
  const clocks = over(idleFor, (_, { clockGraphics }) => clockGraphics);
  const usual = Math.max(
    0,
    ...samples.flatMap(({ cards }) =>
      cards.filter((each) => each.card === card.id).map((each) => each.clockGraphics ?? 0),
    ),
  );
  if (temperatures && clocks && Math.min(...temperatures) >= thresholds.hotFrom) {
    const clock = mean(clocks);
    if (clock < usual * thresholds.hotClockShare)
      return { kind: 'hot', temperature: Math.max(...temperatures), clock, usual };
  }

  const memory = over(idleFor, (_, { memoryUsed, memoryTotal }) =>
    memoryUsed !== null && memoryTotal !== null ? { used: memoryUsed, total: memoryTotal } : null,
  );
  const latest = memory?.at(-1);
  if (memory && latest) {
    const full = memory.every(({ used, total }) => used >= total * thresholds.memoryShare);
    if (full && latest.used >= (memory[0]?.used ?? 0)) return { kind: 'memory-full', ...latest };
  }

  const utilisations = over(idleFor, (_, { utilisation }) => utilisation);
  if (utilisations) {
    const idle = utilisations.every((value) => value < thresholds.idleBelow);
    const busy = utilisations.every((value) => value >= thresholds.busyFrom);
    const utilisation = mean(utilisations);
    const powers = over(idleFor, (_, { power, powerLimit }) =>
      power !== null && powerLimit !== null && powerLimit > 0 ? { power, powerLimit } : null,
    );
    const waits = powers?.every(({ power, powerLimit }) => power < powerLimit * thresholds.waitsBelow) ?? false;
    const rates = over(idleFor, (_, { pcieReceive }) => pcieReceive);
    const rate = busRate(card.pcie);
    if ((idle || (busy && waits)) && rates && rate !== null && card.pcie !== null) {
      const receive = mean(rates);
      if (receive > rate * thresholds.busShare) return { kind: 'copies', utilisation, receive, pcie: card.pcie };
    }
    const power = powers?.at(-1);
    if (busy && waits && power)
      return {
        kind: 'waits',
        utilisation,
        power: mean(powers?.map((each) => each.power) ?? []),
        powerLimit: power.powerLimit,
      };
    if (idle) {
      const cpus = over(idleFor, ({ host }) => host.cpu);
      return { kind: 'idle', utilisation, cpu: cpus ? mean(cpus) : null };
    }
  }

  const cpus = over(thresholds.cpuFor, ({ host }) => host.cpu);
  if (cpus?.every((value) => value >= thresholds.cpuFrom)) return { kind: 'processor', cpu: mean(cpus) };
  return null;
}
