import { Notification } from 'electron';
import type { Job } from '../../contract/job.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Words } from './words.ts';

/**
 * What is told of a job that has ended, or is about to be recovered. The sound is the notification's own; `urgent` is
 * what does not go on without the person.
 */
export type Telling =
  | { kind: 'nothing' }
  | { kind: 'notification'; title: string; body: string; silent: boolean; urgent: boolean };

function titleOf({ state }: Job, words: Words): string | null {
  switch (state.kind) {
    case 'done':
      return words.done;
    case 'failed':
      return state.next?.kind === 'recover' ? words.waits : words.failed;
    case 'recovering':
      return state.beginsAt === undefined ? null : words.recovers;
    default:
      return null;
  }
}

export function tellingOf(job: Job, { notify, sound }: Settings, inFront: boolean, words: Words): Telling {
  const title = titleOf(job, words);
  if (title === null || inFront || !notify) return { kind: 'nothing' };
  const body = shortened(job.settings.prompt);
  return { kind: 'notification', title, body, silent: !sound, urgent: job.state.kind === 'failed' };
}

/** True of each failure once, when its countdown begins: it may be counted anew while somebody chooses. */
export function countdowns(): (job: Job) => boolean {
  let last = '';
  return ({ id, state }) => {
    if (state.kind !== 'recovering' || state.beginsAt === undefined) return false;
    const failure = `${id} ${state.attempt}`;
    const begins = failure !== last;
    last = failure;
    return begins;
  };
}

/** Those that can still be clicked: one that nobody holds is collected, and its click with it. */
const standing = new Set<Notification>();

export function tell(telling: Telling, onClick: () => void): void {
  if (telling.kind !== 'notification' || !Notification.isSupported()) return;
  const { title, body, silent } = telling;
  const notification = new Notification({ title, body, silent });
  const gone = () => standing.delete(notification);
  notification.on('click', () => {
    gone();
    onClick();
  });
  notification.on('close', gone);
  notification.on('failed', gone);
  standing.add(notification);
  notification.show();
}

const longest = 120;
/** By characters as people see them: half an emoji is none. */
function shortened(text: string): string {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}
