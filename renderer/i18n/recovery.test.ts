import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EndReason, type PlanChange, RecoveryNote } from '../../contract/recovery.ts';
import type { Placement } from '../../contract/render.ts';
import { jobOf } from '../rooms/queue/job.fixture.ts';
import { inEightBits, inSlabs, plan } from '../rooms/recovery/recovery.fixture.ts';
import { speak, startWords, words } from './index.ts';
import { attemptWords, choiceWords, notesWords, priceWords, proposalWords, triedWords } from './recovery.ts';

const placements: Placement[] = [
  { kind: 'resident' },
  { kind: 'model-offload' },
  { kind: 'group-offload', level: 'block', stream: true, recordStream: false, pinnedBytes: 0 },
  { kind: 'sequential' },
];
const changes: PlanChange[] = [
  ...placements.map((placement) => ({ kind: 'text-encoder' as const, placement })),
  ...placements.map((placement) => ({ kind: 'denoiser' as const, placement })),
  ...(['batched', 'sequential'] as const).map((guidance) => ({ kind: 'guidance' as const, guidance })),
  ...[null, 480, 64].map((slabRows) => ({ kind: 'decode' as const, slabRows })),
  ...[null, 480, 64].map((slabRows) => ({ kind: 'encode' as const, slabRows })),
  ...[0, 2 ** 31].map((bytes) => ({ kind: 'pinned' as const, bytes })),
  ...[true, false].map((compile) => ({ kind: 'compile' as const, compile })),
  ...(['float32', 'bfloat16', 'float16'] as const).map((precision) => ({ kind: 'precision' as const, precision })),
  ...(['sdpa', 'cudnn', 'sage'] as const).map((attention) => ({ kind: 'attention' as const, attention })),
  ...(['all', 'cached'] as const).map((steps) => ({ kind: 'steps' as const, steps })),
  ...(['same', 'int8', 'fp8-products'] as const).map((transformer) => ({
    kind: 'storage' as const,
    transformer,
  })),
];
const replan = (...some: PlanChange[]) => ({
  ...inSlabs,
  rung: { kind: 'replan', plan, changes: some, fresh: true } as const,
});

describe('a recovery in words', () => {
  beforeEach(() => {
    vi.stubGlobal('document', { documentElement: {} });
    startWords('en');
    speak('en');
  });
  it('says what changes, that the picture does not, and what it costs', () => {
    expect(proposalWords(inSlabs, 480)).toBe(
      'Reelwright will decode the frames in slabs of 64 rows. The picture stays the same. It takes about 20 s more.',
    );
    expect(proposalWords({ ...inSlabs, moreSeconds: 0.2 }, 480)).toMatch(/hardly longer\.$/);
    expect(proposalWords(inEightBits, 480)).toMatch(/eight bits\. The picture may change\.$/);
  });
  it('remembers weights that were only kept as floats, which no plan asks for any more', () => {
    const notes = RecoveryNote.array().parse([
      {
        ...{ cause: 'device-memory', phase: 'denoising', rung: 'replan' },
        changes: [{ kind: 'storage', transformer: 'fp8' }],
      },
    ]);
    expect(notesWords(notes, 480)).toContain('weights in eight bits');
  });
  it('is a choice, an attempt and a note in its own grammar', () => {
    expect(choiceWords(inSlabs, 480)).toBe('Decode the frames in slabs of 64 rows');
    expect(priceWords(inSlabs)).toBe('about 20 s more');
    expect(attemptWords(2, inSlabs, 480)).toBe('Attempt 2: decoding in slabs of 64 rows');
    expect(attemptWords(3, null, 480)).toBe('Attempt 3: repairing the engine');
    const inRows: PlanChange = { kind: 'decode', slabRows: 64 };
    const note: RecoveryNote = { cause: 'device-memory', phase: 'decoding', rung: 'replan', changes: [inRows] };
    expect(notesWords([note], 480)).toBe('Rendered after one recovery: decoded in slabs of 64 rows.');
  });
  it('says of a clip that failed after all what was tried', () => {
    const failure = { cause: 'host-memory', phase: 'decoding', detail: '' } as const;
    const state = { kind: 'failed', failure, kept: { kind: 'latents' } } as const;
    const fresh: RecoveryNote = { cause: 'host-memory', phase: 'decoding', rung: 'fresh-worker', changes: [] };
    const lower: RecoveryNote = { ...fresh, rung: 'replan', changes: [{ kind: 'decode', slabRows: 20 }] };
    const recoveries = [fresh, lower, lower];
    expect(triedWords(jobOf('a', { state, recoveries }))).toBe(
      'Tried: done again in a fresh process; decoded in slabs of 20 rows.',
    );
    expect(triedWords(jobOf('a', { state }))).toBeNull();
    expect(triedWords(jobOf('a', { recoveries }))).toBeNull();
  });
  it('counts no slabs where one holds the whole picture', () => {
    const inOne = replan({ kind: 'decode', slabRows: 160 });
    expect(choiceWords(inOne, 160)).toBe('Decode the frames in one slab');
    expect(choiceWords(inOne, 320)).toBe('Decode the frames in slabs of 160 rows');
  });
  it('tells the same thing once, however often it was met', () => {
    const fresh: RecoveryNote = { cause: 'killed', phase: null, rung: 'fresh-worker', changes: [] };
    expect(notesWords([fresh, fresh], 480)).toBe('Rendered after 2 recoveries: done again in a fresh process.');
  });
  it('goes on with what is slow in words of its own, and leaves the picture', () => {
    const slow = { ...inSlabs, rung: { kind: 'accept', slow: true } as const };
    expect(proposalWords(slow, 480)).toMatch(/go on as it is, however slow\. The picture stays the same\./);
    expect(proposalWords({ ...inSlabs, rung: { kind: 'accept' } }, 480)).not.toMatch(/picture/);
    const note: RecoveryNote = { cause: 'spill', phase: 'denoising', rung: 'accept', changes: [] };
    expect(notesWords([note], 480)).toMatch(/gone on with as it was/);
    expect(notesWords([{ ...note, cause: 'bad-frames' }], 480)).toMatch(/frames were taken/);
  });
  it.each(['en', 'zh-CN'] as const)('has words for every change in every form (%s)', (language) => {
    speak(language);
    for (const change of changes) {
      const recovery = replan(change);
      const note = { cause: 'x', phase: null, rung: 'replan' as const, changes: [change] };
      for (const text of [proposalWords(recovery, 480), attemptWords(2, recovery, 480), notesWords([note], 480)]) {
        expect(text).not.toMatch(/\{\{|undefined|\b(will|now|done)\.\w/);
      }
    }
    expect(new Set(changes.map((change) => choiceWords(replan(change), 480))).size).toBe(changes.length);
    for (const reason of EndReason.options) expect(words(`recovery:end.${reason}`)).not.toMatch(/^end\./);
  });
  it('lists several changes as people do', () => {
    const [first, , , second] = [...changes.slice(10)];
    if (!first || !second) throw new Error('There are more changes than that.');
    expect(choiceWords(replan(first, second), 480)).toMatch(/^Decode .* and read /);
    speak('zh-CN');
    expect(choiceWords(replan(first, second), 480)).toMatch(/和/);
  });
});
