import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from './outcome.ts';

/** What the steps of one set-up share. */
export interface Workshop {
  /** The environment's folder. */
  folder: string;
  sidecar: string;
  env: NodeJS.ProcessEnv;
  report: Report;
  signal: AbortSignal | undefined;
  recipe: Recipe;
}

/** What an environment consists of. Tests build the same environment with small packages. */
export interface Recipe {
  /** On disk, when everything is installed. */
  bytes: number;
  /** Free space asked for before anything is fetched. */
  needed: number;
  /** A Python program that proves the environment. */
  probe: string;
  /** True when torch is among the packages, so that its build has to be chosen. */
  hasTorch: boolean;
  freeBytes(folder: string): number;
}

const largestLog = 1_000_000;

export function logFile(folder: string): string {
  return join(folder, 'set-up.log');
}

/** The installers' own words, for a bug report. */
export function log(shop: Workshop, text: string): void {
  mkdirSync(shop.folder, { recursive: true });
  const file = logFile(shop.folder);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestLog) renameSync(file, `${file}.old`);
  appendFileSync(file, `${new Date().toISOString()} ${text.trim()}\n`);
}

/** Settings of the user's own Python must not reach the environment's. */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined, PYTHONHOME: undefined, PYTHONPATH: undefined };
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
