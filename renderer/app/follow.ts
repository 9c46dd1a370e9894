import type { StudioEvent } from '../../contract/events.ts';
import { batched } from './batched.ts';
import { client, connected } from './client.ts';
import { Denied } from './connection.ts';
import { show } from './navigation.ts';
import { afterEvent, useStudio } from './store.ts';

/** Ten times a second is as often as figures can be read. */
const drawnMs = 100;

const apply = batched<StudioEvent>(drawnMs, (events) =>
  useStudio.setState((before) => {
    let state = before;
    for (const event of events) state = { ...state, ...afterEvent(state, event) };
    return state;
  }),
);

const pauses = { first: 250, most: 5000 };

/** Cut short when there is reason to believe that the studio is back. */
let hurry: () => void = () => {};
export const connectNow = (): void => hurry();

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    hurry = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function readOnce(): Promise<void> {
  const [about, models, presets] = await Promise.all([client.about(), client.models(), client.presets.list()]);
  useStudio.setState({ about, models, presets });
}

/** What was asked first may be answered last: only the newest answer counts. */
let readings = 0;
async function readPresets(): Promise<void> {
  const reading = ++readings;
  const presets = await client.presets.list().catch(() => null);
  // A studio that does not answer is followed anew, and read with that.
  if (presets !== null && reading === readings) useStudio.setState({ presets });
}

/** Listens for as long as the page lives; what broke is begun again. */
export async function followStudio(): Promise<never> {
  window.addEventListener('online', connectNow);
  document.addEventListener('visibilitychange', () => document.hidden || connectNow());
  let wait = pauses.first;
  for (;;) {
    try {
      const connection = await connected();
      // Before the first snapshot, so that rooms find their models.
      await readOnce();
      const events = await client.events();
      // A stream of a dead link must not be waited for.
      void connection.ended.then(() => events.return?.());
      for await (const event of events) {
        wait = pauses.first;
        if (event.type === 'show') show(event.room);
        else if (event.type === 'presets') void readPresets();
        else apply(event);
      }
      useStudio.setState({ connection: 'lost' });
    } catch (error) {
      console.warn('The studio cannot be followed.', error);
      useStudio.setState({ connection: error instanceof Denied ? 'denied' : 'lost' });
    }
    await pause(wait);
    wait = Math.min(wait * 2, pauses.most);
  }
}
