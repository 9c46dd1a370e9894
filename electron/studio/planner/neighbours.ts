import type { ModelArchitecture } from '../../../contract/model.ts';
import type { Placement, Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { phasesAhead } from './aims.ts';
import { type DenoiseWay, denoiseWays, type TextWay, textWays } from './candidates.ts';
import type { Corrections } from './corrections.ts';
import { type DecodeWay, decodeIn, decodeWay, decodeWays, leastDecode } from './decodeWays.ts';
import type { PlanMachine } from './machine.ts';
import { type Context, contextOf, held, pictureRows, wayOf } from './plan.ts';
import type { Thought } from './prediction.ts';
import { processorContext, processorPriced, processorWays } from './processor.ts';
import type { PlanJob } from './work.ts';

/** A plan that was begun, and how far it has come. */
export interface Begun {
  plan: Plan;
  kept: Kept;
}

/** What the planner thinks of a plan that was begun, and of those beside it. */
export interface Neighbourhood {
  machine: PlanMachine;
  /** Null where it would never have thought of such a plan. */
  asItRan: Thought | null;
  fromKept: Thought | null;
  /** Every way in which it can go on from what is kept: what has run already is as it was. */
  ways: () => Thought[];
  /** The same with frames decoded in slabs of so many rows; null: whole maps. */
  decodedIn: (rows: number | null) => Thought[];
}

/** Null for a plan that is not for such a machine. `as`: with something else of the plan taken for given. */
export function neighbourhood(
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
  begun: Begun,
  as: Partial<Plan> = {},
): Neighbourhood | null {
  const { device } = machine;
  const plan = { ...begun.plan, ...as };
  if (device.kind !== plan.device) return null;
  if (device.kind === 'cuda') {
    const context = contextOf(machine, device, architecture, job, corrections, plan.precision);
    return onCard(context, { plan, kept: begun.kept });
  }
  const context = processorContext(machine, device, architecture, job, corrections);
  const from = begun.kept.kind === 'latents' ? 'latents' : 'beginning';
  const ways = () => processorWays(context, from, plan.steps).map((way) => asBegun(way, { plan, kept: begun.kept }));
  return {
    machine,
    asItRan: processorPriced(context, plan, 'beginning'),
    fromKept: processorPriced(context, plan, from),
    ways,
    decodedIn: (rows) => ways().filter((way) => way.plan.decode.slabRows === rows),
  };
}

const alike = (one: Placement, other: Placement): boolean => JSON.stringify(one) === JSON.stringify(other);

function onCard(context: Context, begun: Begun): Neighbourhood {
  const { machine, device, work } = context;
  const { plan, kept } = begun;
  const ahead = phasesAhead(kept);
  const [encoding, denoising] = [ahead.includes('encoding'), ahead.includes('denoising')];
  const texts = textWays(machine, device, work);
  const denoises = denoiseWays(machine, device, work, {
    storage: plan.storage.transformer,
    attention: plan.attention,
    steps: plan.steps,
  });
  const ownText = texts.find(({ placement }) => alike(placement, plan.placements.textEncoder));
  const ownDenoise = denoises.find(
    ({ placement, guidance, compile }) =>
      alike(placement, plan.placements.transformer) && guidance === plan.guidance && compile === plan.compile,
  );
  const encodeRows = plan.encode.slabRows ?? pictureRows(work.job);
  const copied = denoising ? (denoises[0]?.copied ?? 0) : 0;
  // With the last latents at hand nothing but the decoder comes to the card.
  const besides = ({ held: bytes }: DenoiseWay) => (denoising ? bytes : 0);
  const decodedOwn = (bytes: number): DecodeWay => {
    const { slabRows: rows, residentBytes } = plan.decode;
    if (rows !== null) return held(decodeIn(device, work, { rows, residentBytes }), bytes);
    return decodeWay(machine, device, work, bytes, copied) ?? held(leastDecode(device, work), bytes);
  };
  const priced = (bytes: (way: DenoiseWay) => number): Thought | null => {
    const text = ownText ?? (encoding ? undefined : texts[0]);
    const denoise = ownDenoise ?? (denoising ? undefined : denoises[0]);
    if (text === undefined || denoise === undefined) return null;
    const beside = ownDenoise === undefined ? 0 : bytes(ownDenoise);
    return { ...wayOf(context, text, denoise, decodedOwn(beside), encodeRows), plan };
  };
  const all = (decodes: (bytes: number) => DecodeWay[]): Thought[] => {
    const someTexts = encoding ? texts : [ownText ?? texts[0]].filter((way) => way !== undefined);
    // To compile is no way out of anything.
    const able = denoises.filter(({ compile }) => plan.compile || !compile);
    const someDenoises = denoising ? able : [ownDenoise ?? denoises[0]].filter((way) => way !== undefined);
    const shares = encoding && work.encodeWork !== null ? [1, 2, 4, 8] : [1];
    const known = new Map<number, DecodeWay[]>();
    const decodesBeside = (bytes: number): DecodeWay[] => {
      const found = known.get(bytes) ?? decodes(bytes);
      known.set(bytes, found);
      return found;
    };
    return someTexts.flatMap((text) =>
      shares.flatMap((share) =>
        someDenoises.flatMap((denoise) =>
          decodesBeside(besides(denoise)).map((decode) => {
            const way = wayOf(context, text, denoise, decode, Math.ceil(encodeRows / share));
            return asBegun(way, begun, { text, denoise, decode });
          }),
        ),
      ),
    );
  };
  return {
    machine,
    asItRan: priced((way) => way.held),
    fromKept: priced(besides),
    ways: () =>
      all((bytes) => {
        const best = decodeWay(machine, device, work, bytes, copied);
        const others = denoising
          ? best === null
            ? []
            : [best]
          : decodeWays(machine, device, work, Number.MAX_SAFE_INTEGER).map((way) => held(way, bytes));
        return [decodedOwn(bytes), ...others, held(leastDecode(device, work), bytes)];
      }),
    decodedIn: (rows) => {
      const slabs = rows ?? work.decode.stages.at(-1)?.height ?? 1;
      const histories = work.decode.histories * work.itemBytes;
      return all((bytes) =>
        [histories, 0].map((residentBytes) => held(decodeIn(device, work, { rows: slabs, residentBytes }), bytes)),
      );
    },
  };
}

/** Of what has run nothing is said anew. `parts`: of a way on a card. */
function asBegun(
  way: Thought,
  { plan, kept }: Begun,
  parts?: { text: TextWay; denoise: DenoiseWay; decode: DecodeWay },
): Thought {
  const ahead = phasesAhead(kept);
  const [encoding, denoising] = [ahead.includes('encoding'), ahead.includes('denoising')];
  const { placements } = way.plan;
  const denoiser = denoising ? way.plan : plan;
  const locked = [encoding ? parts?.text : null, denoising ? parts?.denoise : null, parts?.decode];
  const before = encoding && denoising ? 0 : plan.pinnedBytes;
  return {
    ...way,
    plan: {
      ...way.plan,
      checkpointEverySteps: plan.checkpointEverySteps,
      placements: {
        textEncoder: encoding ? placements.textEncoder : plan.placements.textEncoder,
        transformer: denoiser.placements.transformer,
        vae: placements.vae,
      },
      storage: denoiser.storage,
      guidance: denoiser.guidance,
      attention: denoiser.attention,
      compile: denoiser.compile,
      steps: denoiser.steps,
      encode: encoding ? way.plan.encode : plan.encode,
      pinnedBytes: Math.ceil(Math.max(before, ...locked.map((use) => use?.pinned ?? 0))),
    },
  };
}
