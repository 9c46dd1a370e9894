import { describe, expect, it } from 'vitest';
import type { Clip, ClipPage } from '../../../contract/clip.ts';
import { clipOf, clipsOf, pageOf, type Question } from './clip.fixture.ts';
import { createLibrary } from './library.ts';
import { toggled } from './selection.ts';
import { clipAt, windowSize } from './windows.ts';

/** A studio whose answers come when the test says so. */
function studioWith(clips: Clip[]) {
  const waiting: { question: Question; answer: (page: ClipPage) => void; refuse: (error: Error) => void }[] = [];
  const library = createLibrary(
    (question) => new Promise((answer, refuse) => waiting.push({ question, answer, refuse })),
  );
  const settle = () => new Promise<void>((done) => setImmediate(done));
  return {
    library,
    clips,
    waiting,
    /** Answers everything that is asked, and what that leads to. */
    async answerAll() {
      for (;;) {
        await settle();
        const next = waiting.shift();
        if (next === undefined) return;
        next.answer(pageOf(this.clips, next.question));
      }
    },
    settle,
  };
}

describe('the library of the page', () => {
  it('reads what is seen, two windows at a time', async () => {
    const studio = studioWith(clipsOf(1000));
    studio.library.readAgain();
    await studio.answerAll();
    studio.library.look({ first: 5 * windowSize, last: 8 * windowSize });
    expect(studio.waiting).toHaveLength(2);
    await studio.answerAll();
    const { cache } = studio.library.store.getState();
    expect(cache.total).toBe(1000);
    expect(clipAt(cache, 8 * windowSize)?.id).toBe(`c${8 * windowSize}`);
  });

  it('skips what was scrolled past before its turn', async () => {
    const studio = studioWith(clipsOf(3000));
    studio.library.readAgain();
    await studio.answerAll();
    for (let number = 5; number < 40; number++) {
      studio.library.look({ first: number * windowSize, last: number * windowSize + 10 });
    }
    expect(studio.waiting.map(({ question }) => question.offset / windowSize)).toEqual([5, 6]);
    await studio.answerAll();
    const { windows } = studio.library.store.getState().cache;
    expect([...windows.keys()].sort((one, other) => one - other)).toEqual([0, 5, 6, 39]);
  });

  it('shows the old clips until the new ones come, and no answer to an old question', async () => {
    const studio = studioWith(clipsOf(10));
    studio.library.readAgain();
    await studio.answerAll();
    studio.library.ask({ search: 'a' });
    const late = studio.waiting.shift();
    studio.library.ask({ search: 'ab' });
    const right = studio.waiting.shift();
    expect(clipAt(studio.library.store.getState().cache, 0)?.id).toBe('c0');
    right?.answer({ total: 1, offset: 0, clips: [clipOf('right')] });
    await studio.settle();
    late?.answer({ total: 1, offset: 0, clips: [clipOf('late')] });
    await studio.settle();
    const { cache, shown } = studio.library.store.getState();
    expect(cache.total).toBe(1);
    expect(clipAt(cache, 0)?.id).toBe('right');
    expect(shown?.search).toBe('ab');
  });

  it('keeps the keyboard on its clip when another comes before it', async () => {
    const studio = studioWith(clipsOf(10));
    studio.library.readAgain();
    await studio.answerAll();
    studio.library.activate(4);
    studio.clips.unshift(clipOf('new'));
    studio.library.readAgain();
    await studio.answerAll();
    expect(studio.library.store.getState()).toMatchObject({ active: 5, activeId: 'c4' });
  });

  it('keeps the keyboard in its place when its clip goes', async () => {
    const studio = studioWith(clipsOf(5));
    studio.library.readAgain();
    await studio.answerAll();
    studio.library.activate(4);
    studio.clips.pop();
    studio.library.readAgain();
    await studio.answerAll();
    expect(studio.library.store.getState()).toMatchObject({ active: 3, activeId: 'c3' });
  });

  it('sees the first clip come', async () => {
    const studio = studioWith([]);
    studio.library.readAgain();
    await studio.answerAll();
    expect(studio.library.store.getState().cache.total).toBe(0);
    studio.library.look({ first: 0, last: 10 });
    expect(studio.waiting).toHaveLength(0);
    studio.clips.push(clipOf('first'));
    studio.library.readAgain();
    await studio.answerAll();
    expect(clipAt(studio.library.store.getState().cache, 0)?.id).toBe('first');
  });

  it('reads once more, however often it hears of changes while it reads', async () => {
    const studio = studioWith(clipsOf(10));
    studio.library.readAgain();
    for (let change = 0; change < 50; change++) studio.library.readAgain();
    expect(studio.waiting).toHaveLength(1);
    studio.clips.push(clipOf('late'));
    const first = studio.waiting.shift();
    first?.answer(pageOf(clipsOf(10), first.question));
    await studio.settle();
    // What was under way is shown, and what it did not know comes after it.
    expect(studio.library.store.getState().cache.total).toBe(10);
    expect(studio.waiting).toHaveLength(1);
    await studio.answerAll();
    expect(studio.library.store.getState().cache.total).toBe(11);
  });

  it('tells trouble, stops asking, and recovers when asked again', async () => {
    const studio = studioWith(clipsOf(10));
    studio.library.readAgain();
    studio.waiting.shift()?.refuse(new Error('lost'));
    await studio.settle();
    expect(studio.library.store.getState().trouble).toBeInstanceOf(Error);
    studio.library.look({ first: 0, last: 3 });
    expect(studio.waiting).toHaveLength(0);
    studio.library.readAgain();
    await studio.answerAll();
    expect(studio.library.store.getState()).toMatchObject({ trouble: null, cache: { total: 10 } });
  });

  it('names every clip of a range, read or not', async () => {
    const studio = studioWith(clipsOf(1300));
    studio.library.readAgain();
    await studio.answerAll();
    const ids = studio.library.ids({ first: 0, last: 1299 });
    await studio.answerAll();
    expect(await ids).toEqual(studio.clips.map((clip) => clip.id));
  });

  it('gives up naming when something else is asked for meanwhile', async () => {
    const studio = studioWith(clipsOf(1300));
    studio.library.readAgain();
    await studio.answerAll();
    const ids = studio.library.ids({ first: 0, last: 1299 });
    studio.library.ask({ stars: 1 });
    await studio.answerAll();
    expect(await ids).toBeNull();
  });

  it('finds the place of a clip it has not read yet', async () => {
    const studio = studioWith(clipsOf(1300));
    studio.library.readAgain();
    await studio.answerAll();
    const place = studio.library.placeOf('c1234');
    await studio.answerAll();
    expect(await place).toBe(1234);
    const nowhere = studio.library.placeOf('elsewhere');
    await studio.answerAll();
    expect(await nowhere).toBeNull();
  });

  it('lets the selection go when something else is asked for', async () => {
    const studio = studioWith(clipsOf(10));
    studio.library.readAgain();
    await studio.answerAll();
    studio.library.select(toggled(studio.library.store.getState().selection, 'c1', 1));
    studio.library.ask({ search: '' });
    expect(studio.library.store.getState().selection.ids.size).toBe(1);
    studio.library.ask({ order: 'oldest' });
    expect(studio.library.store.getState().selection.ids.size).toBe(0);
  });
});
