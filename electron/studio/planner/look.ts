import type { Card } from '../../../contract/telemetry.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** What is free of a card at the moment, by those who watch it. */
export interface CardNow {
  card: Card;
  usedBytes: number | null;
  oursBytes: number | null;
}

/** What is in use of every card, over the last seconds. */
export async function cardsNow(telemetry: Pick<Telemetry, 'machine' | 'history'>): Promise<CardNow[]> {
  const { cards } = await telemetry.machine();
  return Promise.all(
    cards.map(async (card) => {
      const { series } = await telemetry.history({ card: card.id, seconds: 10, points: 5 });
      const last = (name: string) => series[name]?.findLast((value) => value !== null) ?? null;
      return { card, usedBytes: last('memoryUsed'), oursBytes: last('memoryOurs') };
    }),
  );
}
