import type { BrowserWindow } from 'electron';
import { powerSaveBlocker } from 'electron';
import type { Live } from '../../contract/engine.ts';
import type { StudioEvent } from '../../contract/events.ts';
import type { Session } from '../studio/session/index.ts';

/** Electron's word for "at work, but nobody knows how far". */
const indeterminate = 2;
const none = -1;
/** What denoising is of a whole render, roughly: the taskbar has no room for more. */
const denoisingShare = 0.85;

/** How far a render is, as the taskbar shows it. */
export function barOf(live: Live | null): number {
  if (live === null) return none;
  const part = live.step === null || live.of === null ? null : live.step / live.of;
  switch (live.phase) {
    case 'loading':
    case 'encoding':
      return indeterminate;
    case 'denoising':
      return part === null ? indeterminate : part * denoisingShare;
    case 'decoding':
      return denoisingShare + (part ?? 0) * (1 - denoisingShare);
    case 'finishing':
      return 1;
  }
}

export function showProgress(window: BrowserWindow | null, live: Live | null): void {
  window?.setProgressBar(barOf(live));
}

/** A job that recovers, or whose worker starts, is under way though nothing can be shown of it. */
export const staysAwake = (event: StudioEvent, session: Pick<Session, 'rendering' | 'queue'>): boolean =>
  (event.type === 'live' && event.live !== null) || session.rendering() || session.queue().startAt !== null;

/** Keeps the computer from going to sleep by itself while something is being made. */
export function createWakefulness(): { set(awake: boolean): void; dispose(): void } {
  let blocker: number | null = null;
  const release = () => {
    if (blocker !== null) powerSaveBlocker.stop(blocker);
    blocker = null;
  };
  return {
    set(awake) {
      if (!awake) release();
      else blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    },
    dispose: release,
  };
}
