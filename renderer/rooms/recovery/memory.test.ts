import { describe, expect, it } from 'vitest';
import type { PhasePrediction } from '../../../contract/plan.ts';
import type { Phase } from '../../../contract/render.ts';
import { memoryPicture } from './memory.ts';
import { outOfMemory } from './recovery.fixture.ts';

const gigabyte = 2 ** 30;
const predicted = (phase: Phase, need: number | null): PhasePrediction => ({
  ...{ phase, seconds: 1, deviceBytes: need },
  ...{ deviceNeed: need === null ? null : need * gigabyte, hostBytes: 0 },
});
const figures = (picture: ReturnType<typeof memoryPicture>) =>
  picture?.bars.map(({ kind, phase, bytes }) => [kind, phase, bytes / gigabyte]);

describe('the picture of a failure', () => {
  it('sets what was needed against what there was', () => {
    expect(figures(memoryPicture(outOfMemory, null, []))).toEqual([
      ['needed', 'decoding', 14],
      ['there', null, 10],
    ]);
  });
  it('counts no more as there than the process was allowed to take', () => {
    const allowed = memoryPicture({ ...outOfMemory, allowedBytes: 9.5 * gigabyte }, null, []);
    expect(figures(allowed)?.[1]).toEqual(['there', null, 9.5]);
  });
  it('adds the new plan and the other phases, all on one scale', () => {
    const picture = memoryPicture(outOfMemory, 4 * gigabyte, [
      predicted('loading', 3),
      predicted('encoding', 5),
      predicted('denoising', 8),
      predicted('decoding', 11),
    ]);
    expect(figures(picture)?.slice(2)).toEqual([
      ['after', 'decoding', 4],
      ['phase', 'encoding', 5],
      ['phase', 'denoising', 8],
    ]);
    expect(picture?.bars.map(({ share }) => Math.round(share * 14))).toEqual([14, 10, 4, 5, 8]);
    expect(picture?.line).toBeCloseTo(10 / 14);
  });
  it('says when there was enough in pieces only', () => {
    expect(memoryPicture(outOfMemory, null, [])?.inPieces).toBe(false);
    expect(memoryPicture({ ...outOfMemory, requestedBytes: gigabyte }, null, [])?.inPieces).toBe(true);
  });
  it('is none where the driver did not say', () => {
    expect(memoryPicture({ ...outOfMemory, requestedBytes: null }, null, [])).toBeNull();
    expect(memoryPicture({ ...outOfMemory, freeBytes: null }, null, [])).toBeNull();
  });
  it('draws no phase of which nothing is predicted', () => {
    expect(figures(memoryPicture(outOfMemory, null, [predicted('denoising', null)]))).toHaveLength(2);
  });
});
