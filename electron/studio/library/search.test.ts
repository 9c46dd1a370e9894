import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import { openStore, type Store } from '../storage/database.ts';
import { Library } from './library.ts';

describe('a search', () => {
  let folder: string;
  let store: Store;
  let library: Library;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-search-'));
    store = openStore(join(folder, 'store.db'));
    library = new Library(store, folder, () => 0);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const enter = (prompt: string) =>
    library.enter([
      {
        ...{ id: 'a', createdAt: 1, file: '/a.mp4', bytes: 1, model: 'm', unknown: [], maker: null, seconds: 0 },
        settings: {
          ...{ prompt, negativePrompt: '', image: null, width: 2, height: 2, frames: 1, fps: 8, steps: 1 },
          ...{ guidance: 0, scheduler: 'ddim', seed: 0 },
        },
        phaseSeconds: {},
        ...{ recoveries: [], shortcut: null },
      },
    ]);
  const total = async (search: string) => (await library.page({ ...everyClip, search }, 0, 5)).total;

  it('goes on beyond what cannot be typed', async () => {
    enter('abc\u0000def \ud800xyz');
    for (const search of ['def', 'xyz', 'abc\u0000d', '\u0000abc', '\ud800xyz', '\u0000'])
      expect(await total(search)).toBe(1);
  });

  it('of any text finds the clip that has it as its prompt, and never fails', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(text, async (prompt) => {
        enter(prompt);
        expect(await total(prompt)).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});
