import { Notification } from 'electron';
import type { Job } from '../../contract/job.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Words } from './words.ts';

/** What is told of a job that has ended. The sound is the notification's own. */
export type Telling = { kind: 'nothing' } | { kind: 'notification'; title: string; body: string; silent: boolean };

export function tellingOf(job: Job, { notify, sound }: Settings, inFront: boolean, words: Words): Telling {
  const ended = job.state.kind === 'done' || job.state.kind === 'failed';
  if (!ended || inFront || !notify) return { kind: 'nothing' };
  const title = job.state.kind === 'done' ? words.done : words.failed;
  return { kind: 'notification', title, body: shortened(job.settings.prompt), silent: !sound };
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
