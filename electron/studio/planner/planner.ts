import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';
import type { MeasuredPhase, Planned, PlanQuery, Prediction, Verdict } from '../../../contract/plan.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Shortcut } from '../../../contract/shortcut.ts';
import type { Probe, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import type { Store } from '../storage/database.ts';
import { type After, after, type Failed, nothingKnown, remediesAfter } from './alternatives.ts';
import { jobOf, plannedFor, problemOf, verdictFor } from './answer.ts';
import { type Trial, trials } from './calibration.ts';
import type { CorrectionsFor } from './corrections.ts';
import { factsOf, type ModelFacts } from './facts.ts';
import { type Known, KnownModels, type KnownModelsOptions } from './knownModels.ts';
import type { CardNow } from './look.ts';
import { limited, type PlanMachine } from './machine.ts';
import { Measurements, type Subject, shapeClass, summary } from './measurements.ts';
import { neighbourhood } from './neighbours.ts';
import { plainPlan } from './plain.ts';
import { decide, fitsIn } from './plan.ts';
import type { Way } from './prediction.ts';
import { SeenMachine, type SeenOptions } from './seen.ts';
import { goingOnWith, offeredAs } from './shortcuts.ts';
import { type PlanJob, tokensOf } from './work.ts';

export interface PlannerOptions extends KnownModelsOptions, SeenOptions {
  store: Store;
}

/** Verdicts that are found before others have their turn. */
const inOneBreath = 8;

/** Answers how clips would be made on this machine, and learns from those that were. */
export class Planner {
  readonly #seen: SeenMachine;
  readonly #models: KnownModels;
  readonly #measurements: Measurements;
  /** What was said of the jobs that run. */
  readonly #said = new Map<string, { subject: Subject; way: Way }>();

  constructor(options: PlannerOptions) {
    this.#seen = new SeenMachine(options);
    this.#models = new KnownModels(options);
    this.#measurements = new Measurements(options.store, options.now);
  }

  probed(probe: Probe, oursBytes: number | null): void {
    this.#seen.probed(probe, oursBytes);
  }

  /** What the worker that will render has of the computer's memory already; null: there is none. */
  worksWith(hostBytes: (() => number) | null): void {
    this.#seen.worksWith(hostBytes);
  }

  get hasCard(): boolean {
    return this.#seen.hasCard;
  }

  saw(cards: readonly CardNow[]): void {
    this.#seen.saw(cards);
  }

  machine(): PlanMachine {
    return this.#seen.proven();
  }

  card(): { name: string; reserveBytes: number } | null {
    return this.#seen.card();
  }

  /** On this machine as it is now, or on one that is imagined. */
  async for(query: PlanQuery, elsewhere?: PlanMachine): Promise<Planned> {
    const found = await this.#models.factsFor(query.model);
    if (found.kind !== 'facts') return { kind: 'model', model: query.model, problem: found.kind, file: found.file };
    const machine = elsewhere ?? this.machine();
    return plannedFor(machine, found.facts, query, this.#corrections(machine, found.facts));
  }

  /** What a model asks for when nothing else is asked for, or why nothing is known of it. */
  async defaults(model: string): Promise<{ kind: 'defaults'; defaults: Model['defaults'] } | UnknownModel> {
    const found = await this.#models.factsFor(model);
    if (found.kind !== 'facts') return { kind: 'model', model, problem: found.kind, file: found.file };
    return { kind: 'defaults', defaults: found.facts.defaults };
  }

  async verdicts(queries: readonly PlanQuery[]): Promise<Verdict[]> {
    const machine = this.machine();
    const models = new Map<string, Known>();
    for (const { model } of queries) if (!models.has(model)) models.set(model, await this.#models.factsFor(model));
    const verdicts: Verdict[] = [];
    for (const [index, query] of queries.entries()) {
      // Nobody waits for the studio while a long list is worked through.
      if (index > 0 && index % inOneBreath === 0) await setImmediate();
      const found = models.get(query.model);
      verdicts.push(
        found?.kind === 'facts'
          ? verdictFor(machine, found.facts, query, this.#corrections(machine, found.facts))
          : { kind: 'unknown' },
      );
    }
    return verdicts;
  }

  /**
   * The plan that a job is run by. What does not fit by prediction is tried in the smallest way: the machine has the
   * last word. A shortcut that was asked for and is not on offer now is not taken; what was begun, exactly or with one,
   * goes on so where it can, for what is kept of it belongs to that picture.
   */
  async forJob(
    asked: Pick<Job, 'id' | 'settings' | 'memoryLimit' | 'shortcut'>,
    model: Model,
    begun: { shortcut: Shortcut | null } | null = null,
  ): Promise<JobPlan> {
    const machine = limited(this.machine(), asked.memoryLimit);
    const found = await factsOf(model);
    if (found.kind !== 'facts') return { kind: 'plan', plan: plainOn(machine) };
    const { facts } = found;
    const job = jobOf(facts, asked.settings);
    const corrections = this.#corrections(machine, facts)(job);
    const decision = decide(machine, facts.architecture, job, corrections);
    const same = begun?.shortcut && goingOnWith(begun.shortcut, machine, facts.architecture, job, corrections);
    const taken = begun === null ? offeredAs(decision, asked.shortcut) : same;
    const way = taken ?? (decision.kind === 'fits' ? decision.best : decision.least);
    // A card keeps a worker to what it may take; where there is none nothing else would.
    const overLimit = asked.memoryLimit !== undefined && machine.device.kind === 'cpu' && !fitsIn(way);
    if (overLimit) return { kind: 'failed', failure: tooMuch(way, asked.memoryLimit ?? 0) };
    this.#said.set(asked.id, { subject: subjectOf(machine, facts, job), way });
    return { kind: 'plan', plan: way.plan };
  }

  /** What can take the place of a plan that failed. */
  async after(asked: Pick<Job, 'settings' | 'memoryLimit'>, model: Model, failed: Failed): Promise<After> {
    const found = await factsOf(model);
    if (found.kind !== 'facts') return nothingKnown;
    const { facts } = found;
    const machine = limited(this.#seen.machine(), asked.memoryLimit);
    const job = jobOf(facts, asked.settings);
    const corrections = this.#corrections(machine, facts);
    const known = after(machine, facts, job, corrections(job), failed);
    // Nobody waits for the studio while it thinks of other settings.
    await setImmediate();
    return { ...known, remedies: remediesAfter(machine, facts, job, corrections, failed) };
  }

  /**
   * Remembers what a render took, if it was made in one go by the plan that was made for it; and how much memory it
   * wanted, if that was more than was said. A worker that was `used` before may hold what others left in it: what is
   * wanted there says nothing of the plan.
   */
  finished(order: Finished, outcome: RenderOutcome, { used = false } = {}): void {
    const said = this.#saidOf(order);
    this.#said.delete(order.jobId);
    this.#seen.rendered(order.plan, outcome);
    if (said === undefined) return;
    if (outcome.kind === 'failed' && outcome.failure.cause === 'device-memory') {
      const { phase, allocatedBytes, requestedBytes } = outcome.failure;
      if (used || phase === null || allocatedBytes === null || requestedBytes === null) return;
      return this.#measurements.addShortage(said.subject, said.way.raw, phase, allocatedBytes + requestedBytes);
    }
    if (outcome.kind !== 'done' || outcome.kept.kind !== 'nothing') return;
    const { phaseSeconds: seconds, phasePeaks: peaks, compileSeconds } = outcome;
    this.#measurements.add(said.subject, said.way.raw, {
      ...{ seconds, peaks },
      ...(compileSeconds == null ? {} : { compileSeconds, keepsCompiled: order.cache !== null }),
    });
  }

  /** What is to be expected of a render; null for a plan of which the planner would never have thought. */
  async predicted(order: Pick<RenderOrder, 'jobId' | 'plan' | 'model' | 'settings'>): Promise<Prediction | null> {
    const said = this.#saidOf(order);
    if (said !== undefined) return said.way.prediction;
    const found = await this.#models.factsFor(order.model.folder);
    if (found.kind !== 'facts') return null;
    const { facts } = found;
    const machine = this.#seen.machine();
    const job = jobOf(facts, order.settings);
    const begun = { plan: order.plan, kept: { kind: 'nothing' } } as const;
    const all = neighbourhood(machine, facts.architecture, job, this.#corrections(machine, facts)(job), begun);
    return all?.asItRan?.prediction ?? null;
  }

  #saidOf({ jobId, plan }: Pick<RenderOrder, 'jobId' | 'plan'>) {
    const said = this.#said.get(jobId);
    return said !== undefined && isDeepStrictEqual(said.way.plan, plan) ? said : undefined;
  }

  /** Short clips by which this machine could be known better; none where no such clip can be made. */
  async trials(query: PlanQuery, model: Model): Promise<Trial[]> {
    const found = await factsOf(model);
    if (found.kind !== 'facts' || problemOf(found.facts, query) !== null) return [];
    const { facts } = found;
    const machine = limited(this.machine(), query.memoryLimit);
    const job = jobOf(facts, query);
    return trials(machine, facts.architecture, job, this.#corrections(machine, facts)(job));
  }

  /** One of them begins: once it has `finished`, it counts as measured. */
  async begin(id: string, query: PlanQuery, model: Model, { way }: Trial): Promise<void> {
    const found = await factsOf(model);
    if (found.kind !== 'facts') return;
    this.#said.set(id, { subject: subjectOf(this.machine(), found.facts, jobOf(found.facts, query)), way });
  }

  measured(): MeasuredPhase[] {
    return summary(this.#measurements.all());
  }

  forget(): void {
    this.#measurements.forget();
  }

  #corrections(machine: PlanMachine, facts: ModelFacts): CorrectionsFor {
    return (job) => this.#measurements.corrections(subjectOf(machine, facts, job));
  }
}

type UnknownModel = Extract<Planned, { kind: 'model' }>;
type Finished = Pick<RenderOrder, 'jobId' | 'plan'> & Partial<Pick<RenderOrder, 'cache'>>;
export type JobPlan = { kind: 'plan'; plan: Plan } | { kind: 'failed'; failure: Failure };

const tooMuch = ({ binds }: Way, limit: number): Failure => ({
  cause: 'bad-input',
  phase: binds.phase,
  problem: 'memory-limit',
  detail: `${binds.phase} would take ${binds.bytes} bytes of memory; ${limit} are allowed.`,
});

/** Without knowing the model: its own files are not what they say, and the worker will tell what is wrong. */
function plainOn({ device }: PlanMachine): Plan {
  if (device.kind === 'cpu') return plainPlan('cpu', 'float32');
  return plainPlan('cuda', device.speed.capability >= 8 ? 'bfloat16' : 'float16');
}

const subjectOf = ({ device }: PlanMachine, { id, architecture }: ModelFacts, job: PlanJob): Subject => ({
  device: device.name,
  model: id,
  shape: shapeClass(tokensOf(architecture, job)),
});
