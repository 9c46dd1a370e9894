import fc from 'fast-check';
import { expect, it } from 'vitest';
import { correctionsOf } from './corrections.ts';
import { catalogueFacts, large, machineOf } from './machine.fixture.ts';
import { limited } from './machine.ts';
import { decide } from './plan.ts';
import { raisedLimit, remediesFor } from './remedies.ts';

const gib = 2 ** 30;
const model = catalogueFacts('cogvideox-1.5-5b');
const job = { ...large, frames: 161 };

it('what is proposed fits by all that was measured here, in the time that is said', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 3, max: 12, noNaN: true }),
      fc.double({ min: 0.95, max: 1.6, noNaN: true }),
      fc.double({ min: 0.02, max: 20, noNaN: true }),
      fc.integer({ min: 0, max: 1 }),
      (room, device, seconds, limit) => {
        const measured = correctionsOf(() => ({ seconds, device, host: 1, compiling: 1, measured: true }));
        const whole = machineOf('RTX 3060', room);
        const machine = limited(whole, limit === 1 ? 2 * gib : undefined);
        const first = decide(machine, model.architecture, job, measured);
        if (first.kind === 'fits') return;
        const raised = limit === 1 ? raisedLimit(whole, model, job, first.least, () => measured) : [];
        for (const { change, seconds: said } of [...raised, ...remediesFor(machine, model, job, () => measured)]) {
          const { kind, ...changed } = change;
          const on = kind === 'memory-limit' ? limited(whole, change.bytes) : machine;
          const decision = decide(on, model.architecture, { ...job, ...changed }, measured);
          expect(decision).toMatchObject({ kind: 'fits', best: { prediction: { seconds: said } } });
        }
      },
    ),
    { numRuns: 60 },
  );
});
