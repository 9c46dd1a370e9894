import type { MeasuredPhase } from '../../../contract/plan.ts';
import { type Phase, type PhasePeaks, type PhaseSeconds, phases } from '../../../contract/render.ts';
import { type Store, transact } from '../storage/database.ts';
import { type Corrections, correctionsOf } from './corrections.ts';
import type { RawPhases } from './prediction.ts';

/** What a measurement is of: clips of about that size, by one model on one device. */
export interface Subject {
  device: string;
  model: string;
  /** Its tokens, to the next power of the root of two. */
  shape: string;
}

export const shapeClass = (tokens: number): string => String(Math.round(2 * Math.log2(tokens)));

/** One phase of one finished clip, beside what the planner had said before it knew this machine. */
export interface Measurement extends Subject {
  /** Compiling is no phase of its own, but takes its time in one of them, and not every time. */
  phase: Phase | 'compiling';
  seconds: number;
  predictedSeconds: number;
  deviceBytes: number | null;
  predictedDeviceBytes: number | null;
  hostBytes: number | null;
  predictedHostBytes: number;
}

/** Rows that are kept: the latest. */
const kept = 2000;
/** Of one phase and one subject, so many of the latest count. */
const counted = 9;
/** What took less of the card than this share of what was said did something else: a prompt that is known is not read. */
const leastShare = 0.5;
/** What is further off than that is no measurement of what was predicted. */
const believed = { seconds: [0.02, 20], device: [0.95, 1.6], host: [0.4, 2], compiling: [0, 10] } as const;

interface Measured {
  seconds: PhaseSeconds;
  peaks: PhasePeaks;
  /** Of the denoising's; absent where nothing was compiled. */
  compileSeconds?: number;
  /** Whether the next one of its kind will find it again. */
  keepsCompiled?: boolean;
}

export class Measurements {
  readonly #store: Store;
  readonly #now: () => number;
  #rows: Measurement[] | null = null;
  /** Of those that were asked for since the last row: a list of presets asks for the same again and again. */
  readonly #corrections = new Map<string, Corrections>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** What a clip that was made in one go took. Phases that did not run are left out. */
  add(subject: Subject, raw: RawPhases, measured: Measured): void {
    const { compileSeconds, keepsCompiled = true } = measured;
    const kept = compileSeconds === undefined || !keepsCompiled ? [] : compiling(subject, raw, compileSeconds);
    this.#insert([...this.#phases(subject, raw, measured), ...kept]);
  }

  #phases(subject: Subject, raw: RawPhases, measured: Measured): Measurement[] {
    return phases.flatMap((phase): Measurement[] => {
      const whole = measured.seconds[phase];
      if (whole === undefined) return [];
      const seconds = phase === 'denoising' ? Math.max(0, whole - (measured.compileSeconds ?? 0)) : whole;
      const peak = measured.peaks[phase];
      const { seconds: predictedSeconds, deviceBytes, hostBytes } = raw[phase];
      if ((peak?.allocatedBytes ?? Number.POSITIVE_INFINITY) < leastShare * (deviceBytes ?? 0)) return [];
      return [
        {
          ...{ ...subject, phase, seconds, predictedSeconds },
          ...{ deviceBytes: peak?.allocatedBytes ?? null, predictedDeviceBytes: deviceBytes },
          // Beside a card the pages of mapped weights are counted, which cost nothing.
          hostBytes: deviceBytes === null ? (peak?.hostBytes ?? null) : null,
          predictedHostBytes: hostBytes,
        },
      ];
    });
  }

  /** A phase that wanted more of the card than was said, and did not get it: of its time nothing is known. */
  addShortage(subject: Subject, raw: RawPhases, phase: Phase, wantedBytes: number): void {
    const { deviceBytes, hostBytes } = raw[phase];
    if (deviceBytes === null || wantedBytes <= deviceBytes) return;
    const nothing = { seconds: 0, predictedSeconds: 0, hostBytes: null, predictedHostBytes: hostBytes };
    this.#insert([{ ...subject, ...nothing, phase, deviceBytes: wantedBytes, predictedDeviceBytes: deviceBytes }]);
  }

  #insert(rows: readonly Measurement[]): void {
    const insert = this.#store.prepare(
      `INSERT INTO measurements (created_at, device, model, shape, phase, seconds, predicted_seconds,
         device_bytes, predicted_device_bytes, host_bytes, predicted_host_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    transact(this.#store, () => {
      for (const row of rows) {
        insert.run(
          ...[this.#now(), row.device, row.model, row.shape, row.phase, row.seconds, row.predictedSeconds],
          ...[row.deviceBytes, row.predictedDeviceBytes, row.hostBytes, row.predictedHostBytes],
        );
      }
      this.#store.prepare('DELETE FROM measurements WHERE id <= (SELECT max(id) FROM measurements) - ?').run(kept);
    });
    this.#changed();
  }

  forget(): void {
    this.#store.exec('DELETE FROM measurements');
    this.#changed();
  }

  #changed(): void {
    this.#rows = null;
    this.#corrections.clear();
  }

  /** Newest first. */
  all(): readonly Measurement[] {
    this.#rows ??= this.#read();
    return this.#rows;
  }

  corrections(subject: Subject): Corrections {
    const { device, model, shape } = subject;
    const key = JSON.stringify([device, model, shape]);
    const found = this.#corrections.get(key) ?? correctionsFrom(this.all(), subject);
    this.#corrections.set(key, found);
    return found;
  }

  #read(): Measurement[] {
    const rows: unknown[] = this.#store.prepare('SELECT * FROM measurements ORDER BY id DESC').all();
    return rows.map((each) => {
      const row = each as Record<string, never>;
      return {
        device: row['device'] ?? '',
        model: row['model'] ?? '',
        shape: row['shape'] ?? '',
        phase: row['phase'] ?? 'loading',
        seconds: row['seconds'] ?? 0,
        predictedSeconds: row['predicted_seconds'] ?? 0,
        deviceBytes: row['device_bytes'] ?? null,
        predictedDeviceBytes: row['predicted_device_bytes'] ?? null,
        hostBytes: row['host_bytes'] ?? null,
        predictedHostBytes: row['predicted_host_bytes'] ?? 0,
      };
    });
  }
}

/**
 * What is to be made of the planner's figures here: the median of what was measured of the same model and size, else of
 * the same model, else, for time alone, of anything on the same device.
 */
export function correctionsFrom(rows: readonly Measurement[], { device, model, shape }: Subject): Corrections {
  const here = rows.filter((row) => row.device === device);
  const ofModel = here.filter((row) => row.model === model);
  const ofShape = ofModel.filter((row) => row.shape === shape);
  return correctionsOf((phase) => {
    const of = (all: readonly Measurement[]) => all.filter((row) => row.phase === phase).slice(0, counted);
    const [exact, similar, anything] = [of(ofShape), of(ofModel), of(here)];
    const close = exact.length > 0 ? exact : similar;
    const made = close.filter(isMade);
    const compiled = phase === 'denoising' ? ofShape.filter((row) => row.phase === 'compiling').slice(0, 1) : [];
    const seconds = ratio(
      made.length > 0 ? made : anything,
      (row) => [row.seconds, row.predictedSeconds],
      believed.seconds,
    );
    return {
      seconds: seconds ?? 1,
      device: ratio(close, (row) => [row.deviceBytes, row.predictedDeviceBytes], believed.device) ?? 1,
      host: ratio(close, (row) => [row.hostBytes, row.predictedHostBytes], believed.host) ?? 1,
      compiling: ratio(compiled, (row) => [row.seconds, row.predictedSeconds], believed.compiling) ?? 1,
      measured: made.length > 0,
    };
  });
}

function compiling(subject: Subject, { denoising }: RawPhases, seconds: number): Measurement[] {
  const nothing = { deviceBytes: null, predictedDeviceBytes: null, hostBytes: null, predictedHostBytes: 0 };
  const predictedSeconds = denoising.compileSeconds ?? 0;
  return [{ ...subject, ...nothing, phase: 'compiling', seconds, predictedSeconds }];
}

/** Of a clip that was made, and not of a phase that found too little memory. */
const isMade = ({ predictedSeconds }: Measurement): boolean => predictedSeconds > 0;

type Pair = readonly [measured: number | null, predicted: number | null];

function ratio(
  rows: readonly Measurement[],
  of: (row: Measurement) => Pair,
  [least, most]: readonly [number, number],
): number | null {
  const found = rows.flatMap((row) => {
    const [measured, predicted] = of(row);
    return measured === null || predicted === null || predicted <= 0 ? [] : [measured / predicted];
  });
  const middle = median(found);
  return middle === null ? null : Math.min(most, Math.max(least, middle));
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor((sorted.length - 1) / 2);
  const low = sorted[middle];
  const high = sorted[sorted.length - 1 - middle];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** For people: each phase of each model and device, predicted and measured. */
export function summary(rows: readonly Measurement[]): MeasuredPhase[] {
  const groups = new Map<string, (Measurement & { phase: Phase })[]>();
  const named = rows.flatMap((row) => (isMade(row) && row.phase !== 'compiling' ? [{ ...row, phase: row.phase }] : []));
  for (const row of named) {
    const key = JSON.stringify([row.device, row.model, row.phase]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const latest = group[0];
    if (latest === undefined) return [];
    const { device, model, phase } = latest;
    const counts = group.slice(0, counted);
    const middle = (of: (row: Measurement) => number | null) => median(counts.flatMap((row) => of(row) ?? []));
    return [
      {
        ...{ device, model, phase, clips: group.length },
        seconds: middle((row) => row.seconds) ?? 0,
        predictedSeconds: middle((row) => row.predictedSeconds) ?? 0,
        deviceBytes: middle((row) => row.deviceBytes),
        predictedDeviceBytes: middle((row) => row.predictedDeviceBytes),
      },
    ];
  });
}
