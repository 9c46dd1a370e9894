import { describe, expect, it } from 'vitest';
import { Received } from '../../../contract/received.ts';
import { receive } from './index.ts';
import { mutatedKinds, mutation } from './mutations.fixture.ts';

/** The short form: `npm run bench -- fuzz` does the same with a hundred thousand, and looks at time and memory. */
describe('four thousand things that nobody made', () => {
  it.each(mutatedKinds)('%s: each is answered, and what is taken is as the contract says', async (kind) => {
    const first = mutatedKinds.indexOf(kind);
    const kinds = new Set<string>();
    for (let seed = first; seed < 4000; seed += mutatedKinds.length) {
      const { given } = mutation(seed);
      const received = await receive(given);
      const checked = Received.safeParse(received);
      expect(checked.error, `seed ${seed}`).toBeUndefined();
      kinds.add(received.kind);
    }
    // Some are still good and some are not: else nothing behind the first check would have been tried.
    expect(kinds.has('refused')).toBe(true);
    expect(kinds.size).toBeGreaterThan(1);
  });
});
