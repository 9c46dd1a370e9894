import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who may come in, decided from what a request says about itself. */
export interface Door {
  token: string;
  /** Carries the port: cookies do not know one, and two studios on one machine must not take each other's. */
  cookie: string;
  /** Names under which this machine may be called, in lower case. A name that is not here is somebody's trick. */
  names: ReadonlySet<string>;
}

export interface Asked {
  method: string;
  /** Path and query. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** A connection that is to stay open and carry messages. */
  upgrade: boolean;
}

export type Verdict =
  | { kind: 'welcome' }
  /** The address that was printed: the token moves into a cookie and out of the address. */
  | { kind: 'enter' }
  | { kind: 'refused'; status: 401 | 403 | 421; why: string };

export const newToken = (): string => randomBytes(32).toString('base64url');

export function decide(door: Door, asked: Asked): Verdict {
  const host = one(asked.headers['host']);
  if (host === undefined || !door.names.has(nameOf(host))) return refused(421, `the Host ${host ?? '(none)'}`);

  const origin = one(asked.headers['origin']);
  if (origin !== undefined && !isOwn(origin, host)) return refused(403, `the Origin ${origin}`);
  const site = one(asked.headers['sec-fetch-site']);
  const navigation = one(asked.headers['sec-fetch-mode']) === 'navigate' && asked.method === 'GET' && !asked.upgrade;
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigation) {
    return refused(403, `a request from another site (${site})`);
  }

  const bearer = /^Bearer +(\S+)$/i.exec(one(asked.headers['authorization']) ?? '')?.[1];
  if (bearer !== undefined) return same(bearer, door.token) ? welcome : refused(401, 'a wrong token');

  const given = queryToken(asked.url);
  if (given !== null && asked.method === 'GET' && !asked.upgrade) {
    return same(given, door.token) ? { kind: 'enter' } : refused(401, 'a wrong token');
  }
  const cookie = readCookie(one(asked.headers['cookie']), door.cookie);
  if (cookie === null) return refused(401, 'no token');
  if (!same(cookie, door.token)) return refused(401, 'a wrong token');
  // A cookie is sent along by any page's request; only our own page's says where it comes from.
  const changes = asked.upgrade || (asked.method !== 'GET' && asked.method !== 'HEAD');
  return changes && origin === undefined ? refused(403, 'a change without an Origin') : welcome;
}

const welcome: Verdict = { kind: 'welcome' };
const refused = (status: 401 | 403 | 421, why: string): Verdict => ({ kind: 'refused', status, why });

export const cookieName = (port: number): string => `reelwright-${port}`;

/** Not readable by scripts, never sent along from another site, forgotten with the browser. */
export const cookieHeader = ({ cookie, token }: Door): string =>
  `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/`;

/**
 * What the printed address shows, for a moment. Not a redirection: a browser that came from another site would follow
 * it without the cookie, whereas from here on our own page asks.
 */
export const threshold = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="refresh" content="0; url=/" />
    <title>Reelwright</title>
  </head>
  <body>
    <a href="/">Reelwright</a>
  </body>
</html>
`;

/** The name in a Host header, without the port. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}

/** Behind a tunnel with TLS the scheme differs, the host does not. */
function isOwn(origin: string, host: string): boolean {
  try {
    const url = new URL(origin);
    return (
      (url.protocol === 'http:' || url.protocol === 'https:') && url.host === new URL(`${url.protocol}//${host}`).host
    );
  } catch {
    return false;
  }
}

function queryToken(url: string): string | null {
  const at = url.indexOf('?');
  return at < 0 ? null : new URLSearchParams(url.slice(at)).get('token');
}

function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? undefined : value);

const digest = (text: string) => createHash('sha256').update(text).digest();

/** In constant time, whatever the lengths. */
const same = (given: string, token: string) => timingSafeEqual(digest(given), digest(token));
