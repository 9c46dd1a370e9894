import type { Failure } from '../../../contract/failure.ts';
import type { Attempt, NextAttempt } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { phasesAhead } from '../planner/aims.ts';
import { after, remediesAfter } from '../planner/alternatives.ts';
import { uncorrected } from '../planner/corrections.ts';
import type { ModelFacts } from '../planner/facts.ts';
import type { PlanMachine } from '../planner/machine.ts';
import { neighbourhood } from '../planner/neighbours.ts';
import { decide } from '../planner/plan.ts';
import type { PlanJob } from '../planner/work.ts';
import { nextAttempt } from './index.ts';

/** Where a clip is made. */
export interface World {
  machine: PlanMachine;
  model: ModelFacts;
  job: PlanJob;
}

/** A failure on the way, and what was decided about it. */
export interface Met {
  plan: Plan;
  kept: Kept;
  failure: Failure;
  next: NextAttempt;
}

/** How an attempt ends; null: with the clip. */
export type Fate = (plan: Plan, kept: Kept, attempt: number) => { failure: Failure; kept: Kept } | null;

export function firstPlan({ machine, model, job }: World): Plan {
  const decision = decide(machine, model.architecture, job);
  return (decision.kind === 'fits' ? decision.best : decision.least).plan;
}

/** Runs a job down the ladder, as the queue does, for as long as there is a rung. `used`: its worker made clips before. */
export function descend(world: World, fate: Fate, { used = false, plan = firstPlan(world) } = {}) {
  const { machine, model, job } = world;
  let worn = used;
  let now = plan;
  let kept: Kept = { kind: 'nothing' };
  const history: Attempt[] = [];
  const met: Met[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const end = fate(now, kept, attempt);
    if (end === null) return { met, plan: now, done: true };
    const { failure } = end;
    kept = end.kept;
    const known = after(machine, model, job, uncorrected, { plan: now, failure, kept });
    const situation = { failure, plan: now, kept, history, spent: { seconds: 10 }, used: worn, ...known };
    const without = nextAttempt({ ...situation, remedies: [] });
    // Thought of as the planner does, but only where they are spoken of.
    const next =
      without.kind === 'recover'
        ? without
        : { ...without, remedies: remediesAfter(machine, model, job, () => uncorrected, { plan: now, failure, kept }) };
    met.push({ plan: now, kept, failure, next });
    if (next.kind === 'end') return { met, plan: now, done: false };
    const { recovery } = next;
    history.push({ at: attempt, failure, plan: now, kept, recovery });
    if (recovery.rung.kind === 'accept') return { met, plan: now, done: true };
    if (recovery.rung.kind === 'replan') now = recovery.rung.plan;
    if (recovery.rung.kind === 'fresh-worker' || (recovery.rung.kind === 'replan' && recovery.rung.fresh)) worn = false;
  }
}

/**
 * A card that has so much for a render, and a model of the world in which everything takes `ratio` of what is predicted.
 * `told`: whether its allocator says figures.
 */
export function cappedAt(world: World, capBytes: number, { ratio = 1, told = true, step = 5 } = {}): Fate {
  const { machine, model, job } = world;
  return (plan, kept) => {
    const there = neighbourhood(machine, model.architecture, job, uncorrected, { plan, kept });
    const phases = there?.fromKept?.prediction.phases;
    if (phases === undefined) throw new Error('a plan that the planner would never have thought of');
    const ahead = phasesAhead(kept);
    const found = phases.find(({ phase, deviceNeed }) => ahead.includes(phase) && ratio * (deviceNeed ?? 0) > capBytes);
    if (found === undefined) return null;
    const took = Math.round(ratio * (found.deviceBytes ?? 0));
    const requested = 2 ** 26;
    const bytes = (value: number) => (told ? Math.max(0, Math.round(value)) : null);
    const saved: Kept = kept.kind === 'checkpoint' ? kept : { kind: 'checkpoint', step };
    return {
      kept: found.phase === 'decoding' ? { kind: 'latents' } : found.phase === 'denoising' ? saved : kept,
      failure: {
        cause: 'device-memory',
        phase: found.phase,
        detail: '',
        requestedBytes: bytes(requested),
        allocatedBytes: bytes(took - requested),
        reservedBytes: bytes(Math.min(capBytes, took)),
        freeBytes: bytes(0),
        allowedBytes: bytes(capBytes),
      },
    };
  };
}
