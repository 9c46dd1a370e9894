import type { Cause } from '../../../contract/failure.ts';
import type { EndReason, PlanChange, Recovery, RecoveryNote } from '../../../contract/recovery.ts';
import type { Placement, Plan } from '../../../contract/render.ts';
import { isProducts } from '../../../contract/shortcut.ts';
import type { Kept } from '../../../contract/worker.ts';

type Placed = Placement['kind'];

const brought: Record<Placed, string> = {
  resident: 'to stay on the card',
  'model-offload': 'on the card only for its own phase',
  'group-offload': 'to the card part by part',
  sequential: 'to the card layer by layer',
};
const bring = (what: string, { kind }: Placement): string =>
  `${kind === 'resident' || kind === 'model-offload' ? 'have' : 'bring'} the ${what} ${brought[kind]}`;
const wasBrought = (what: string, { kind }: Placement): string =>
  kind === 'resident' ? `the ${what} stayed on the card` : `the ${what} came ${brought[kind].replace(/^on/, 'to')}`;

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;

/** What is changed, as something that will be done. `again`: it was done before, and came to nothing. */
function changing(change: PlanChange, height: number, again: boolean): string {
  switch (change.kind) {
    case 'text-encoder':
      return bring('text encoder', change.placement);
    case 'denoiser':
      return bring('denoiser', change.placement);
    case 'guidance':
      return change.guidance === 'sequential'
        ? 'calculate prompt and negative prompt one after the other'
        : 'calculate prompt and negative prompt together';
    case 'decode':
      return `decode${again ? ' again' : ''} ${pieces(change.slabRows, height)}`;
    case 'encode':
      return `read the picture ${pieces(change.slabRows, height)}`;
    case 'pinned':
      return change.bytes === 0
        ? "lock none of the computer's memory"
        : `lock no more than ${gigabytes(change.bytes)} of the computer's memory`;
    case 'compile':
      return change.compile ? 'compile the denoiser' : 'run the denoiser without compiling it';
    case 'precision':
      return `calculate in ${change.precision}`;
    case 'attention':
      return `calculate attention ${attentions[change.attention]}`;
    case 'storage':
      if (isProducts(change.transformer)) return 'let the denoiser multiply in eight bits';
      return change.transformer !== 'same'
        ? "keep the denoiser's weights in eight bits"
        : "keep the denoiser's weights as they are";
    case 'steps':
      return change.steps === 'cached'
        ? 'skip the denoiser in about every other step'
        : 'run the denoiser in every step';
  }
}

/** The same, as something that was done. */
function changed(change: PlanChange, height: number): string {
  switch (change.kind) {
    case 'text-encoder':
      return wasBrought('text encoder', change.placement);
    case 'denoiser':
      return wasBrought('denoiser', change.placement);
    case 'guidance':
      return change.guidance === 'sequential'
        ? 'prompt and negative prompt calculated one after the other'
        : 'prompt and negative prompt calculated together';
    case 'decode':
      return `decoded ${pieces(change.slabRows, height)}`;
    case 'encode':
      return `the picture read ${pieces(change.slabRows, height)}`;
    case 'pinned':
      return change.bytes === 0
        ? "none of the computer's memory locked"
        : `no more than ${gigabytes(change.bytes)} of the computer's memory locked`;
    case 'compile':
      return change.compile ? 'the denoiser compiled' : 'the denoiser not compiled';
    case 'precision':
      return `calculated in ${change.precision}`;
    case 'attention':
      return `attention calculated ${attentions[change.attention]}`;
    case 'storage':
      if (isProducts(change.transformer)) return 'the denoiser multiplying in eight bits';
      return change.transformer !== 'same'
        ? "the denoiser's weights kept in eight bits"
        : "the denoiser's weights kept as they are";
    case 'steps':
      return change.steps === 'cached' ? 'the denoiser skipped in some steps' : 'the denoiser run in every step';
  }
}

/** `height` is the picture's: one slab that holds all of it is less than whole maps, and more than one of several. */
function pieces(rows: number | null, height: number): string {
  if (rows === null) return 'in one piece';
  if (rows >= height) return 'in one slab';
  return `in slabs of ${rows} ${rows === 1 ? 'row' : 'rows'}`;
}

const attentions: Record<Plan['attention'], string> = {
  sdpa: 'exactly, as PyTorch chooses',
  cudnn: 'exactly, by cuDNN',
  sage: 'in eight bits',
};

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function doing({ rung, keeps }: Recovery, height: number): string {
  switch (rung.kind) {
    case 'release':
      return 'free all memory that the render held and do the same again';
    case 'fresh-worker':
      return 'do the same again in a new process';
    case 'replan':
      return listed(rung.changes.map((change) => changing(change, height, keeps.kind === 'latents')));
    case 'accept':
      return rung.slow ? 'go on as it is, however slow' : 'take the frames as they are';
  }
}

function goingOn(keeps: Kept): string {
  switch (keeps.kind) {
    case 'nothing':
      return 'it begins anew';
    case 'embeddings':
      return 'the prompt is not read again';
    case 'checkpoint':
      return `it goes on from step ${keeps.step}`;
    case 'latents':
      return 'nothing is rendered twice';
  }
}

/** "about 20 s more", "about 2 min more". */
function price(moreSeconds: number | null): string[] {
  if (moreSeconds === null) return [];
  const seconds = Math.abs(Math.round(moreSeconds));
  const way = moreSeconds > 0 ? 'more' : 'less';
  if (seconds < 1) return ['in no more time'];
  if (seconds < 90) return [`about ${seconds} s ${way}`];
  if (seconds < 5400) return [`about ${Math.round(seconds / 60)} min ${way}`];
  return [`about ${(seconds / 3600).toFixed(1)} h ${way}`];
}

/**
 * One thing that can be done and its price: "Decode again in slabs of 64 rows; nothing is rendered twice; about 20 s more."
 * `height` is the picture's.
 */
export function recoverySentence(recovery: Recovery, height: number): string {
  const picture = recovery.changesPicture ? ['the picture may change'] : [];
  return `${capital([doing(recovery, height), goingOn(recovery.keeps), ...price(recovery.moreSeconds), ...picture].join('; '))}.`;
}

/** Why nothing more is tried, and what would help. */
export function endSentence(reason: EndReason): string {
  switch (reason) {
    case 'not-by-trying':
      return 'Trying again would give the same: what is wrong has to be put right first.';
    case 'no-way-left':
      return 'Every way in which this clip can be made on this machine as it is now was tried.';
    case 'taken':
      return 'Other programs hold memory that it needs: close some of them, then try again.';
    case 'no-progress':
      return 'It failed again and again at the same place. What is done is kept: resume it when the machine has been restarted or looked after.';
  }
}

const met: Record<Cause, string> = {
  'device-memory': 'the card had run out of memory',
  'host-memory': 'the computer had run out of memory',
  spill: "the card's memory had been moved to the computer's",
  'bad-weights': 'a file of the model could not be used',
  'bad-input': 'the settings could not be used',
  'bad-frames': 'its frames had come out wrong',
  'disk-full': 'the disk had been full',
  'not-writable': 'the clip could not be written',
  'driver-lost': 'the graphics driver had been lost',
  environment: 'the engine had been damaged',
  killed: 'the render process had been ended',
  hang: 'the render process had stood still',
  internal: 'something unknown had gone wrong',
};

const isCause = (cause: string): cause is Cause => Object.hasOwn(met, cause);

/** What became of a failure, for the clip: "decoded in slabs of 40 rows after the card had run out of memory". */
export function noteSentence({ cause, rung, changes }: RecoveryNote, height: number): string {
  const after = isCause(cause) ? ` after ${met[cause]}` : '';
  return `${rung === 'accept' && cause === 'spill' ? 'gone on with as it was' : noted(rung, changes, height)}${after}`;
}

function noted(rung: RecoveryNote['rung'], changes: readonly PlanChange[], height: number): string {
  switch (rung) {
    case 'release':
      return 'done again with memory freed';
    case 'fresh-worker':
      return 'gone on with in a new process';
    case 'replan':
      return changes.length === 0 ? 'done in another way' : listed(changes.map((change) => changed(change, height)));
    case 'accept':
      return 'frames taken as they were';
  }
}
