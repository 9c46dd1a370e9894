import { useSyncExternalStore } from 'react';
import { Room } from '../../contract/events.ts';

export const rooms = Room.options;
export type { Room };

/** Where the window is: a room and, in some, what is open in it. */
export interface Place {
  room: Room;
  id: string | null;
}

/** `#/library/ID`; anything else is Create. */
export function readPlace(hash: string): Place {
  const [room = '', id = ''] = hash.replace(/^#\/?/, '').split('/');
  const known = rooms.find((each) => each === room);
  if (!known) return { room: 'create', id: null };
  try {
    return { room: known, id: decodeURIComponent(id) || null };
  } catch {
    return { room: known, id: null };
  }
}

export const placeHash = (room: Room, id: string | null = null): string =>
  id === null ? `#/${room}` : `#/${room}/${encodeURIComponent(id)}`;

/** Goes there; back leads to where one was. */
export function show(room: Room, id: string | null = null): void {
  location.hash = placeHash(room, id);
}

function watch(watcher: () => void): () => void {
  window.addEventListener('hashchange', watcher);
  return () => window.removeEventListener('hashchange', watcher);
}

let last: { hash: string; place: Place } | null = null;
function current(): Place {
  const { hash } = location;
  if (last?.hash !== hash) last = { hash, place: readPlace(hash) };
  return last.place;
}

export const useRoom = (): Place => useSyncExternalStore(watch, current);
