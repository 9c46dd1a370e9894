import type { Failure } from '../../../contract/failure.ts';
import type { Prediction } from '../../../contract/plan.ts';
import type { Progress, RenderOutcome } from '../../../contract/worker.ts';
import type { Onlooker } from './onlooker.ts';
import { collapsed, memoryMoved, predictedStep } from './spill.ts';

export interface Watched {
  /** The card's name, and what plans leave free of it; null on the processor. */
  card: { name: string; reserveBytes: number } | null;
  predicted: Prediction | null;
  /** However slow it becomes, it is let go on. */
  tolerate: boolean;
  onlooker: Onlooker;
}

type Render = (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<RenderOutcome>;
type SpillFailure = Extract<Failure, { cause: 'spill' }>;

/**
 * A render under the eyes of somebody who looks at the card when steps collapse, or memory runs out: what the worker
 * itself cannot know becomes part of how it ends.
 */
export async function watchedRender(
  render: Render,
  { card, predicted, tolerate, onlooker }: Watched,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<RenderOutcome> {
  if (card === null) return render(onProgress, signal);
  const stop = new AbortController();
  let spill: SpillFailure | null = null;
  let looking = false;
  let steps: { phase: string; seconds: readonly number[] } = { phase: '', seconds: [] };

  const suspect = async (failure: SpillFailure): Promise<void> => {
    if (looking) return;
    looking = true;
    const seen = await onlooker.card(card.name);
    looking = false;
    if (seen === null || spill !== null || !memoryMoved(seen, card.reserveBytes)) return;
    spill = failure;
    stop.abort();
  };
  const hear = (progress: Progress): void => {
    onProgress(progress);
    // What did not run says nothing of how long it takes.
    if (tolerate || progress.type !== 'step' || progress.cached) return;
    const { phase, step, of } = progress;
    steps = { phase, seconds: [...(steps.phase === phase ? steps.seconds : []), progress.seconds] };
    const found = collapsed(steps.seconds, predictedStep(predicted, phase, of));
    if (found === null) return;
    const detail = `Step ${step} of ${of}: ${found.stepSeconds.toFixed(1)} s instead of ${found.expectedSeconds.toFixed(1)} s.`;
    void suspect({ cause: 'spill', phase, step, ...found, detail });
  };

  const outcome = await render(hear, AbortSignal.any([signal, stop.signal]));
  if (outcome.kind === 'cancelled' && spill !== null && !signal.aborted) return { kind: 'failed', failure: spill };
  return outcome.kind === 'failed'
    ? { kind: 'failed', failure: await withOthers(outcome.failure, card, onlooker) }
    : outcome;
}

/** When memory of the card runs out, with who else has some. */
export async function withOthers(failure: Failure, card: Watched['card'], onlooker: Onlooker): Promise<Failure> {
  if (failure.cause !== 'device-memory' || card === null) return failure;
  return { ...failure, others: await onlooker.others(card.name) };
}
