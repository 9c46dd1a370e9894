import type { Card, HistoryQuery, Sample, TelemetrySource } from '../../../contract/telemetry.ts';
import type { Ours } from './cards.ts';
import type { Disk } from './host.ts';

/** What the thread is started with. */
export interface Start {
  nvmlLibrary: string | null;
  smi: string | null;
  samplesPerSecond: number;
}

export type Question =
  | { ask: 'history'; query: HistoryQuery }
  | { ask: 'csv'; seconds: number }
  | { ask: 'users'; card: string };

export type ToThread =
  | { kind: 'question'; id: number; question: Question }
  | { kind: 'watched'; watched: boolean }
  | { kind: 'ours'; ours: Ours }
  | { kind: 'disk'; disk: Disk | null }
  | { kind: 'stop' };

export interface Cards {
  source: TelemetrySource;
  cards: readonly Card[];
}

export type FromThread =
  | { kind: 'cards'; cards: Cards }
  | { kind: 'sample'; sample: Sample }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'failed'; id: number; message: string };
