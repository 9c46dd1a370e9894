import { create } from 'zustand';
import type { Machine, Sample } from '../../../contract/telemetry.ts';
import { client, connected } from '../client.ts';

interface MachineState {
  machine: Machine | null;
  /** The latest, for figures: eyes follow two a second, and each costs drawing. Null before the first. */
  sample: Sample | null;
}

export const useMachine = create<MachineState>()(() => ({ machine: null, sample: null }));

const shownEvery = 450;
let shownAt = 0;

const listeners = new Set<(sample: Sample) => void>();

/** Every sample, for what keeps them. */
export function onSample(listener: (sample: Sample) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What the last minute was like, for sparklines. Read when a sample comes; it is not watched. */
export const recent: Sample[] = [];
const recentFor = 60_000;
const pauses = { first: 500, most: 10_000 };

/** Which cards answer: when that changes, the machine is described anew. */
const answering = (sample: Sample): string =>
  sample.cards.map((card) => `${card.card} ${card.memoryUsed !== null || card.utilisation !== null}`).join();

const isStarting = (machine: Machine | null): boolean =>
  machine === null || (machine.source.kind === 'none' && machine.source.reason === 'starting');

function keep(sample: Sample): void {
  // The clock was put back.
  if (sample.time <= (recent.at(-1)?.time ?? 0)) recent.length = 0;
  recent.push(sample);
  while ((recent[0]?.time ?? sample.time) < sample.time - recentFor) recent.shift();
}

/** Reads the machine for as long as somebody looks; a page that is hidden asks for nothing. Returns how to stop. */
export function startFeed(): () => void {
  let stopped = false;
  let wake: () => void = () => {};
  let stream: AbortController | null = null;

  const sleep = (ms: number | null): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(resolve, ms);
      wake = () => {
        if (timer) clearTimeout(timer);
        resolve();
      };
    });

  const onVisibility = (): void => {
    if (document.hidden) stream?.abort();
    else wake();
  };

  async function follow(): Promise<void> {
    const connection = await connected();
    const own = new AbortController();
    stream = own;
    // A stream of a dead link must not be waited for.
    void connection.ended.then(() => own.abort());
    let asked = '';
    let asking = false;
    const describe = async (): Promise<void> => {
      asking = true;
      try {
        useMachine.setState({ machine: await client.telemetry.machine() });
      } finally {
        asking = false;
      }
    };
    const samples = await client.telemetry.samples(undefined, { signal: own.signal });
    for await (const sample of samples) {
      keep(sample);
      for (const listener of listeners) listener(sample);
      if (performance.now() - shownAt >= shownEvery) {
        shownAt = performance.now();
        useMachine.setState({ sample });
      }
      const now = answering(sample);
      if (!asking && (now !== asked || isStarting(useMachine.getState().machine))) {
        asked = now;
        // The stream tells when the studio is gone.
        describe().catch(() => {});
      }
    }
  }

  async function run(): Promise<void> {
    let pause = pauses.first;
    while (!stopped) {
      if (document.hidden) {
        await sleep(null);
        continue;
      }
      const before = recent.at(-1);
      try {
        await follow();
      } catch {
        // Cut off, by us or by the studio's end: the window itself says so.
      }
      pause = recent.at(-1) === before ? Math.min(pause * 2, pauses.most) : pauses.first;
      if (!stopped && !document.hidden) await sleep(pause);
    }
  }

  document.addEventListener('visibilitychange', onVisibility);
  void run();
  return () => {
    stopped = true;
    document.removeEventListener('visibilitychange', onVisibility);
    stream?.abort();
    wake();
  };
}
