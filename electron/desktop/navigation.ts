import { app, type WebContents } from 'electron';
import type { HostLog } from '../site/index.ts';
import { openOutside } from './externalLinks.ts';
import { pageAddress } from './scheme.ts';

/** Every web contents, whoever made it: it stays on the page, opens no window and holds no other page. */
export function guardNavigation(log: HostLog): () => void {
  const guard = (_: unknown, contents: WebContents) => {
    contents.on('will-navigate', (event) => {
      if (isStart(event.url)) return;
      event.preventDefault();
      log.refused('a navigation', event.url);
    });
    contents.on('will-redirect', (event) => {
      event.preventDefault();
      log.refused('a redirection', event.url);
    });
    contents.on('will-frame-navigate', (event) => {
      if (event.isMainFrame) return;
      event.preventDefault();
      log.refused('a frame', event.url);
    });
    contents.on('will-attach-webview', (event) => {
      event.preventDefault();
      log.refused('a webview');
    });
    contents.setWindowOpenHandler(({ url }) => {
      if (url.startsWith('https:')) openOutside(url, log);
      else log.refused('a new window', url);
      return { action: 'deny' };
    });
  };
  app.on('web-contents-created', guard);
  return () => app.off('web-contents-created', guard);
}

/** The page itself, at any of its places: media and tables are shown in it, not instead of it. */
const isStart = (address: string) => address.split('#', 1)[0] === pageAddress;
