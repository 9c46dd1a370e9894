import type { Failure } from '../../../contract/failure.ts';
import type { Phase } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';

const doing: Record<Phase, string> = {
  loading: 'loading the model',
  encoding: 'reading the prompt',
  denoising: 'denoising',
  decoding: 'decoding the frames',
  finishing: 'finishing the clip',
};

const weights: Record<Extract<Failure, { cause: 'bad-weights' }>['problem'], string> = {
  missing: 'is missing',
  truncated: 'is cut short',
  damaged: 'is damaged',
  'wrong-shape': 'does not belong to this model',
  pickle: 'is in a format that can run code, so it was not opened',
  unreadable: 'cannot be read',
};

const input: Record<Extract<Failure, { cause: 'bad-input' }>['problem'], string> = {
  'image-missing': 'The picture is not there any more. Choose another one.',
  'image-unreadable':
    'The picture cannot be read: it is not an image of a known kind. Choose a PNG, JPEG or WebP file.',
  'image-truncated': 'The picture is cut short. Export or copy it again.',
  'image-too-large': 'The picture is too large. Make it smaller than 64 megapixels.',
  settings: 'The model cannot use these settings.',
  'memory-limit':
    'The clip needs more memory than it may take. Let it take more, or choose a smaller size or fewer frames.',
};

const frames: Record<Extract<Failure, { cause: 'bad-frames' }>['problem'], string> = {
  nan: 'The frames came out broken (not numbers).',
  black: 'The frames came out black.',
  seams: 'The frames show the borders of the tiles that they were decoded in.',
  flicker: 'Brightness or colours jump from frame to frame.',
};

const times = ({ stepSeconds, expectedSeconds }: Extract<Failure, { cause: 'spill' }>): string =>
  (stepSeconds / Math.max(expectedSeconds, 0.001)).toFixed(0);

const gigabytes = (bytes: number | null) => (bytes === null ? null : `${(bytes / 2 ** 30).toFixed(1)} GB`);

/** What happened and what to do, in one sentence or two, for people. */
export function failureSentence(failure: Failure): string {
  const during = failure.phase === null ? '' : ` while ${doing[failure.phase]}`;
  switch (failure.cause) {
    case 'device-memory': {
      const needed = gigabytes(failure.requestedBytes);
      const there = gigabytes(failure.freeBytes);
      const figures = needed && there ? ` (${needed} more needed, ${there} free)` : '';
      return `The card ran out of memory${during}${figures}. Close other programs that use it, or choose a smaller size.`;
    }
    case 'host-memory':
      return `The computer ran out of memory${during}. Close other programs, or choose a smaller size or fewer frames.`;
    case 'spill':
      return `The card is full${during}, and its memory was moved to the computer's: a step takes ${times(failure)} times as long. Close other programs that use the card.`;
    case 'bad-weights':
      return `The model's file ${failure.file} ${weights[failure.problem]}. Get the model again.`;
    case 'bad-input':
      return failure.problem === 'settings' && failure.detail ? failure.detail : input[failure.problem];
    case 'bad-frames':
      return `${frames[failure.problem]} The clip was not written. Try another --seed or --scheduler.`;
    case 'disk-full':
      return `The disk is full${during}. Free some space at ${failure.path}, then resume.`;
    case 'not-writable':
      return failure.exists
        ? `${failure.path} exists now. Give the same command again with --overwrite to replace it; what was done is kept.`
        : `${failure.path} cannot be written. Check that its folder is there and may be written to, or choose another place.`;
    case 'driver-lost':
      return `The graphics driver was lost${during}. Resume to go on in a new process.`;
    case 'environment':
      return 'The Python environment is damaged and could not be repaired. Delete its folder ("npm start -- doctor" names it) and start again.';
    case 'killed':
      return failure.signal === 'SIGKILL'
        ? `The render process was killed${during}, most likely because the computer ran out of memory.`
        : `The render process ended unexpectedly${during}.`;
    case 'hang':
      return `The render process stood still${during} for ${Math.round(failure.seconds)} s.`;
    case 'internal':
      return `Something went wrong${during} that Reelwright has no name for. The log has the details.`;
  }
}

/** What is safe, for the same people. */
export function keptSentence(kept: Kept): string {
  switch (kept.kind) {
    case 'nothing':
      return 'Nothing was finished yet.';
    case 'embeddings':
      return 'The prompt has been read.';
    case 'checkpoint':
      return kept.step === 1 ? 'Your first step is safe.' : `Your first ${kept.step} steps are safe.`;
    case 'latents':
      return 'All your steps are safe: only the frames are decoded again.';
  }
}
