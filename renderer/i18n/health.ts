import type { Health } from '../../contract/telemetry.ts';
import { figures, words } from './index.ts';

export interface HealthWords {
  /** What is the matter, without a full stop. */
  title: string;
  /** Why, and what to do about it. */
  text: string;
}

type Underused = Extract<Health, { kind: 'underused' }>;

/** Percent: less is idle, whatever it draws. */
const busyFrom = 90;
/** So many that a line holds them. */
const named = 3;

function underusedTitle({ utilisation, power, powerLimit }: Underused): string {
  const { number } = figures();
  const share = number(utilisation);
  if (utilisation < busyFrom || power === null || powerLimit === null)
    return words('machine:health.title.underused', { utilisation: share });
  const drawn = { power: number(power), powerLimit: number(powerLimit) };
  return words('machine:health.title.idling', { utilisation: share, ...drawn });
}

function underusedText({ cause, program, pcieReceive }: Underused): string {
  switch (cause) {
    case 'streaming':
      return pcieReceive === null
        ? words('machine:health.underused.streaming')
        : words('machine:health.underused.streamingAt', { rate: figures().number(pcieReceive / 1e9, 1) });
    case 'processor':
    case 'paging':
      return program === null
        ? words(`machine:health.underused.${cause}`)
        : words(`machine:health.underused.${cause}By`, { program });
    case 'heat':
    case 'power':
    case 'unknown':
      return words(`machine:health.underused.${cause}`);
  }
}

function slowedWords(health: Extract<Health, { kind: 'slowed' }>): HealthWords {
  const { number } = figures();
  const { cause, temperature, clock, usualClock, program } = health;
  if (cause === 'another-program') {
    const text = program === null ? words('machine:health.sharedUnknown') : words('machine:health.shared', { program });
    return { title: words('machine:health.title.shared'), text };
  }
  return {
    title:
      temperature === null
        ? words('machine:health.title.hot')
        : words('machine:health.title.heat', { temperature: number(temperature) }),
    text:
      clock === null || usualClock === null || clock >= usualClock
        ? words('machine:health.heat')
        : words('machine:health.heatClock', { usual: number(usualClock), clock: number(clock) }),
  };
}

/** What holds a render up, in the words of the moment's language; null when nothing does. */
export function healthWords(health: Health): HealthWords | null {
  const { number, bytes, language } = figures();
  switch (health.kind) {
    case 'healthy':
      return null;
    case 'underused':
      return { title: underusedTitle(health), text: underusedText(health) };
    case 'slowed':
      return slowedWords(health);
    case 'nearly-full': {
      const names = health.others.slice(0, named).map(({ name }) => name);
      const list = new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
      return {
        title: words('machine:health.title.nearly-full', {
          used: bytes(health.usedBytes),
          total: bytes(health.totalBytes),
        }),
        text: names.length === 0 ? words('machine:health.full') : words('machine:health.fullBy', { names: list }),
      };
    }
    case 'processor': {
      const { percent, program } = health;
      return {
        title: words('machine:health.title.processor', { percent: number(percent) }),
        text: program === null ? words('machine:health.processor') : words('machine:health.processorBy', { program }),
      };
    }
  }
}
