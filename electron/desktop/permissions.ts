import type { Session } from 'electron';
import type { HostLog } from '../site/index.ts';
import { isPage } from './scheme.ts';

/** What the page needs: copying text, and a clip on the whole screen. */
const allowed = new Set(['clipboard-sanitized-write', 'fullscreen']);

export function guardPermissions(session: Session, log: HostLog): void {
  session.setPermissionRequestHandler((_, permission, answer, details) => {
    const granted = allowed.has(permission) && details.isMainFrame && isPage(details.requestingUrl);
    if (!granted) log.refused(`the permission ${permission}`, details.requestingUrl);
    answer(granted);
  });
  // Asked often and without a person's doing: each kind is written down once.
  const told = new Set<string>();
  session.setPermissionCheckHandler((_, permission, origin, details) => {
    const granted = allowed.has(permission) && details.isMainFrame && isPage(origin);
    if (!granted && !told.has(permission)) log.refused(`the permission ${permission}`, origin);
    if (!granted) told.add(permission);
    return granted;
  });
  session.setDevicePermissionHandler(() => false);
}
