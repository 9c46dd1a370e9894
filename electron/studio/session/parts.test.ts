import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Feed, following } from './feed.ts';
import { fileResponse, rangeOf } from './media.ts';

describe('a feed', () => {
  it('gives everything in order, and leaves out what a newer event makes worthless', async () => {
    const feed = new Feed<{ kind: string; n: number }>(({ kind }) => (kind === 'preview' ? kind : null));
    for (const [n, kind] of ['job', 'preview', 'job', 'preview'].entries()) feed.push({ kind, n });
    feed.close();
    const got: number[] = [];
    for await (const { n } of feed) got.push(n);
    expect(got).toEqual([0, 2, 3]);
  });

  it('gives each its newest, however reading and writing take turns', async () => {
    const kinds = fc.constantFrom('job', 'preview', 'preview goes on', 'live');
    const turns = fc.array(fc.oneof(kinds, fc.constant('read')), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(turns, async (list) => {
        const keyOf = ({ kind }: { kind: string }) => (kind === 'job' ? null : (kind.split(' ')[0] ?? null));
        const feed = new Feed<{ kind: string; n: number }>(keyOf, ({ kind }) => kind.endsWith('goes on'));
        const reader = feed[Symbol.asyncIterator]();
        let expected: { kind: string; n: number }[] = [];
        for (const [n, kind] of list.entries()) {
          if (kind === 'read') {
            const [next, ...rest] = expected;
            if (next === undefined) continue;
            expect((await reader.next()).value).toEqual(next);
            expected = rest;
          } else {
            feed.push({ kind, n });
            const isWorthless = (older: { kind: string }) =>
              !kind.endsWith('goes on') && keyOf(older) !== null && keyOf(older) === keyOf({ kind });
            expected = [...expected.filter((older) => !isWorthless(older)), { kind, n }];
          }
        }
        feed.close();
        for (const next of expected) expect((await reader.next()).value).toEqual(next);
        expect((await reader.next()).done).toBe(true);
      }),
    );
  });

  it('lets others have their turn between two', async () => {
    const feed = new Feed<string>();
    const got: string[] = [];
    for (const each of ['one', 'two']) feed.push(each);
    feed.close();
    setImmediate(() => got.push('another'));
    for await (const each of feed) got.push(each);
    expect(got).toEqual(['one', 'another', 'two']);
  });

  it('tells first what there is to begin with, and then what happened meanwhile', async () => {
    let push: (event: string) => void = () => {};
    let heard = true;
    const attach = (to: typeof push) => {
      push = to;
      return () => {
        heard = false;
      };
    };
    const begin = function* () {
      yield 'first';
      yield 'second';
    };
    const told = following(new Feed<string>(), attach, undefined, begin);
    expect((await told.next()).value).toBe('first');
    push('later');
    expect([(await told.next()).value, (await told.next()).value]).toEqual(['second', 'later']);
    await told.return();
    expect(heard).toBe(false);
  });

  it('wakes a reader that waits, and lets it go at the end', async () => {
    const feed = new Feed<number>();
    const got: number[] = [];
    const reading = (async () => {
      for await (const n of feed) got.push(n);
    })();
    feed.push(1);
    await Promise.resolve();
    feed.push(2);
    feed.close();
    await reading;
    expect(got).toEqual([1, 2]);
  });
});

describe('a range of bytes', () => {
  it.each([
    [null, null],
    ['bytes=0-', { start: 0, end: 99 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=90-500', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=100-', 'wrong'],
    ['bytes=20-10', 'wrong'],
    ['bytes=-0', 'wrong'],
    ['bytes=0-1,3-4', null],
    ['lines=1-2', null],
  ])('%s of a hundred', (header, range) => expect(rangeOf(header, 100)).toEqual(range));

  it('never leaves the file', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1e9 }), (from, to, size) => {
        const range = rangeOf(`bytes=${from}-${to}`, size);
        return (
          range === 'wrong' || range === null || (0 <= range.start && range.start <= range.end && range.end < size)
        );
      }),
    );
  });
});

describe('a file as an answer', () => {
  let folder: string;
  let file: string;
  const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-media-'));
    file = join(folder, 'clip.mp4');
    writeFileSync(file, bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const ask = (range?: string, method = 'GET') =>
    fileResponse(file, new Request('http://x/', { method, headers: range ? { range } : {} }), { 'X-Test': '1' });

  it('is whole', async () => {
    const answer = await ask();
    expect(answer?.status).toBe(200);
    expect(answer?.headers.get('x-test')).toBe('1');
    expect(Buffer.from((await answer?.arrayBuffer()) ?? new ArrayBuffer(0)).equals(bytes)).toBe(true);
  });

  it('or the part that was asked for', async () => {
    const answer = await ask('bytes=300000-600000');
    expect(answer?.status).toBe(206);
    expect(answer?.headers.get('content-range')).toBe('bytes 300000-600000/700000');
    const part = Buffer.from((await answer?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect(part.equals(bytes.subarray(300_000, 600_001))).toBe(true);
  });

  it('has no body for HEAD and for a range outside', async () => {
    expect((await ask(undefined, 'HEAD'))?.headers.get('content-length')).toBe('700000');
    expect((await ask('bytes=700000-'))?.status).toBe(416);
  });

  it('is no answer when there is none', async () => {
    const request = new Request('http://x/');
    expect(await fileResponse(join(folder, 'none.mp4'), request, {})).toBeNull();
    expect(await fileResponse(folder, request, {})).toBeNull();
  });

  it('can be left half read', async () => {
    const answer = await ask();
    const reader = answer?.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    rmSync(file);
    writeFileSync(file, bytes);
  });
});
