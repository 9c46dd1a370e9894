import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftOfFile, type QueueFile, queueFileLimits, queueFileVersion, readQueueFile } from './queueFile.ts';

const clip: QueueFile['clips'][number] = {
  ...{
    model: 'paper-world',
    prompt: 'a ball',
    negativePrompt: '',
    width: 96,
    height: 64,
    frames: 17,
    fps: 8,
    steps: 8,
  },
  ...{ guidance: 3, scheduler: 'ddim', seed: 1, fromPicture: false },
};
const file = (change: object = {}) =>
  JSON.stringify({ format: 'reelwright-queue', version: 1, clips: [clip], ...change });
const problem = (text: string) => {
  const read = readQueueFile(text);
  return read.kind === 'refused' ? read.problem : null;
};

describe('a queue as a file', () => {
  it('is read as it was written', () =>
    expect(readQueueFile(file())).toMatchObject({ kind: 'read', file: { clips: [clip] } }));

  it('brings the limits that clips have', () => {
    const limited = { ...clip, memoryLimit: 8 * 2 ** 30 };
    const read = readQueueFile(file({ version: 2, clips: [limited, clip] }));
    if (read.kind !== 'read') throw new Error(read.problem);
    expect(read.file.clips.map(draftOfFile).map(({ memoryLimit }) => memoryLimit)).toEqual([8 * 2 ** 30, undefined]);
  });

  it('brings the shortcuts that were chosen, in a version of which earlier studios say that it is newer', () => {
    const chosen = { ...clip, shortcut: 'cached-steps' } as const;
    const read = readQueueFile(file({ version: 3, clips: [chosen, clip] }));
    if (read.kind !== 'read') throw new Error(read.problem);
    expect(read.file.clips.map(draftOfFile).map(({ shortcut }) => shortcut)).toEqual(['cached-steps', undefined]);
    const limited = { ...clip, memoryLimit: 2 ** 33 };
    expect([[clip], [clip, limited], [limited, chosen]].map(queueFileVersion)).toEqual([1, 2, 3]);
  });

  it.each([
    ['nothing', '', 'not-a-queue'],
    ['something else', '{"format":"reelwright-preset","version":1}', 'not-a-queue'],
    ['a newer one', file({ version: 4, extra: true }), 'newer'],
    ['a field that is not ours', file({ path: '/etc/passwd' }), 'unreadable'],
    ['a path in a clip', file({ clips: [{ ...clip, image: '/etc/passwd' }] }), 'unreadable'],
    ['a model that is a path', file({ clips: [{ ...clip, model: '../../x' }] }), 'unreadable'],
    ['a limit below all sense', file({ version: 2, clips: [{ ...clip, memoryLimit: 1 }] }), 'unreadable'],
    ['a shortcut that nobody knows', file({ version: 3, clips: [{ ...clip, shortcut: 'magic' }] }), 'unreadable'],
    ['steps without end', file({ clips: [{ ...clip, steps: 1e9 }] }), 'unreadable'],
    ['a prompt without end', file({ clips: [{ ...clip, prompt: 'x'.repeat(5000) }] }), 'unreadable'],
    ['too many clips', file({ clips: Array(queueFileLimits.clips + 1).fill(clip) }), 'unreadable'],
    ['too large', ' '.repeat(queueFileLimits.bytes + 1), 'too-large'],
    ['a prototype', `{"__proto__":{"format":"reelwright-queue","version":1,"clips":[]}}`, 'not-a-queue'],
    ['depth without end', '['.repeat(100_000), 'not-a-queue'],
  ])('%s is refused', (_, text, expected) => expect(problem(text)).toBe(expected));

  it('never throws, whatever is in it', () => {
    fc.assert(fc.property(fc.json(), (text) => void readQueueFile(text)));
    fc.assert(
      fc.property(fc.nat(file().length), fc.string(), (at, junk) => void readQueueFile(file().slice(0, at) + junk)),
    );
  });
});
