import type { Session } from 'electron';
import type { HostLog } from '../site/index.ts';
import { isPage } from './scheme.ts';

const inside = /^(?:blob:studio:\/\/app\/|data:|devtools:|chrome-extension:\/\/)/;

/** Nothing of the window's own reaches the network, whatever a page or the browser in it may want. */
export function guardTraffic(session: Session, log: HostLog): void {
  session.webRequest.onBeforeRequest(({ url, resourceType }, answer) => {
    const cancel = !isPage(url) && !inside.test(url);
    if (cancel) log.refused(`a request (${resourceType})`, url);
    answer({ cancel });
  });
}

/** Files are written where the person says, and only those that the page itself has made or been given. */
export function guardDownloads(session: Session, log: HostLog): void {
  session.on('will-download', (event, item) => {
    const from = item.getURL();
    if (isPage(from) || from.startsWith('blob:studio://app/')) return;
    event.preventDefault();
    log.refused('a download', from);
  });
}
