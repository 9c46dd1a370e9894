import type { Remedy } from '../../contract/plan.ts';
import { about, gb } from './output.ts';

/** Other settings with which a clip fits, and what it then takes. */
export function remedyText({ change, seconds }: Remedy): string {
  const time = about(seconds);
  switch (change.kind) {
    case 'frames':
      return `${change.frames} frames: ${time}`;
    case 'size':
      return `${change.width}x${change.height}: ${time}`;
    case 'both':
      return `${change.width}x${change.height} and ${change.frames} frames: ${time}`;
    case 'close-others':
      return `the ${gb(change.bytes)} of the card that other programs hold: ${time}`;
    case 'memory-limit':
      return `${gb(change.bytes)} that it may take: ${time}`;
  }
}
