import { describe, expect, it } from 'vitest';
import type { Failure } from '../../contract/failure.ts';
import type { JobState } from '../../contract/job.ts';
import type { NextAttempt, Recovery } from '../../contract/recovery.ts';
import { askChoice, failedSentence, nextSentence, recoveriesSentence, recoveringBy } from './recover.ts';

const failure: Failure = { cause: 'hang', phase: 'denoising', seconds: 7, detail: '' };
const release: Recovery = {
  rung: { kind: 'release' },
  keeps: { kind: 'latents' },
  moreSeconds: 20,
  changesPicture: false,
};
const fresh: Recovery = { ...release, rung: { kind: 'fresh-worker' } };
const accept: Recovery = { ...release, rung: { kind: 'accept' } };

const failed = (next?: NextAttempt): Extract<JobState, { kind: 'failed' }> => ({
  ...{ kind: 'failed', failure, kept: { kind: 'latents' } },
  ...(next === undefined ? {} : { next }),
});
const goesOn = failed({ kind: 'recover', recovery: release, others: [fresh, accept] });
const ended = failed({ kind: 'end', reason: 'no-way-left', others: [accept], remedies: [] });

/** Gives these answers, and remembers the questions. */
function answers(...given: (string | null)[]) {
  const asked: string[] = [];
  const prompt = async (question: string) => {
    asked.push(question);
    const answer = given.shift();
    if (answer === undefined) throw new Error(`Nobody expected "${question}".`);
    return answer;
  };
  return { prompt, asked };
}

describe('a recovery that is asked for', () => {
  it.each([
    ['', { kind: 'recover', choice: null }],
    ['1', { kind: 'recover', choice: null }],
    ['2', { kind: 'recover', choice: 0 }],
    ['3', { kind: 'recover', choice: 1 }],
    ['n', { kind: 'leave' }],
    ['No', { kind: 'leave' }],
    [null, { kind: 'leave' }],
  ])('%j is taken for %j', async (answer, choice) => {
    const { prompt, asked } = answers(answer);
    expect(await askChoice(goesOn, 480, prompt)).toEqual(choice);
    expect(asked).toHaveLength(1);
    for (const line of [/^What can be done:$/m, /^ {2}1 {2}\S.*\.$/m, /^ {2}3 {2}\S.*\.$/m, /Enter for 1, or n/])
      expect(asked[0]).toMatch(line);
  });

  it('is asked for again where the answer is none', async () => {
    const { prompt, asked } = answers('4', '0', 'yes', '1.5', '2');
    expect(await askChoice(goesOn, 480, prompt)).toEqual({ kind: 'recover', choice: 0 });
    expect(asked[1]).toBe('"4" is none of them. 1 to 3, Enter for 1, or n?');
    expect(asked).toHaveLength(5);
  });

  it('has no usual answer where nothing is proposed, and no question where nothing can be done', async () => {
    expect(await askChoice(ended, 480, answers('').prompt)).toEqual({ kind: 'leave' });
    expect(await askChoice(ended, 480, answers('1').prompt)).toEqual({ kind: 'recover', choice: 0 });
    const nothing = failed({ kind: 'end', reason: 'no-progress', others: [], remedies: [] });
    for (const state of [nothing, failed()])
      expect(await askChoice(state, 480, answers().prompt)).toEqual({ kind: 'leave' });
  });

  it('needs somebody who can be asked', () => {
    expect(recoveringBy('ask', null)).toBeNull();
    expect(recoveringBy('never', null)).toEqual({ kind: 'never' });
    const { prompt } = answers();
    expect(recoveringBy('ask', prompt)).toEqual({ kind: 'ask', prompt });
    expect(recoveringBy('auto', prompt)).toEqual({ kind: 'auto' });
  });
});

describe('what is said of a failure', () => {
  it('names what can be done, or what would make it possible', () => {
    expect(nextSentence(goesOn.next, 480)).toMatch(/^What can be done: [A-Z].*\.$/);
    expect(nextSentence(undefined, 480)).toBe('');
    expect(nextSentence({ kind: 'end', reason: 'not-by-trying', others: [], remedies: [] }, 480)).toBe('');
    const change = { kind: 'frames', frames: 33 } as const;
    const remedies = [{ change, seconds: 60, deviceNeed: null }];
    expect(nextSentence({ kind: 'end', reason: 'no-way-left', others: [], remedies }, 480)).toMatch(
      /^[A-Z].*\. It would fit with 33 frames: about 1 min\.$/,
    );
  });

  it('has the figures of the window: what was needed and had, by whom else, and what the way that is proposed needs', () => {
    const gib = 2 ** 30;
    const ranOut: Failure = {
      ...{ cause: 'device-memory', phase: 'decoding', detail: '', requestedBytes: 2 * gib, freeBytes: gib },
      ...{ allocatedBytes: 4 * gib, reservedBytes: 4 * gib },
    };
    expect(failedSentence(ranOut)).toMatch(/Decoding needed 6\.0 GB of the card where 5\.0 GB could be had\.$/);
    const pieces = { ...ranOut, requestedBytes: gib, others: [] };
    expect(failedSentence(pieces)).toMatch(/where 5\.0 GB could be had, but not in one piece\.$/);
    const others = ['game', 'browser', 'player', 'one more'].map((name, at) => ({
      name,
      bytes: at === 0 ? gib : null,
    }));
    expect(failedSentence({ ...ranOut, others })).toMatch(/Others on it: game \(1\.0 GB\), browser, player\.$/);
    expect(failedSentence({ ...ranOut, freeBytes: null })).not.toMatch(/needed \d/);
    expect(failedSentence(failure)).not.toMatch(/GB/);
    const needs = { ...release, needs: 3.5 * gib };
    expect(nextSentence({ kind: 'recover', recovery: needs, others: [] }, 480)).toMatch(/\. It then needs 3\.5 GB\.$/);
  });

  it('stays with the clip', () => {
    const note = { cause: 'hang', phase: 'denoising', rung: 'fresh-worker', changes: [] } as const;
    const slabs = { ...note, rung: 'replan', changes: [{ kind: 'decode', slabRows: 64 }] } as const;
    const notes = [{ ...slabs, changes: [...slabs.changes] }];
    expect(recoveriesSentence(notes, 480)).toMatch(/^Rendered after one recovery: decoded in slabs of 64 rows.*\.$/);
    expect(recoveriesSentence([...notes, { ...note, changes: [] }], 480)).toMatch(
      /^Rendered after 2 recoveries: .*; .*\.$/,
    );
  });
});
