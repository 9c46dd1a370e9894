import { historyLength } from '../../../../contract/api/prompts.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function promptRoutes(os: Guarded['prompts'], { studio: { jobs, wildcards } }: RouterParts) {
  return {
    history: os.history.handler(() => jobs.prompts(historyLength)),
    wildcards: os.wildcards.handler(() => wildcards.list()),
    setWildcard: os.setWildcard.handler(({ input }) => wildcards.set(input)),
    removeWildcard: os.removeWildcard.handler(({ input }) => wildcards.remove(input.name)),
  };
}
