import type { Machine, Sample } from '../../../contract/telemetry.ts';
import type { Telemetry } from './index.ts';

/** The first sample of which `is` holds. */
export function until(from: Telemetry, is: (sample: Sample) => boolean): Promise<Sample> {
  return new Promise((resolve) => {
    const stop = from.watch((sample) => {
      if (!is(sample)) return;
      stop();
      resolve(sample);
    });
  });
}

/** The machine's own word of its cards comes beside the samples: asks again with each of them. */
export async function machineWith(from: Telemetry, is: (machine: Machine) => boolean): Promise<Machine> {
  for (;;) {
    const machine = await from.machine();
    if (is(machine)) return machine;
    await until(from, () => true);
  }
}

/** The machine, when there is more to say than that the reading begins. */
export const machineOf = (from: Telemetry): Promise<Machine> =>
  machineWith(from, ({ source }) => source.kind !== 'none' || source.reason !== 'starting');
