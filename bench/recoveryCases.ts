/** Where memory runs out, and how little there is from then on; and what else may befall a render on a card. */
import type { Phase } from '../contract/render.ts';

/** For bench/gpu/capped_worker.py. */
export interface Fault {
  at: 'never' | 'load' | 'text' | 'image' | 'denoising' | 'decoding';
  step?: number;
  how: 'limit' | 'another-program' | 'driver' | 'killed';
  gib: number;
  later?: number;
  state: 'waiting';
}

export interface Case {
  name: string;
  fault: Fault;
}

const gib = 2 ** 30;
/** Of what the phase took when nothing was in its way. */
const left = 0.7;

/** From then on there is no more of the card than it says. */
export const leavesLittle = ({ how }: Fault): boolean => how === 'limit' || how === 'another-program';

/**
 * `peaks`: what each phase allocated on the card when nothing was in its way; none on the processor. `least`: bytes with
 * which the clip can still be made by prediction.
 */
export function recoveryCases(
  steps: number,
  picture: boolean,
  peaks: ReadonlyMap<Phase, number>,
  least: number,
): Case[] {
  const limit = (phase: Phase) => {
    if (peaks.size === 0) return 0;
    const peak = peaks.get(phase);
    if (peak === undefined) throw new Error(`What ${phase} takes of the card was not measured.`);
    const bytes = Math.max(left * peak, least);
    if (bytes > 0.97 * peak)
      throw new Error(`Memory cannot run out while ${phase} without leaving too little for the clip.`);
    return Math.ceil((100 * bytes) / gib) / 100;
  };
  const at = (name: string, fault: Omit<Fault, 'state' | 'how'> & Partial<Fault>): Case => ({
    name,
    fault: { how: 'limit', ...fault, state: 'waiting' },
  });
  const middle = Math.ceil(steps / 2);
  const step = (name: string, number: number) =>
    at(`${name} step`, { at: 'denoising', step: number, gib: limit('denoising') });
  const meanwhile = (name: string, how: Fault['how']) =>
    at(name, { at: 'denoising', step: middle, how, gib: limit('denoising') });
  return [
    // Where nothing comes to a card, nothing can fail on its way.
    ...(peaks.size > 0 ? [at('load', { at: 'load', gib: limit('denoising') })] : []),
    at('text', { at: 'text', gib: limit('encoding') }),
    // Less than a picture's encode is needed by no other phase: somebody takes everything, and gives some of it back.
    ...(picture ? [at('picture', { at: 'image', gib: 0, later: limit('denoising') })] : []),
    step('first', 1),
    step('middle', middle),
    step('last', steps),
    at('decode', { at: 'decoding', gib: limit('decoding') }),
    meanwhile('worker killed', 'killed'),
    // Without a card there is nothing to lose, and nobody who shares it; who does leaves once the next clip is made.
    ...(peaks.size > 0 ? [meanwhile('card lost', 'driver'), meanwhile('another program', 'another-program')] : []),
  ];
}
