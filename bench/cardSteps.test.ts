import { expect, it } from 'vitest';
import type { BlocksLine, ProfileLine } from './cardResults.ts';
import { blocks, pictures, profile } from './cardSteps.ts';

const rows = (section: string) => section.split('\n').filter((line) => line.startsWith('| resident'));

it('says what a step goes into, and what held the clock back', () => {
  const times = (ms: number) => ({ ms, count: 42 });
  const line: ProfileLine = {
    bench: 'profile',
    ...{ model: '5b', name: 'resident-compile', calculated_seconds: 1.4571, cached_seconds: 0.021 },
    clocks: {
      ...{ mhz: 1485, least_mhz: 1320, most_mhz: 1980, watts: 698, limit_watts: 700 },
      held_back: { power: 0.973, heat: 0 },
    },
    profiled: [
      {
        ...{ step: 3, calculated: true, seconds: 1.45, idle_ms: 4.21 },
        kinds: { attention: times(770), products: times(455.5), compiled: times(190), other: times(2) },
      },
      { step: 12, calculated: false, seconds: 0.02, failed: "The profiler saw no work of the card's." },
    ],
  };
  expect(rows(profile([line]))).toEqual([
    '| resident-compile | 3 | 1.450 | 770.0 | 455.5 | 190.0 | 0.0 | 0.0 | 2.0 | 4.2 |',
    "| resident-compile | 12, cached | The profiler saw no work of the card's. |  |  |  |  |  |  |  |",
    '| resident-compile | 1.457 | 0.021 | 1485 | 1320 | 1980 | 698 | 700 | power 97 % |',
  ]);
});

it('says what a block takes, and how fast numbers come and go', () => {
  const line: BlocksLine = { bench: 'blocks', model: '5b', name: 'ours, with kernels', tokens: 17776, width: 3072 };
  const found = blocks([
    { ...line, seconds: 0.032783, psnr: 74.3, beside_gib: 1.017 },
    { ...line, name: 'added, kernels', seconds: 0.0002304, gb_per_second: 2844 },
    { ...line, name: 'added, kernels of 4 warps', seconds: 0.0002258, gb_per_second: 2902 },
    { ...line, name: 'library, compiled', failed: 'No compiler. None.' },
  ]);
  expect(found.split('\n').filter((text) => text.startsWith('| 5b'))).toEqual([
    '| 5b | ours, with kernels | 32.78 |  | 1.02 | 74.3 |',
    '| 5b | added, kernels | 0.23 | 2844 |  |  |',
    '| 5b | library, compiled | No compiler |  |  |  |',
  ]);
});

it('says how far each clip is from the exact one', () => {
  const line = { bench: 'pictures', name: 'resident-sage', width: 256, height: 160, tokens: 848, steps: 16 } as const;
  const found = pictures([
    { ...line, scheduler: 'ddim', decibels: [38.04, null, 41] },
    { ...line, scheduler: 'dpm', failed: 'It cannot. Really.' },
  ]);
  expect(rows(found)).toEqual([
    '| resident-sage | ddim | 16 | 256x160 | 848 | 38.0, the same, 41.0 |',
    '| resident-sage | dpm | 16 | 256x160 | 848 | It cannot |',
  ]);
});
