import { machine, percentile, table } from './report.ts';
import { measureTelemetry } from './telemetry.ts';
import { measureWindow } from './window.ts';

const s = (value: number) => value.toFixed(1);
const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
const share = (usage: { cpuSeconds: number; seconds: number }) => ((usage.cpuSeconds / usage.seconds) * 100).toFixed(1);

export const windowTitle = '## The window';

/** Measures the window and words what came of it. `environment` is a Python environment that is set up. */
export async function windowSection(environment: string): Promise<string> {
  const window = await measureWindow(environment);
  const telemetry = await measureTelemetry();
  const { library } = window;
  return `${windowTitle}

${machine()}

The web studio in a process of its own and its page in Chromium, 1440x900; the desktop has the same studio and page. There is no
card here, so the page is drawn by software: for what is drawn, the time of the page's own thread is told beside the time between
frames, which says little on such a machine.

${table(
  ['', 'measured', 'wanted'],
  [
    [
      'from the start of the process until the page is there, ms (median of 5, in a browser that is open)',
      ms(percentile(window.usable, 0.5)),
      '1500',
    ],
    ['of that, until the studio listens, ms', ms(window.listening), ''],
    ['longest time that the studio stood still while a clip was made, ms', ms(window.render.longestBlockMs), '50'],
    [`studio's processor time while it was made (${s(window.renderSeconds)} s), % of a core`, share(window.render), ''],
    ['studio at rest, nobody looks: memory, MB', megabytes(window.idle.residentBytes), ''],
    ['the same: processor, % of a core', share(window.idle), ''],
    ['studio at rest, Create is open: processor, % of a core', share(window.idleWithPage), ''],
    ['its page: thread, ms a second', ms(window.idlePage.msASecond), ''],
    [
      'a call of the contract over the socket: median and 95 %, ms',
      `${ms(window.callMedian)}, ${ms(window.callP95)}`,
      '1',
    ],
    [
      'Machine is open, live: page thread, ms a second; ms a frame',
      `${ms(window.machine.msASecond)}; ${ms(window.machine.msAFrame)}`,
      '',
    ],
    ['the same behind another page: ms a second', window.hidden.toFixed(1), '0'],
    [
      'reading a card four times a second, % of a core',
      telemetry.corePercent === null ? 'no compiler' : telemetry.corePercent.toFixed(2),
      '1',
    ],
    ['eight hours in 1,000 buckets, 95 %, ms (in the thread of its own)', ms(telemetry.historyP95), ''],
    [
      `library of ${library.clips.toLocaleString('en')} clips: until the first stills are seen, ms`,
      ms(library.firstPosters),
      '',
    ],
    ['scrolling it: page thread, ms a frame', ms(library.scroll.msAFrame), '16.7'],
    ['scrolling it: time between frames, 95 %, ms', ms(library.scroll.intervalP95), '16.7'],
    ['searching it, 95 %, ms', ms(library.searchP95), '30'],
  ],
)}
`;
}
