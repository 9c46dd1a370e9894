import type { ModelArchitecture } from '../../../contract/model.ts';
import { type Shortcut, shortcutOf } from '../../../contract/shortcut.ts';
import type { Corrections } from './corrections.ts';
import { inexactBy } from './inexact.ts';
import type { PlanMachine } from './machine.ts';
import { combine, contextOf, type Decision, nearestOf } from './plan.ts';
import type { Way } from './prediction.ts';
import { processorContext, processorWays } from './processor.ts';
import type { PlanJob } from './work.ts';

/** The way that was asked for, where it is on offer. */
export const offeredAs = ({ offered }: Decision, shortcut: Shortcut | undefined): Way | undefined =>
  shortcut === undefined ? undefined : offered.find(({ plan }) => shortcutOf(plan) === shortcut);

/**
 * How that which was begun with a shortcut goes on: the fastest such way that fits, or the one that comes nearest to it.
 * Null where this machine cannot.
 */
export function goingOnWith(
  shortcut: Shortcut,
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
): Way | null {
  const { device } = machine;
  if (device.kind === 'cpu') {
    const context = processorContext(machine, device, architecture, job, corrections);
    return shortcut === 'cached-steps' ? nearestOf(processorWays(context, 'beginning', 'cached')) : null;
  }
  const context = contextOf(machine, device, architecture, job, corrections);
  const manner = inexactBy(shortcut, device, context.work);
  return manner && nearestOf(combine(context, manner));
}
