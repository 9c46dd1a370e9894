import type { CardNow } from '../../planner/index.ts';
import type { Telemetry } from '../../telemetry/index.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

/** What was seen of the cards is true for so long. */
const seenFor = 1000;

export function planRoutes(os: Guarded['plan'], { studio: { planner, now }, telemetry }: RouterParts) {
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
    forget: os.forget.handler(() => planner.forget()),
  };
}

/** What is in use of every card, over the last seconds. */
async function cardsNow(telemetry: Telemetry): Promise<CardNow[]> {
  const { cards } = await telemetry.machine();
  return Promise.all(
    cards.map(async (card) => {
      const { series } = await telemetry.history({ card: card.id, seconds: 10, points: 5 });
      const last = (name: string) => series[name]?.findLast((value) => value !== null) ?? null;
      return { card, usedBytes: last('memoryUsed'), oursBytes: last('memoryOurs') };
    }),
  );
}
