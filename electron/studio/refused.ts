import type { Refusal } from '../../contract/refusal.ts';

/** Thrown where something that was asked for is not done; the hosts have the words. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`Refused: ${refusal.reason}`);
    this.refusal = refusal;
  }
}
