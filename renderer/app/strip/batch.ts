/** The clips that are made one after the other until the queue is empty: "clip 2 of 5". */
export interface Batch {
  /** Clips of it that are done. */
  done: number;
  last: string | null;
}

export const noBatch: Batch = { done: 0, last: null };

/** `inLine`: how many are being made, or will be without being asked for. */
export function batchAfter(batch: Batch, inLine: number, lastDone: string | null): Batch {
  const done = lastDone !== batch.last && lastDone !== null ? batch.done + 1 : batch.done;
  if (inLine === 0) return { done: 0, last: lastDone };
  return done === batch.done && lastDone === batch.last ? batch : { done, last: lastDone };
}

export const clipOf = (batch: Batch, inLine: number): { clip: number; clips: number } => ({
  clip: batch.done + 1,
  clips: batch.done + inLine,
});
