import { describe, expect, it } from 'vitest';
import { EndReason, type PlanChange, type Recovery, type Rung } from '../../../contract/recovery.ts';
import { catalogueFacts, machineOf, sixSeconds } from '../planner/machine.fixture.ts';
import { firstPlan } from './ladder.fixture.ts';
import { endSentence, noteSentence, recoverySentence } from './sentence.ts';

const plan = firstPlan({ machine: machineOf('RTX 4070', 11), model: catalogueFacts('cogvideox-2b'), job: sixSeconds });
const replan = (...changes: PlanChange[]): Rung => ({ kind: 'replan', plan, changes, fresh: false });
const said = (rung: Rung, more: Partial<Recovery> = {}): string =>
  recoverySentence({ rung, keeps: { kind: 'latents' }, moreSeconds: 20, changesPicture: false, ...more }, 480);
const grouped = { kind: 'group-offload', level: 'leaf', stream: true, recordStream: true, pinnedBytes: 0 } as const;

describe('what can be done, in a sentence', () => {
  it.each<[Rung, Partial<Recovery>, string]>([
    [
      replan({ kind: 'decode', slabRows: 64 }),
      {},
      'Decode again in slabs of 64 rows; nothing is rendered twice; about 20 s more.',
    ],
    [
      replan({ kind: 'decode', slabRows: null }),
      { moreSeconds: null },
      'Decode again in one piece; nothing is rendered twice.',
    ],
    [
      // As high as the picture: not what failed in one piece, and not several.
      replan({ kind: 'decode', slabRows: 480 }),
      {},
      'Decode again in one slab; nothing is rendered twice; about 20 s more.',
    ],
    [
      replan({ kind: 'attention', attention: 'sdpa' }),
      { keeps: { kind: 'checkpoint', step: 4 }, moreSeconds: null },
      'Calculate attention exactly, as PyTorch chooses; it goes on from step 4.',
    ],
    [
      replan(
        { kind: 'denoiser', placement: grouped },
        { kind: 'guidance', guidance: 'sequential' },
        { kind: 'decode', slabRows: 1 },
      ),
      { keeps: { kind: 'checkpoint', step: 15 }, moreSeconds: 400 },
      'Bring the denoiser to the card part by part, calculate prompt and negative prompt one after the other and decode in slabs of 1 row; it goes on from step 15; about 7 min more.',
    ],
    [
      replan({ kind: 'text-encoder', placement: { kind: 'model-offload' } }),
      { keeps: { kind: 'nothing' }, moreSeconds: -30 },
      'Have the text encoder on the card only for its own phase; it begins anew; about 30 s less.',
    ],
    [
      replan({ kind: 'attention', attention: 'sage' }),
      { keeps: { kind: 'embeddings' }, moreSeconds: 0.2, changesPicture: true },
      'Calculate attention in eight bits; the prompt is not read again; in no more time; the picture may change.',
    ],
    [
      { kind: 'release' },
      { moreSeconds: 7300 },
      'Free all memory that the render held and do the same again; nothing is rendered twice; about 2.0 h more.',
    ],
    [{ kind: 'fresh-worker' }, {}, 'Do the same again in a new process; nothing is rendered twice; about 20 s more.'],
    [{ kind: 'accept' }, {}, 'Take the frames as they are; nothing is rendered twice; about 20 s more.'],
    [
      { kind: 'accept', slow: true },
      { keeps: { kind: 'checkpoint', step: 6 }, moreSeconds: null },
      'Go on as it is, however slow; it goes on from step 6.',
    ],
  ])('%o %o', (rung, more, sentence) => {
    expect(said(rung, more)).toBe(sentence);
  });

  it('every change has its words, before and after', () => {
    const changes: PlanChange[] = [
      { kind: 'text-encoder', placement: { kind: 'sequential' } },
      { kind: 'denoiser', placement: { kind: 'resident' } },
      { kind: 'guidance', guidance: 'batched' },
      { kind: 'decode', slabRows: 32 },
      { kind: 'encode', slabRows: null },
      { kind: 'pinned', bytes: 0 },
      { kind: 'pinned', bytes: 2 ** 31 },
      { kind: 'compile', compile: false },
      { kind: 'precision', precision: 'float32' },
      ...(['sdpa', 'cudnn', 'sage'] as const).map((attention) => ({ kind: 'attention' as const, attention })),
      { kind: 'decode', slabRows: 480 },
      { kind: 'storage', transformer: 'int8' },
      { kind: 'storage', transformer: 'fp8-products' },
      ...(['all', 'cached'] as const).map((steps) => ({ kind: 'steps' as const, steps })),
    ];
    const before = changes.map((change) => said(replan(change)));
    const after = changes.map((change) =>
      noteSentence({ cause: 'device-memory', phase: 'denoising', rung: 'replan', changes: [change] }, 480),
    );
    for (const sentences of [before, after]) {
      expect(new Set(sentences).size).toBe(changes.length);
      for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|\[object|\bnull\b/);
    }
    expect(after[0]).toBe('the text encoder came to the card layer by layer after the card had run out of memory');
  });
});

it('every end says what would help', () => {
  for (const reason of EndReason.options) expect(endSentence(reason)).toMatch(/^[A-Z].+\.$/);
});

it('a note tells frames that were taken from a pace that was', () => {
  const accepted = { phase: null, rung: 'accept' as const, changes: [] };
  expect(noteSentence({ ...accepted, cause: 'bad-frames' }, 480)).toMatch(/^frames taken as they were after/);
  expect(noteSentence({ ...accepted, cause: 'spill' }, 480)).toMatch(/^gone on with as it was after/);
});

it('what a newer studio calls a cause is left out of the note', () => {
  expect(noteSentence({ cause: 'sunspots', phase: null, rung: 'fresh-worker', changes: [] }, 480)).toBe(
    'gone on with in a new process',
  );
});
