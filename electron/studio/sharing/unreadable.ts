import type { ReceiveProblem } from '../../../contract/received.ts';

/** Thrown inside, wherever something that came in goes wrong; `receive` makes a value of it. */
export class Unreadable extends Error {
  readonly problem: ReceiveProblem;

  constructor(problem: ReceiveProblem) {
    super(problem.problem);
    this.problem = problem;
  }
}

type Limit = Extract<ReceiveProblem, { problem: 'limit' }>['limit'];

export function limitTo(limit: Limit, given: number, max: number): void {
  if (given > max) throw new Unreadable({ problem: 'limit', limit, max });
}
