import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';
import type {
  MeasuredPhase,
  Planned,
  PlanOption,
  PlanQuery,
  PlanRoom,
  Prediction,
  Verdict,
} from '../../../contract/plan.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Device, Probe, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import { shapeProblem } from '../models/index.ts';
import type { Store } from '../storage/database.ts';
import { type After, after, type Failed, nothingKnown, remediesAfter } from './alternatives.ts';
import { type Trial, trials } from './calibration.ts';
import { cardSpeed } from './cards.ts';
import { type Facts, factsOf, type ModelFacts, readCatalogue } from './facts.ts';
import type { CardNow } from './look.ts';
import { cardReserve, deviceRoom, hostRoom, limited, type PlanMachine } from './machine.ts';
import { Measurements, type Subject, shapeClass, summary } from './measurements.ts';
import { neighbourhood } from './neighbours.ts';
import { plainPlan } from './plain.ts';
import { decide, isTight } from './plan.ts';
import type { Way } from './prediction.ts';
import { raisedLimit, remediesFor } from './remedies.ts';
import { type PlanJob, workOf } from './work.ts';

export interface PlannerOptions {
  store: Store;
  now: () => number;
  catalogue: string;
  findModel: (wanted: string) => Promise<{ kind: 'model'; model: Model } | { kind: 'refused' } | null>;
  platform?: NodeJS.Platform;
  memory?: () => { totalBytes: number; freeBytes: number };
}

/** Verdicts that are found before others have their turn. */
const inOneBreath = 8;
/** How long what was read of models from the disk is taken for true. */
const readFor = 4000;

/** Answers how clips would be made on this machine, and learns from those that were. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #platform: NodeJS.Platform;
  readonly #measurements: Measurements;
  readonly #facts = new Map<string, { at: number; found: Promise<Answer> }>();
  #catalogue: Promise<ModelFacts[]> | null = null;
  #probe: { probe: Probe; oursBytes: number; at: number } | null = null;
  #cards: { seen: readonly CardNow[]; at: number } = { seen: [], at: 0 };
  /** What was said of the jobs that run. */
  readonly #said = new Map<string, { subject: Subject; way: Way }>();

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#platform = options.platform ?? process.platform;
    this.#measurements = new Measurements(options.store, options.now);
  }

  /** What torch found; it knows better than anything else what can be rendered on. */
  probed(probe: Probe, oursBytes: number | null): void {
    this.#probe = { probe, oursBytes: oursBytes ?? 0, at: this.#options.now() };
  }

  /** The worker could calculate on a card when it was asked last. */
  get hasCard(): boolean {
    const operation = this.#probe?.probe.operation;
    return operation?.kind === 'worked' && operation.device === 'cuda';
  }

  /** What those who watch the cards saw last. */
  saw(cards: readonly CardNow[]): void {
    this.#cards = { seen: cards, at: this.#options.now() };
  }

  /** The machine as it is now. */
  machine(): PlanMachine {
    const { totalBytes, freeBytes } = this.#options.memory?.() ?? { totalBytes: totalmem(), freeBytes: freemem() };
    const host = hostRoom(this.#platform, totalBytes, freeBytes);
    return { device: this.#card() ?? processor(), host };
  }

  /** The card that is rendered on, and what plans leave free of it; null for none. */
  card(): { name: string; reserveBytes: number } | null {
    const { device } = this.machine();
    if (device.kind === 'cpu') return null;
    return { name: device.name, reserveBytes: cardReserve(this.#platform, device.totalBytes) };
  }

  /** On this machine as it is now, or on one that is imagined. */
  async for(query: PlanQuery, elsewhere?: PlanMachine): Promise<Planned> {
    const found = await this.#factsFor(query.model);
    if (found.kind !== 'facts') return { kind: 'model', model: query.model, problem: found.kind, file: found.file };
    return plannedFor(elsewhere ?? this.machine(), found.facts, query, this.#measurements);
  }

  /** What a model asks for when nothing else is asked for; null for one that nobody knows. */
  async defaults(model: string): Promise<Model['defaults'] | null> {
    const found = await this.#factsFor(model);
    return found.kind === 'facts' ? found.facts.defaults : null;
  }

  async verdicts(queries: readonly PlanQuery[]): Promise<Verdict[]> {
    const machine = this.machine();
    const models = new Map<string, Answer>();
    for (const { model } of queries) if (!models.has(model)) models.set(model, await this.#factsFor(model));
    const verdictOf = (query: PlanQuery): Verdict => {
      const found = models.get(query.model);
      if (found?.kind !== 'facts' || problemOf(found.facts, query) !== null) return { kind: 'unknown' };
      const { facts } = found;
      const decision = decide(
        limited(machine, query.memoryLimit),
        facts.architecture,
        jobOf(facts, query),
        this.#corrections(machine, facts, query),
      );
      if (decision.kind === 'too-large') return { kind: 'too-large', binds: decision.least.binds };
      const { best } = decision;
      const { seconds, deviceNeed, hostBytes, basis } = best.prediction;
      return { kind: isTight(best) ? 'tight' : 'fits', seconds, deviceNeed, hostBytes, basis };
    };
    const verdicts: Verdict[] = [];
    for (const [index, query] of queries.entries()) {
      // Nobody waits for the studio while a long list is worked through.
      if (index > 0 && index % inOneBreath === 0) await setImmediate();
      verdicts.push(verdictOf(query));
    }
    return verdicts;
  }

  /**
   * The plan that a job is run by. What does not fit by prediction is tried in the smallest way: the machine has the
   * last word.
   */
  async forJob(job: Pick<Job, 'id' | 'settings' | 'memoryLimit'>, model: Model): Promise<JobPlan> {
    const machine = limited(this.machine(), job.memoryLimit);
    const found = await factsOf(model);
    if (found.kind !== 'facts') return { kind: 'plan', plan: this.#plain(machine) };
    const { facts } = found;
    const query = { ...job.settings, model: model.id };
    const decision = decide(machine, facts.architecture, jobOf(facts, query), this.#corrections(machine, facts, query));
    const way = decision.kind === 'fits' ? decision.best : decision.least;
    // A card keeps a worker to what it may take; where there is none nothing else would.
    const overLimit = job.memoryLimit !== undefined && machine.device.kind === 'cpu' && decision.kind === 'too-large';
    if (overLimit) return { kind: 'failed', failure: tooMuch(way, job.memoryLimit ?? 0) };
    const subject = subjectOf(machine, facts, query);
    this.#said.set(job.id, { subject, way });
    return { kind: 'plan', plan: way.plan };
  }

  /** What can take the place of a plan that failed. */
  async after(job: Pick<Job, 'settings' | 'memoryLimit'>, model: Model, failed: Failed): Promise<After> {
    const found = await factsOf(model);
    if (found.kind !== 'facts') return nothingKnown;
    const { facts } = found;
    const machine = limited(this.machine(), job.memoryLimit);
    const query = { ...job.settings, model: model.id };
    const corrections = this.#corrections(machine, facts, query);
    const known = after(machine, facts, jobOf(facts, query), corrections, failed);
    // Nobody waits for the studio while it thinks of other settings.
    await setImmediate();
    return { ...known, remedies: remediesAfter(machine, facts, jobOf(facts, query), corrections, failed) };
  }

  /**
   * Remembers what a render took, if it was made in one go by the plan that was made for it; and how much memory it
   * wanted, if that was more than was said. A worker that was `used` before may hold what others left in it: what is
   * wanted there says nothing of the plan.
   */
  finished(order: Pick<RenderOrder, 'jobId' | 'plan'>, outcome: RenderOutcome, { used = false } = {}): void {
    const said = this.#saidOf(order);
    this.#said.delete(order.jobId);
    if (said === undefined) return;
    if (outcome.kind === 'failed' && outcome.failure.cause === 'device-memory') {
      const { phase, allocatedBytes, requestedBytes } = outcome.failure;
      if (used || phase === null || allocatedBytes === null || requestedBytes === null) return;
      return this.#measurements.addShortage(said.subject, said.way.raw, phase, allocatedBytes + requestedBytes);
    }
    if (outcome.kind !== 'done' || outcome.kept.kind !== 'nothing') return;
    this.#measurements.add(said.subject, said.way.raw, { seconds: outcome.phaseSeconds, peaks: outcome.phasePeaks });
  }

  /** What is to be expected of a render; null for a plan of which the planner would never have thought. */
  async predicted(order: Pick<RenderOrder, 'jobId' | 'plan' | 'model' | 'settings'>): Promise<Prediction | null> {
    const said = this.#saidOf(order);
    if (said !== undefined) return said.way.prediction;
    const found = await this.#factsFor(order.model.folder);
    if (found.kind !== 'facts') return null;
    const { facts } = found;
    const machine = this.machine();
    const query = { ...order.settings, model: facts.id };
    const begun = { plan: order.plan, kept: { kind: 'nothing' } } as const;
    const corrections = this.#corrections(machine, facts, query);
    const all = neighbourhood(machine, facts.architecture, jobOf(facts, query), corrections, begun);
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
    return trials(machine, facts.architecture, jobOf(facts, query), this.#corrections(machine, facts, query));
  }

  /** One of them begins: once it has `finished`, it counts as measured. */
  async begin(id: string, query: PlanQuery, model: Model, { way }: Trial): Promise<void> {
    const found = await factsOf(model);
    if (found.kind === 'facts') this.#said.set(id, { subject: subjectOf(this.machine(), found.facts, query), way });
  }

  measured(): MeasuredPhase[] {
    return summary(this.#measurements.all());
  }

  forget(): void {
    this.#measurements.forget();
  }

  #corrections(machine: PlanMachine, facts: ModelFacts, query: PlanQuery) {
    return this.#measurements.corrections(subjectOf(machine, facts, query));
  }

  /** Without knowing the model: its own files are not what they say, and the worker will tell what is wrong. */
  #plain(machine: PlanMachine): Plan {
    if (machine.device.kind === 'cpu') return plainPlan('cpu', 'float32');
    return plainPlan('cuda', machine.device.speed.capability >= 8 ? 'bfloat16' : 'float16');
  }

  #card(): PlanMachine['device'] | null {
    const probe = this.#probe?.probe;
    const torch = probe?.devices.find(({ kind }) => kind === 'cuda');
    // Torch knows best whether it can calculate there.
    if (probe !== undefined && (torch === undefined || !this.hasCard)) return null;
    const { seen: cards, at } = this.#cards;
    const seen = cards.find(({ card }) => torch === undefined || card.name === torch.name) ?? cards[0];
    const name = torch?.name ?? seen?.card.name;
    const totalBytes = torch?.totalBytes ?? seen?.card.memoryTotal ?? null;
    if (name === undefined || totalBytes === null) return null;
    const { freeBytes, ours, others } = this.#use(torch, seen, totalBytes, at);
    const capability = torch?.capability == null ? null : Number.parseFloat(torch.capability);
    return {
      kind: 'cuda',
      name,
      speed: cardSpeed(name, capability, totalBytes),
      totalBytes,
      roomBytes: deviceRoom(this.#platform, {
        totalBytes,
        freeBytes,
        ours: torch === undefined ? 0 : Math.max(ours, 1),
      }),
      othersBytes: others,
      // Until a worker has tried: Triton comes with torch on Linux alone.
      ...(probe?.abilities ?? { kernels: this.#platform === 'linux', compiler: false, sage: false }),
    };
  }

  /** Who has what of the card, by whoever looked last. */
  #use(torch: Device | undefined, seen: CardNow | undefined, totalBytes: number, seenAt: number) {
    const { probe, oursBytes = 0, at = 0 } = this.#probe ?? {};
    if (torch !== undefined && (seen?.usedBytes == null || at >= seenAt)) {
      // The worker that looked has its own context on the card already.
      const ours = Math.max(oursBytes, 1);
      return { freeBytes: torch.freeBytes, ours, others: Math.max(0, totalBytes - torch.freeBytes - oursBytes) };
    }
    const used = seen?.usedBytes ?? null;
    const ours = Math.max(seen?.oursBytes ?? 0, probe === undefined ? 0 : 1);
    const freeBytes = used === null ? totalBytes : Math.max(0, totalBytes - used);
    return { freeBytes, ours, others: used === null ? null : Math.max(0, used - ours) };
  }

  /** By a model's id or folder: of those that are here, else of the catalogue. */
  #factsFor(wanted: string): Promise<Answer> {
    const known = this.#facts.get(wanted);
    const now = this.#options.now();
    if (known !== undefined && now - known.at < readFor) return known.found;
    const found = this.#lookUp(wanted);
    if (this.#facts.size > 500) this.#facts.clear();
    this.#facts.set(wanted, { at: now, found });
    found.catch(() => this.#facts.delete(wanted));
    return found;
  }

  async #lookUp(wanted: string): Promise<Answer> {
    const here = await this.#options.findModel(wanted);
    if (here?.kind === 'refused') return { kind: 'unreadable', file: null };
    if (here?.kind === 'model') return factsOf(here.model);
    this.#catalogue ??= readCatalogue(this.#options.catalogue);
    const facts = (await this.#catalogue).find(({ id }) => id === wanted);
    return facts === undefined ? { kind: 'unknown', file: null } : { kind: 'facts', facts };
  }
}

export type JobPlan = { kind: 'plan'; plan: Plan } | { kind: 'failed'; failure: Failure };

const tooMuch = ({ binds }: Way, limit: number): Failure => ({
  cause: 'bad-input',
  phase: binds.phase,
  problem: 'memory-limit',
  detail: `${binds.phase} would take ${binds.bytes} bytes of memory; ${limit} are allowed.`,
});

type Answer = Facts | { kind: 'unknown' | 'unreadable'; file: null };

const processor = (): PlanMachine['device'] => ({
  kind: 'cpu',
  name: cpus()[0]?.model.trim() ?? 'CPU',
  // Two threads share a core, and torch takes the cores.
  cores: Math.max(1, Math.round(availableParallelism() / 2)),
});

const jobOf = ({ task }: ModelFacts, query: PlanQuery): PlanJob => ({
  ...{ width: query.width, height: query.height, frames: query.frames, steps: query.steps },
  guided: query.guidance > 1,
  picture: task === 'image-to-video',
});

const problemOf = (facts: ModelFacts, query: PlanQuery) =>
  shapeProblem(facts, { ...query, hasPicture: facts.task === 'image-to-video' });

function subjectOf({ device }: PlanMachine, facts: ModelFacts, query: PlanQuery): Subject {
  const { tokens } = workOf(facts.architecture, jobOf(facts, query), 'bfloat16');
  return { device: device.name, model: facts.id, shape: shapeClass(tokens) };
}

/** The whole answer for one clip on a machine, this one or another. */
function plannedFor(whole: PlanMachine, facts: ModelFacts, query: PlanQuery, measurements: Measurements): Planned {
  const problem = problemOf(facts, query);
  if (problem !== null) return { kind: 'shape', problem };
  const job = jobOf(facts, query);
  const machine = limited(whole, query.memoryLimit);
  const corrections = measurements.corrections(subjectOf(machine, facts, query));
  const decision = decide(machine, facts.architecture, job, corrections);
  const room = roomOf(machine);
  if (decision.kind === 'too-large') {
    const { binds, prediction } = decision.least;
    const offered = decision.offered.map((way) => optionOf(way, decision.least));
    const raised = machine === whole ? [] : raisedLimit(whole, facts, job, decision.least);
    const remedies = [...raised, ...remediesFor(machine, facts, job)];
    return { kind: 'too-large', room, binds, prediction, remedies, offered };
  }
  const { best, runnersUp, offered } = decision;
  const { plan, prediction, reasons, binds } = best;
  return {
    kind: isTight(best) ? 'tight' : 'fits',
    ...{ room, plan, prediction, reasons, binds },
    runnersUp: runnersUp.map((way) => optionOf(way, best)),
    offered: offered.map((way) => optionOf(way, best)),
  };
}

const optionOf = ({ plan, prediction, reasons }: Way, best: Way): PlanOption => ({
  ...{ plan, prediction, reasons },
  moreSeconds: prediction.seconds - best.prediction.seconds,
});

const roomOf = ({ device, host }: PlanMachine): PlanRoom =>
  device.kind === 'cpu'
    ? {
        device: 'cpu',
        name: device.name,
        ...{ cardBasis: null, deviceBytes: null, deviceTotalBytes: null, othersBytes: null },
        hostBytes: host.roomBytes,
      }
    : {
        device: 'cuda',
        name: device.name,
        cardBasis: device.speed.basis,
        deviceBytes: device.roomBytes,
        deviceTotalBytes: device.totalBytes,
        othersBytes: device.othersBytes,
        hostBytes: host.roomBytes,
      };
