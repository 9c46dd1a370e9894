import type { Card, CardSample, CardUser, TelemetrySource } from '../../../contract/telemetry.ts';

/** What the engine's worker uses, as far as it told. */
export interface Ours {
  pid: number | null;
  reservedBytes: number | null;
}

/** Where readings of cards come from. Nothing here throws: what is not known is null. */
export interface CardReader {
  source(): TelemetrySource;
  /** Every card that was ever seen, also one that does not answer now. */
  cards(): readonly Card[];
  /** One sample for each of the cards. `now` is milliseconds of a clock that only goes forward. */
  read(now: number, ours: Ours): CardSample[];
  users(card: string, ours: Ours): Promise<CardUser[]>;
  close(): Promise<void>;
}

/** A card that does not answer. */
export const silent = (card: string): CardSample => ({
  card,
  utilisation: null,
  memoryOurs: null,
  memoryUsed: null,
  memoryTotal: null,
  power: null,
  powerLimit: null,
  temperature: null,
  clockGraphics: null,
  clockMemory: null,
  pcieReceive: null,
  slowedBy: null,
});

/** The last part of a program's path, of either system. */
export const programName = (path: string): string => path.split(/[\\/]/).at(-1) || path;

/** Those who hold most come first; those of whom it is not told, last. */
export const byBytes = (one: CardUser, other: CardUser): number => (other.bytes ?? -1) - (one.bytes ?? -1);
