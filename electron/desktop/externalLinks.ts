import { shell } from 'electron';
import type { HostLog } from '../site/index.ts';

/** Where the page may send a person: makers of drivers and models, texts of licences. */
const hosts = new Set(['www.nvidia.com', 'huggingface.co', 'www.apache.org', 'nodejs.org', 'www.python.org']);

export function isAllowedOutside(address: string): boolean {
  try {
    const { protocol, hostname, username, password, port } = new URL(address);
    return protocol === 'https:' && hosts.has(hostname) && username === '' && password === '' && port === '';
  } catch {
    return false;
  }
}

/** In the person's own browser, never in a window of ours. */
export function openOutside(address: string, log: HostLog): void {
  if (!isAllowedOutside(address)) return log.refused('a link to the outside', address);
  shell.openExternal(address).catch((error: unknown) => log.failed(`opening ${address}`, error));
}
