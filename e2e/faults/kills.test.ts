import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moments, surviveKills } from './kills.ts';
import { Stage } from './stage.ts';

/** Processes are looked up in /proc. `npm run test:faults` kills more often, and everywhere. */
describe.skipIf(process.platform !== 'linux')(
  'a studio whose processes are killed',
  {
    timeout: 120_000,
  },
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.set();
    });
    afterAll(() => stage.strike());

    it.each(moments(1869, 3))('survives the death of: $victim, at $at of its life', async (moment) => {
      expect(await surviveKills(stage, [moment])).toMatchObject([{ wrong: [] }]);
    });
  },
);
