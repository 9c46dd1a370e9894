import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moments, surviveKills } from './kills.ts';
import { Stage } from './stage.ts';
import { surviveStop } from './stops.ts';
import { surviveSecond } from './twoStudios.ts';

/** Processes are looked up in /proc. `npm run test:faults` kills more often, and everywhere. */
describe.skipIf(process.platform !== 'linux')(
  'a studio whose processes are killed or stand still',
  {
    timeout: 120_000,
  },
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.set();
    });
    afterAll(() => stage.strike());

    it.each(moments(20261123, 6))('survives the death of: $victim, at $at of its life', async (moment) => {
      expect(await surviveKills(stage, [moment])).toMatchObject([{ wrong: [] }]);
    });

    it('takes the sleep of the machine for no hang', async () => {
      const stop = { who: 'machine', phase: 'denoising' } as const;
      expect(await surviveStop(stage, 'asleep', stop)).toMatchObject({ noticedMs: null, wrong: [] });
    });

    it('is the only one in its folder, whoever else comes', async () => {
      const found = await surviveSecond(stage);
      expect(found.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    });
  },
);
