import { readFileSync, writeFileSync } from 'node:fs';
import type { Rectangle } from 'electron';
import { z } from 'zod';

const side = z.int().min(1).max(100_000);
const place = z.int().min(-100_000).max(100_000);

const WindowState = z.object({
  bounds: z.object({ x: place, y: place, width: side, height: side }).nullable().catch(null),
  maximized: z.boolean().catch(false),
});
export type WindowState = z.infer<typeof WindowState>;

export const smallest = { width: 700, height: 500 } as const;
const usual = { width: 1360, height: 860 } as const;

export function readWindowState(file: string): WindowState {
  try {
    return WindowState.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { bounds: null, maximized: false };
  }
}

/** Where the window was is not worth a failure. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state));
  } catch {
    // A read-only folder: the next window opens at its usual place.
  }
}

/** Where to open: as it was if enough of its top can be seen and grasped, else in the middle of the first screen. */
export function placeOn(workAreas: readonly Rectangle[], remembered: Rectangle | null): Partial<Rectangle> {
  const first = workAreas[0] ?? { x: 0, y: 0, ...usual };
  const fit = (wanted: number, least: number, room: number) => Math.max(Math.min(wanted, room), Math.min(least, room));
  const sized = ({ width, height }: { width: number; height: number }, area: Rectangle) => ({
    width: fit(width, smallest.width, area.width),
    height: fit(height, smallest.height, area.height),
  });
  if (remembered !== null) {
    for (const area of workAreas) {
      const place = { x: remembered.x, y: remembered.y, ...sized(remembered, area) };
      if (canBeGrasped(place, area)) return place;
    }
  }
  return sized(remembered ?? usual, first);
}

const graspable = { width: 120, height: 32 };

/** A piece of the title bar lies on the screen. */
function canBeGrasped(window: Rectangle, area: Rectangle): boolean {
  const shown = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const top = window.y >= area.y - 8 && window.y + graspable.height <= area.y + area.height;
  return shown >= graspable.width && top;
}
