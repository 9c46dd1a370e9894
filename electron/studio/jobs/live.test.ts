import { expect, it } from 'vitest';
import { Live } from '../../../contract/engine.ts';
import { PhaseBand } from '../../../contract/telemetry.ts';
import type { Progress } from '../../../contract/worker.ts';
import { advance, beginRun } from './live.ts';
import { PhaseLog } from './phaseLog.ts';

const at = Date.UTC(2026, 10, 23, 3);
const hour = 3_600_000;
const kept = { kind: 'nothing' } as const;
const enters = (phase: 'encoding' | 'denoising' | 'decoding' | 'finishing'): Progress => ({
  type: 'phase',
  jobId: 'a',
  phase,
  kept,
});

it('a clock that is set back in the middle of a render leaves what pages are told readable', () => {
  const begun = beginRun('a', at, null);
  const first = advance(begun, enters('encoding'), at + 5000);
  const { live } = advance(first, enters('denoising'), at - hour);
  expect(live.phaseSeconds).toEqual({ loading: 5, encoding: 0 });
  expect(live.phaseSince).toBe(at - hour);
  expect(Live.safeParse(live).error).toBeUndefined();
});

it('is decoded in the time of the last such clip, until it tells its own', () => {
  const before = { denoising: 9, decoding: 6, finishing: 1 };
  const left = (run: ReturnType<typeof beginRun>) => run.live.secondsLeft;
  const denoises = advance(beginRun('a', at, before), enters('denoising'), at);
  expect(left(denoises)).toBeNull();
  const decodes = advance(denoises, enters('decoding'), at);
  expect(left(decodes)).toBe(7);
  const step = { type: 'step', jobId: 'a', phase: 'decoding', step: 1, of: 2, seconds: 2 } as const;
  expect(left(advance(decodes, step, at))).toBe(3);
  expect(left(advance(decodes, enters('finishing'), at))).toBeNull();
  expect(left(advance(beginRun('a', at, null), enters('decoding'), at))).toBeNull();
});

it('a clock that is set back ends no phase before it began', () => {
  const log = new PhaseLog();
  log.enter('a', 'encoding', at);
  log.enter('a', 'denoising', at - hour);
  log.leave(at - hour + 1000);
  const bands = log.since(0);
  expect(bands.map(({ from, to }) => [from, to])).toEqual([
    [at, at],
    [at - hour, at - hour + 1000],
  ]);
  for (const band of bands) expect(PhaseBand.safeParse(band).error).toBeUndefined();
});
