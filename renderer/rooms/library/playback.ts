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

interface Timed {
  frames: number;
  fps: number;
}

/** One time axis for two clips: as fine as the finer of them, as long as the longer. */
export function commonTicks(one: Timed, other: Timed): { ticks: number; rate: number } {
  const rate = Math.max(one.fps, other.fps);
  const length = Math.max(one.frames / one.fps, other.frames / other.fps);
  return { ticks: Math.max(1, Math.ceil(length * rate - 0.001)), rate };
}

/** The frame of a clip at a tick; one that is over stays at its last. */
export const frameAtTick = (tick: number, rate: number, { frames, fps }: Timed): number =>
  frameAt(tick / rate, fps, frames);
