import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress, RenderOutcome } from '../contract/worker.ts';
import { onlooker, watchedRender } from '../electron/studio/health/index.ts';
import { BoundedLog, Supervisor } from '../electron/studio/sidecar/index.ts';
import { startTelemetry, type Telemetry } from '../electron/studio/telemetry/index.ts';
import { root } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';
import { cannotCompile, card4070, type FakeNvml, fakeNvml } from './fakeNvml/index.ts';
import { type Fault, faultyWorker } from './faultyEnvironment.ts';
import { orderIn } from './order.ts';

const GiB = 2 ** 30;
const never = new AbortController().signal;

/** The real worker, whose steps collapse, beside a card of which NVML says what the test wants. */
describe.skipIf(cannotCompile() !== null)(
  'memory of the card that is moved to the computer',
  { timeout: 300_000 },
  () => {
    let folder: string;
    let supervisor: Supervisor;
    let telemetry: Telemetry;
    let nvml: FakeNvml;
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'reelwright-spill-'));
      mkdirSync(join(folder, 'nvml'));
      nvml = fakeNvml(join(folder, 'nvml'), { driver: '592.14', cards: [card4070] });
      telemetry = startTelemetry({ clipsFolder: () => folder, nvmlLibrary: nvml.library });
      // From the fifth step on each takes three seconds more.
      const fault: Fault = { at: 'denoising', what: 'slow', step: 5, seconds: 3 };
      supervisor = new Supervisor({
        ...{ python: await testPython(), sidecar: join(root, 'python-sidecar') },
        log: new BoundedLog(join(folder, 'worker.log')),
        ...faultyWorker(folder, [fault]),
      });
      await supervisor.ready();
    });
    afterEach(async () => {
      await supervisor.dispose();
      await telemetry.dispose();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    const fill = (used: number) =>
      nvml.script({
        driver: '592.14',
        cards: [{ ...card4070, readings: { ...card4070.readings, memoryUsed: used, power: 49_000 } }],
      });

    async function watched(): Promise<{
      outcome: RenderOutcome;
      steps: number[];
      again: () => Promise<RenderOutcome>;
    }> {
      const order = await orderIn(folder, 'a');
      const steps: number[] = [];
      const hear = (progress: Progress): void => {
        if (progress.type === 'step' && progress.phase === 'denoising') steps.push(progress.step);
      };
      const watcher = onlooker(telemetry, () => ({ pid: supervisor.pid, reservedBytes: supervisor.reservedBytes }));
      const card = { name: card4070.name, reserveBytes: GiB / 2 };
      const render = (told: (progress: Progress) => void, signal: AbortSignal) =>
        supervisor.render(order, told, signal);
      const eyes = { card, predicted: null, tolerate: false, onlooker: watcher };
      const outcome = await watchedRender(render, eyes, hear, never);
      return { outcome, steps, again: () => supervisor.render(order, hear, never) };
    }

    it('stops the render at its step, and all that was made is kept', async () => {
      fill(11.9 * GiB);
      const { outcome, steps, again } = await watched();
      expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'spill', phase: 'denoising', step: 6 } });
      if (outcome.kind !== 'failed' || outcome.failure.cause !== 'spill') return;
      expect(outcome.failure.stepSeconds).toBeGreaterThan(3);
      expect(outcome.failure.expectedSeconds).toBeLessThan(outcome.failure.stepSeconds / 3);
      const before = steps.length;
      expect(before).toBeLessThan(8);
      expect(await again()).toMatchObject({ kind: 'done', kept: { kind: 'checkpoint', step: steps.at(before - 1) } });
      // No step was made twice.
      expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const whole = await orderIn(folder, 'whole');
      expect(await supervisor.render(whole, () => {}, never)).toMatchObject({ kind: 'done' });
      expect((await readClip(join(folder, 'a.mp4'))).pixels).toBe((await readClip(whole.out)).pixels);
    });

    it('is not seen in a card with room: slow steps are no failure', async () => {
      fill(8 * GiB);
      const { outcome } = await watched();
      expect(outcome).toMatchObject({ kind: 'done' });
    });
  },
);
