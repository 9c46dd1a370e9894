import { cardsNow } from '../../planner/index.ts';
import { calibration } from '../calibration.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

/** What was seen of the cards is true for so long. */
const seenFor = 1000;

export function planRoutes(os: Guarded['plan'], parts: RouterParts) {
  const { studio, telemetry } = parts;
  const { planner, now } = studio;
  let looked = 0;
  /** Somebody types: between two looks at the cards, the last one counts. */
  const look = async () => {
    if (now() - looked < seenFor) return;
    looked = now();
    // Without them the planner goes by what the engine found.
    planner.saw(await cardsNow(telemetry).catch(() => []));
  };
  return {
    for: os.for.handler(async ({ input }) => {
      await look();
      return planner.for(input);
    }),
    verdicts: os.verdicts.handler(async ({ input }) => {
      await look();
      return planner.verdicts(input.items);
    }),
    measured: os.measured.handler(() => planner.measured()),
    calibrate: os.calibrate.handler(({ input, signal }) => calibration(parts, input, signal)),
    forget: os.forget.handler(() => planner.forget()),
  };
}
