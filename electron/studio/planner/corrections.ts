import { type Phase, phases } from '../../../contract/render.ts';
import type { PlanJob } from './work.ts';

/** Measured against predicted, by phase: 1 is as predicted. */
export interface Correction {
  seconds: number;
  device: number;
  host: number;
  /** As it took last: most of what was compiled is found again on the disk. */
  compiling: number;
  /** Anything was measured at all. */
  measured: boolean;
}
export type Corrections = Record<Phase, Correction>;

const none: Correction = { seconds: 1, device: 1, host: 1, compiling: 1, measured: false };

export const correctionsOf = (of: (phase: Phase) => Correction): Corrections =>
  Object.fromEntries(phases.map((phase) => [phase, of(phase)])) as Corrections;

/** What is known of clips like this one. */
export type CorrectionsFor = (job: PlanJob) => Corrections;

export const uncorrected: Corrections = correctionsOf(() => none);
