import type { Failure } from '../../../contract/failure.ts';

/** What went wrong with the worker itself, as opposed to a failure it reported. */
export class WorkerFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}
