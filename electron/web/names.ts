import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];
const everywhere = new Set(['0.0.0.0', '::']);

export const isLoopback = (host: string): boolean => loopback.includes(hostOf(host));

/** How an address is written in a Host header and in an address. */
export const hostOf = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address.toLowerCase());

/**
 * The names under which a studio that listens on `host` may be called. Loopback's are always among them:
 * a tunnel from another machine ends there.
 */
export function namesOf(host: string): Set<string> {
  if (isLoopback(host)) return new Set(loopback);
  if (!everywhere.has(host)) return new Set([...loopback, hostOf(host)]);
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = hostname().toLowerCase();
  return new Set([...loopback, own, `${own}.local`, ...addresses.map(({ address }) => hostOf(address))]);
}

/** An address that a person can open, for one that means all of them. */
export function reachable(host: string): string {
  if (!everywhere.has(host)) return host;
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
