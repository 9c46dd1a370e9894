import { create } from 'zustand';
import type { CalibrationEvent, CalibrationRun, Planned, PlanQuery } from '../../../contract/plan.ts';

/** Short clips that are made to know this machine better. They go on while another room is open. */
export type Calibration =
  | { kind: 'idle' }
  | { kind: 'running'; runs: readonly CalibrationRun[]; of: number | null; before: Planned | null; stop: () => void }
  /** `after`: what is said of a whole clip now. */
  | { kind: 'done'; runs: readonly CalibrationRun[]; before: Planned | null; after: Planned }
  | { kind: 'not-now'; why: 'rendering' | 'no-engine' }
  /** By somebody, or because the connection or the worker is gone. */
  | { kind: 'ended'; runs: readonly CalibrationRun[] };

export const useCalibration = create<{ now: Calibration }>()(() => ({ now: { kind: 'idle' } }));

/** What has become of it with one more thing heard. */
export function heard(now: Calibration, event: CalibrationEvent): Calibration {
  if (event.type === 'not-now') return { kind: 'not-now', why: event.why };
  if (now.kind !== 'running') return now;
  switch (event.type) {
    case 'begun':
      return { ...now, before: event.before };
    case 'tried':
      return { ...now, runs: [...now.runs, event.run], of: event.of };
    case 'done':
      return { kind: 'done', runs: now.runs, before: now.before, after: event.after };
  }
}

/** Whoever still listens when it ends hears why it did. */
export const over = (now: Calibration): Calibration =>
  now.kind === 'running' ? { kind: 'ended', runs: now.runs } : now;

type Calibrate = (query: PlanQuery, options: { signal: AbortSignal }) => Promise<AsyncIterable<CalibrationEvent>>;

/** @throws what the call throws, when it was not given up. */
export async function calibrate(call: Calibrate, query: PlanQuery): Promise<void> {
  if (useCalibration.getState().now.kind === 'running') return;
  const abort = new AbortController();
  const become = (next: (now: Calibration) => Calibration) =>
    useCalibration.setState(({ now }) => ({ now: next(now) }));
  const stop = () => {
    abort.abort();
    become(over);
  };
  become(() => ({ kind: 'running', runs: [], of: null, before: null, stop }));
  try {
    for await (const event of await call(query, { signal: abort.signal })) become((now) => heard(now, event));
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    if (!abort.signal.aborted) become(over);
  }
}
