import type { Failure } from '../../../contract/failure.ts';
import type { Attempt, NextAttempt } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { after } from '../planner/alternatives.ts';
import { uncorrected } from '../planner/corrections.ts';
import type { ModelFacts } from '../planner/facts.ts';
import type { PlanMachine } from '../planner/machine.ts';
import { decide } from '../planner/plan.ts';
import type { PlanJob } from '../planner/work.ts';
import { nextAttempt } from './index.ts';

export interface World {
  machine: PlanMachine;
  model: ModelFacts;
  job: PlanJob;
}

export interface Met {
  plan: Plan;
  kept: Kept;
  failure: Failure;
  next: NextAttempt;
}

/** How an attempt ends: null when it gives the clip. */
export type Fate = (plan: Plan, kept: Kept, attempt: number) => { failure: Failure; kept: Kept } | null;

/** Runs a job down the ladder for as long as it has a rung, as the queue does. */
export function descend({ machine, model, job }: World, fate: Fate, used = false): { met: Met[]; done: boolean } {
  const decision = decide(machine, model.architecture, job);
  let plan = (decision.kind === 'fits' ? decision.best : decision.least).plan;
  let kept: Kept = { kind: 'nothing' };
  let worn = used;
  const history: Attempt[] = [];
  const met: Met[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const end = fate(plan, kept, attempt);
    if (end === null) return { met, done: true };
    kept = end.kept;
    const { failure } = end;
    const known = after(machine, model, job, uncorrected, { plan, failure, kept });
    const next = nextAttempt({ failure, plan, kept, history, spent: { seconds: 10 }, used: worn, ...known });
    met.push({ plan, kept, failure, next });
    if (next.kind === 'end') return { met, done: false };
    const { recovery } = next;
    history.push({ at: attempt, failure, plan, kept, recovery });
    if (recovery.rung.kind === 'replan') plan = recovery.rung.plan;
    if (recovery.rung.kind === 'fresh-worker' || (recovery.rung.kind === 'replan' && recovery.rung.fresh)) worn = false;
    if (recovery.rung.kind === 'accept' && failure.cause === 'bad-frames') return { met, done: true };
  }
}
