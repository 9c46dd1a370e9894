import { setTimeout as delay } from 'node:timers/promises';
import type { Holder } from '../../../contract/failure.ts';
import type { CardSample, CardUser, Sample } from '../../../contract/telemetry.ts';
import { type Ours, programName } from '../telemetry/cards.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** Looks at the card that a render uses, when there is reason to. Nothing here throws: what is not known is null. */
export interface Onlooker {
  card(name: string): Promise<CardSample | null>;
  /** Other programs that have memory of it, the largest first. */
  others(name: string): Promise<Holder[]>;
  dispose(): Promise<void>;
}

/** How long a failure waits for what is told beside it. */
const answerWithin = 3000;

/**
 * Looks through `reader`; one that is to be opened first is opened when there is something to look at, and ended with
 * the onlooker. `use`: what our worker is and holds.
 */
export function onlooker(reader: Telemetry | (() => Telemetry), use: () => Ours): Onlooker {
  let opened: Telemetry | null = null;
  const telemetry = (): Telemetry => {
    opened ??= typeof reader === 'function' ? reader() : reader;
    opened.ours(use());
    return opened;
  };
  const answered = <Value>(answer: Promise<Value>, otherwise: Value): Promise<Value> =>
    Promise.race([answer.catch(() => otherwise), delay(answerWithin, otherwise, { ref: false })]);

  async function look(name: string): Promise<{ from: Telemetry; card: CardSample } | null> {
    const from = telemetry();
    const { cards } = await from.machine();
    const sample = await nextSample(from, answerWithin);
    const ids = cards.filter((card) => card.name === name).map(({ id }) => id);
    const card = sample === null ? null : cardAtWork(sample, ids);
    return card === null ? null : { from, card };
  }

  return {
    card: (name) =>
      answered(
        look(name).then((found) => found?.card ?? null),
        null,
      ),
    others: (name) =>
      answered(
        look(name).then((found) => (found === null ? [] : othersOn(found.from, found.card.card))),
        [],
      ),
    async dispose() {
      if (typeof reader === 'function') await opened?.dispose();
    },
  };
}

async function othersOn(telemetry: Telemetry, card: string): Promise<Holder[]> {
  return otherPrograms(await telemetry.users(card)).map(({ name, bytes }) => ({ name, bytes }));
}

/** The window draws with the card, too, and is no other program. */
export function otherPrograms(users: readonly CardUser[]): CardUser[] {
  const own = programName(process.execPath);
  return users.filter(({ ours, name }) => !ours && name !== own);
}

/** Of several cards of one name, the one of which we hold most. */
export function cardAtWork(sample: Sample, ids: readonly string[]): CardSample | null {
  const cards = sample.cards.filter(({ card }) => ids.includes(card));
  return cards.sort((one, other) => (other.memoryOurs ?? 0) - (one.memoryOurs ?? 0))[0] ?? null;
}

function nextSample(telemetry: Telemetry, withinMs: number): Promise<Sample | null> {
  return new Promise((resolve) => {
    const end = (sample: Sample | null): void => {
      clearTimeout(timer);
      stop();
      resolve(sample);
    };
    const timer = setTimeout(() => end(null), withinMs);
    timer.unref();
    const stop = telemetry.watch(end);
  });
}
