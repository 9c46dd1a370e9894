import type { Sample } from '../../../../contract/telemetry.ts';
import { Feed, following } from '../feed.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function telemetryRoutes(os: Guarded['telemetry'], { studio, telemetry, runner }: RouterParts) {
  return {
    machine: os.machine.handler(() => telemetry.machine()),
    samples: os.samples.handler(({ signal }) => following(new Feed<Sample>(), (push) => telemetry.watch(push), signal)),
    history: os.history.handler(async ({ input }) => ({
      ...(await telemetry.history(input)),
      phases: runner.phasesSince(studio.now() - input.seconds * 1000),
    })),
    users: os.users.handler(({ input }) => telemetry.users(input.card)),
  };
}
