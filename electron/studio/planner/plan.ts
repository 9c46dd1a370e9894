import type { ModelArchitecture } from '../../../contract/model.ts';
import type { Plan } from '../../../contract/render.ts';
import { precisionsOf } from './architecture.ts';
import {
  baseBytes,
  type Cuda,
  type DenoiseWay,
  denoiseWays,
  type Inexact,
  pressed,
  type TextWay,
  textWays,
} from './candidates.ts';
import { type Corrections, uncorrected } from './corrections.ts';
import { type DecodeWay, decodeWay, leastDecode } from './decodeWays.ts';
import { inexactManners } from './inexact.ts';
import type { PlanMachine } from './machine.ts';
import { plainPlan } from './plain.ts';
import { bindingOf, explained, load, predictionOf, type RawPhases, type Thought, type Way } from './prediction.ts';
import { processorContext, processorPriced, processorWays } from './processor.ts';
import { reasonsOf } from './reasons.ts';
import { diskRate, exactAttention, passSeconds, pictureSeconds } from './speed.ts';
import { type PlanJob, passesOf, type Work, workOf } from './work.ts';

/** What was decided. Ways are sorted: the fastest first. */
export type Decision =
  | { kind: 'fits'; best: Way; runnersUp: Way[]; offered: Way[] }
  /** `least`: the way that comes nearest to fitting. */
  | { kind: 'too-large'; least: Way; offered: Way[] };

/** The same, of the exact picture alone and without a word. */
type Fastest = { kind: 'fits'; best: Thought } | { kind: 'too-large'; least: Thought };

/** The fastest way that gives the exact picture and fits: for those who ask about many clips. */
export function fastest(
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
): Fastest {
  const ways = exactThoughts(machine, architecture, job, corrections);
  const best = ways
    .filter(fitsIn)
    .reduce<Thought | null>((one, other) => (one !== null && bySeconds(one, other) <= 0 ? one : other), null);
  return best === null ? { kind: 'too-large', least: leastOf(ways) } : { kind: 'fits', best };
}

/** The fastest way that gives the exact picture and fits, and what else there is. No input, no output, no clock. */
export function decide(
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections = uncorrected,
): Decision {
  const { device } = machine;
  if (device.kind === 'cpu') {
    const found = fastest(machine, architecture, job, corrections);
    if (found.kind === 'too-large') return { kind: 'too-large', least: explained(found.least), offered: [] };
    const { best } = found;
    const cached = processorPriced(
      processorContext(machine, device, architecture, job, corrections),
      { ...best.plan, steps: 'cached' },
      'beginning',
    );
    const offered = [cached].filter((way) => fitsIn(way) && worthOffering(way, best));
    return { kind: 'fits', best: explained(best), runnersUp: [], offered: offered.map(explained) };
  }
  const context = contextOf(machine, device, architecture, job, corrections);
  const exact = combine(context, { storage: 'same', attention: exactAttention(device), steps: 'all' });
  const changed = inexactManners(device, context.work).map((manner) => combine(context, manner));
  const fitting = exact.filter(fitsIn).sort(bySeconds);
  const best = fitting[0];
  const offered = changed.flatMap((ways) => ways.filter(fitsIn).sort(bySeconds).slice(0, 1));
  if (best === undefined) {
    return { kind: 'too-large', least: explained(leastOf(exact)), offered: offered.map(explained) };
  }
  return {
    kind: 'fits',
    best: explained(best),
    runnersUp: distinct(fitting.slice(1), best).slice(0, 3).map(explained),
    offered: offered.filter((way) => worthOffering(way, best)).map(explained),
  };
}

export const fitsIn = ({ binds }: Pick<Way, 'binds'>): boolean => load(binds) <= 1;
/** The fastest that fits, or the one that comes nearest to it. */
export const nearestOf = (ways: readonly Thought[]): Way =>
  explained(ways.filter(fitsIn).sort(bySeconds)[0] ?? leastOf(ways));
const leastOf = (ways: readonly Thought[]): Thought => ways.reduce((one, other) => (isLess(other, one) ? other : one));
/** Nearer to fitting; where the same phase is in the way, with less in all of them. */
function isLess(one: Thought, other: Thought): boolean {
  const all = ({ prediction }: Thought) =>
    prediction.phases.reduce((sum, { deviceNeed, hostBytes }) => sum + (deviceNeed ?? hostBytes), 0);
  const [mine, theirs] = [load(one.binds), load(other.binds)];
  return mine < theirs || (mine === theirs && all(one) < all(other));
}

/** Sorting keeps the order in which the ways were thought of, the simplest first, where nothing differs. */
const bySeconds = (one: Thought, other: Thought): number => one.prediction.seconds - other.prediction.seconds;

/** Every way that gives the exact picture, the fastest first, whether it fits or not: for those who try them. */
export function exactWays(
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections = uncorrected,
): Way[] {
  return exactThoughts(machine, architecture, job, corrections).sort(bySeconds).map(explained);
}

/** In the order in which they are thought of, the simplest first. */
function exactThoughts(
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
): Thought[] {
  const { device } = machine;
  return device.kind === 'cpu'
    ? processorWays(processorContext(machine, device, architecture, job, corrections))
    : combine(contextOf(machine, device, architecture, job, corrections), {
        storage: 'same',
        attention: exactAttention(device),
        steps: 'all',
      });
}

/** What changes the picture is not spoken of unless something is gained by it. */
const worthOffering = (way: Thought, best: Thought): boolean =>
  way.prediction.seconds < 0.97 * best.prediction.seconds || (isTight(best) && !isTight(way));

const nameOf = ({ plan }: Pick<Way, 'plan'>): string => {
  const { transformer } = plan.placements;
  return [transformer.kind, plan.guidance, plan.compile].join(' ');
};

/** One of each kind. */
export function distinct<One extends Pick<Way, 'plan'>>(ways: readonly One[], chosen: One): One[] {
  const seen = new Set([nameOf(chosen)]);
  return ways.filter((way) => !seen.has(nameOf(way)) && seen.add(nameOf(way)));
}

/** The first precision of the model that the card's tensor cores know. */
function precisionFor(device: Cuda, architecture: ModelArchitecture): Plan['precision'] {
  const { capability } = device.speed;
  const able = (precision: Plan['precision']) =>
    precision === 'float32' || capability >= (precision === 'bfloat16' ? 8 : 7);
  return precisionsOf(architecture).find(able) ?? 'float32';
}

export interface Context {
  machine: PlanMachine;
  device: Cuda;
  work: Work;
  precision: Plan['precision'];
  corrections: Corrections;
}

export function contextOf(
  machine: PlanMachine,
  device: Cuda,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
  precision = precisionFor(device, architecture),
): Context {
  return { machine, device, work: workOf(architecture, job, precision), precision, corrections };
}

export function combine(context: Context, extra: Inexact): Thought[] {
  const { machine, device, work } = context;
  const text = textWays(machine, device, work).reduce((one, other) => better(context, one, other));
  const decodes = new Map<number, DecodeWay>();
  const decodeBeside = ({ held: bytes, copied }: DenoiseWay): DecodeWay => {
    const known = decodes.get(bytes);
    if (known !== undefined) return known;
    const found = decodeWay(machine, device, work, bytes, copied) ?? held(leastDecode(device, work), bytes);
    decodes.set(bytes, found);
    return found;
  };
  return denoiseWays(machine, device, work, extra).map((denoise) =>
    wayOf(context, text, denoise, decodeBeside(denoise)),
  );
}

export const held = (way: DecodeWay, bytes: number): DecodeWay => ({
  ...way,
  allocated: way.allocated + bytes,
  need: way.need + bytes,
});

/** Of two ways to read the prompt: the one that fits, the faster one, the smaller one. */
function better({ machine, device, corrections }: Context, one: TextWay, other: TextWay): TextWay {
  const over = ({ need, host }: TextWay) =>
    Math.max(
      (need * corrections.encoding.device) / Math.max(device.roomBytes, 1),
      (baseBytes + host) / Math.max(machine.host.roomBytes, 1),
    );
  if (over(one) <= 1 && over(other) <= 1) return other.seconds < one.seconds ? other : one;
  return over(other) < over(one) ? other : one;
}

/** Of a card's memory; never rounded up. */
const allowedShare = ({ allowedBytes, roomBytes, totalBytes }: Cuda): number =>
  Math.max(0.01, Math.min(1, Math.floor((1e5 * (allowedBytes ?? roomBytes)) / totalBytes) / 1e5));

export function wayOf(
  context: Context,
  text: TextWay,
  denoise: DenoiseWay,
  decode: DecodeWay,
  encodeRows = pictureRows(context.work.job),
): Thought {
  const { machine, device, work, precision, corrections } = context;
  const { parameters, job } = work;
  const files =
    2 * (parameters.textEncoder.all + parameters.transformer.all + parameters.vae.encoder + parameters.vae.decoder);
  const picture = pictureBytes(work, encodeRows);
  const raw: RawPhases = {
    loading: {
      seconds: 1 + files / diskRate,
      deviceBytes: 0,
      deviceNeed: 0,
      hostBytes: baseBytes + Math.max(text.host, denoise.copied),
    },
    encoding: {
      seconds: text.seconds + pictureSeconds(device, work),
      deviceBytes: Math.max(text.allocated, picture),
      deviceNeed: Math.max(text.need, 1.1 * picture),
      hostBytes: baseBytes + text.host,
    },
    denoising: {
      seconds: denoise.seconds * pressed(device, denoise.need),
      compileSeconds: denoise.compileSeconds,
      deviceBytes: denoise.allocated,
      deviceNeed: denoise.need,
      hostBytes: baseBytes + denoise.host,
    },
    decoding: {
      seconds: decode.seconds * pressed(device, decode.need),
      deviceBytes: decode.allocated,
      deviceNeed: decode.need,
      hostBytes: baseBytes + denoise.copied + decode.host,
    },
    finishing: { seconds: finishingSeconds(job), deviceBytes: 0, deviceNeed: 0, hostBytes: baseBytes + denoise.copied },
  };
  const stepSeconds = denoise.stepSeconds * pressed(device, denoise.need) * corrections.denoising.seconds;
  const prediction = predictionOf(raw, stepSeconds, corrections, device.speed.basis);
  const plan: Plan = {
    ...plainPlan('cuda', precision),
    placements: {
      textEncoder: text.placement,
      transformer: denoise.placement,
      vae: { kind: 'model-offload' },
    },
    storage: { transformer: denoise.storage },
    guidance: denoise.guidance,
    attention: denoise.attention,
    compile: denoise.compile,
    steps: denoise.steps,
    decode: { slabRows: decode.slabs.rows, residentBytes: decode.slabs.residentBytes },
    encode: { slabRows: encodeRows, residentBytes: 0 },
    pinnedBytes: Math.ceil(Math.max(text.pinned, denoise.pinned, decode.pinned)),
    reserveFraction: allowedShare(device),
  };
  return {
    plan,
    prediction,
    raw,
    why: () =>
      reasonsOf({
        machine,
        work,
        plan,
        denoise,
        decode,
        plainStep: passSeconds(device, work, passesOf(job), denoise),
      }),
    binds: bindingOf(prediction, device.roomBytes, machine.host.roomBytes),
  };
}

/** Slabs of the picture that is encoded: large enough for any card, and small beside its maps. */
export const pictureRows = ({ width, height }: PlanJob): number =>
  Math.min(height, Math.max(1, Math.floor(2 ** 17 / width)));

/** Three maps of one frame at its own size, and slabs. */
const pictureBytes = (work: Work, rows: number): number => {
  if (work.encodeWork === null) return 0;
  const last = work.decode.stages.at(-1);
  const map = last === undefined ? 0 : last.height * last.width * last.inputs;
  const slabs = Math.min(1, rows / pictureRows(work.job));
  return (work.parameters.vae.encoder + (3 + slabs) * map) * work.itemBytes;
};

const finishingSeconds = ({ width, height, frames }: PlanJob): number => 0.1 + (width * height * frames) / 1e8;

/** It fits by so little that another program may come in between. */
export const isTight = ({ binds }: Pick<Way, 'binds'>): boolean => load(binds) > 0.92;
