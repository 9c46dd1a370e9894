import { app, dialog, type WebContents } from 'electron';
import type { HostLog } from '../site/index.ts';
import type { Words } from './words.ts';

const often = { times: 3, withinMs: 60_000 } as const;

/** True when the page has failed so often that trying again by itself would only flicker. */
export function failsTooOften(failures: readonly number[], now: number): boolean {
  return failures.filter((time) => now - time < often.withinMs).length > often.times;
}

/** A page that crashed is loaded again; the studio and its job live in another process and notice nothing. */
export function reviveCrashedPages(log: HostLog, words: () => Words, quit: () => void): () => void {
  let failures: number[] = [];
  const revive = async (_: unknown, contents: WebContents, { reason, exitCode }: Electron.RenderProcessGoneDetails) => {
    if (reason === 'clean-exit' || contents.isDestroyed()) return;
    log.failed('the page', `${reason}, exit code ${exitCode}`);
    const now = Date.now();
    failures = [...failures.slice(-often.times), now];
    if (failsTooOften(failures, now)) {
      failures = [];
      const { title, detail, again, quit: end } = words().crashed;
      const { response } = await dialog.showMessageBox({
        type: 'error',
        message: title,
        detail,
        buttons: [again, end],
      });
      if (response === 1) return quit();
    }
    if (!contents.isDestroyed()) contents.reload();
  };
  const note = (_: unknown, { type, reason, exitCode }: Electron.Details) => {
    if (reason !== 'clean-exit') log.failed(`the process ${type}`, `${reason}, exit code ${exitCode}`);
  };
  app.on('render-process-gone', revive);
  app.on('child-process-gone', note);
  return () => {
    app.off('render-process-gone', revive);
    app.off('child-process-gone', note);
  };
}
