import type { ReceiveProblem } from '../../contract/received.ts';
import { visible } from '../../contract/visible.ts';
import { words } from './index.ts';

/** Why something that came in cannot be used. */
export function receiveProblemWords(problem: ReceiveProblem): string {
  switch (problem.problem) {
    case 'newer':
      return problem.needs === null
        ? words('presets:problem.newer')
        : words('presets:problem.newerNeeds', { needs: problem.needs });
    case 'field':
      return words(`presets:problem.field.${problem.fault}`, { field: visible(problem.field) });
    case 'limit':
      return words(`presets:problem.limit.${problem.limit}`);
    default:
      return words(`presets:problem.${problem.problem}`);
  }
}
