/** The frame that a player shows at a time. */
export function frameAt(seconds: number, fps: number, frames: number): number {
  // Times come rounded: a hair before a frame's beginning is that frame.
  const frame = Math.floor(seconds * fps + 0.001);
  return Math.max(0, Math.min(frames - 1, frame));
}

/** A time at which a player is sure to show the frame: its middle. */
export const timeOf = (frame: number, fps: number): number => (frame + 0.5) / fps;

/** Cards are 3:2. What is nearly so fills them; a tall or very wide clip is shown whole. */
export const fillsCard = (width: number, height: number): boolean => width / height > 1.2 && width / height < 2;
