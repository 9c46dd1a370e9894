import type { Desk } from './desk.ts';
import type { Shelf } from './shelf.ts';

export { Desk } from './desk.ts';
export { Shelf } from './shelf.ts';
export { lines, wrapped } from './wrapped.ts';

/** What is kept, and what lies there to be looked at. */
export interface Presets {
  shelf: Shelf;
  desk: Desk;
}
