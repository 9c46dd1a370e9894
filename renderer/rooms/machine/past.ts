import { useEffect, useReducer, useState } from 'react';
import {
  type CardSample,
  cardQuantities,
  type HostSample,
  hostQuantities,
  type PhaseBand,
  type Sample,
} from '../../../contract/telemetry.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { onSample, useMachine } from '../../app/strip/feed.ts';
import { append, carryOn, emptySeries, fromHistory, pointsFor, type Reading, type Series } from './series.ts';

export const ranges = [120, 900, 3600, 28_800] as const;
export type Range = (typeof ranges)[number];

/** What is drawn. It is another object whenever there is something new to draw. */
export interface Past {
  card: Series;
  host: Series;
  bands: readonly PhaseBand[];
  /** The newest moment, in the studio's time; null before the first. */
  now: number | null;
  failed: boolean;
}

const drawAtMostEvery = { least: 1000, most: 5000 };

const ofCard = (reading: CardSample | undefined): Reading[] =>
  cardQuantities.map((quantity) => reading?.[quantity] ?? null);
const ofHost = (host: HostSample): Reading[] => hostQuantities.map((quantity) => host[quantity]);

const nothing = (seconds: number): Past => ({
  card: emptySeries(cardQuantities, seconds),
  host: emptySeries(hostQuantities, seconds),
  bands: [],
  now: null,
  failed: false,
});

/** Counts how often the page came into sight again. */
function useReturns(): number {
  const [returns, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const onChange = () => document.hidden || again();
    document.addEventListener('visibilitychange', onChange);
    return () => document.removeEventListener('visibilitychange', onChange);
  }, []);
  return returns;
}

/**
 * The last `seconds` of a card and of the computer: what the studio kept, then each sample as it comes. Read anew when the
 * page was hidden, when the connection was lost, and when the picture was held still.
 */
export function usePast(card: string | null, seconds: Range, held: boolean): Past {
  const [past, setPast] = useState(() => nothing(seconds));
  const returns = useReturns();
  const open = useStudio((state) => state.connection === 'open');

  // `returns`: whoever comes back has missed something
  useEffect(() => {
    if (held || !open) return;
    let current: Past | null = null;
    let drawn = 0;
    let gone = false;

    const draw = (next: Past): void => {
      drawn = performance.now();
      setPast(next);
    };

    function take(sample: Sample): void {
      if (!current) return;
      append(current.card, sample.time, ofCard(sample.cards.find((each) => each.card === card)));
      append(current.host, sample.time, ofHost(sample.host));
      current.bands = carryOn(current.bands, useStudio.getState().live, sample.time);
      current.now = sample.time;
      const every = Math.min(drawAtMostEvery.most, Math.max(drawAtMostEvery.least, current.card.bucket));
      // Timers are never quite on time.
      if (performance.now() - drawn < every - 100 || document.hidden) return;
      current = { ...current };
      draw(current);
    }

    async function read(): Promise<void> {
      const query = { seconds, points: pointsFor(seconds) };
      try {
        const [host, ofTheCard] = await Promise.all([
          client.telemetry.history({ card: null, ...query }),
          card === null ? null : client.telemetry.history({ card, ...query }),
        ]);
        if (gone) return;
        current = {
          card: ofTheCard ? fromHistory(cardQuantities, seconds, ofTheCard) : emptySeries(cardQuantities, seconds),
          host: fromHistory(hostQuantities, seconds, host),
          bands: host.phases,
          now: useMachine.getState().sample?.time ?? host.times.at(-1) ?? null,
          failed: false,
        };
      } catch {
        if (gone) return;
        current = { ...nothing(seconds), failed: true };
      }
      draw(current);
    }

    void read();
    const forget = onSample(take);
    return () => {
      gone = true;
      forget();
    };
  }, [card, seconds, held, open, returns]);

  return past;
}
