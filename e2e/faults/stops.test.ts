import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from './stage.ts';
import { surviveStop } from './stops.ts';
import { surviveSecond } from './twoStudios.ts';

describe.skipIf(process.platform !== 'linux')('a studio that renders', { timeout: 120_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set();
  });
  afterAll(() => stage.strike());

  it('takes the sleep of the machine for no hang', async () => {
    const stop = { who: 'machine', phase: 'denoising' } as const;
    expect(await surviveStop(stage, 'asleep', stop)).toMatchObject({ noticedMs: null, wrong: [] });
  });

  it('is the only one in its folder, whoever else comes', async () => {
    const found = await surviveSecond(stage);
    expect(found).toHaveLength(4);
    expect(found.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  });
});
