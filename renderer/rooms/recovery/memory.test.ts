import { describe, expect, it } from 'vitest';
import { plannedFor } from '../create/planned.fixture.ts';
import { memoryPicture } from './memory.ts';
import { outOfMemory } from './recovery.fixture.ts';

const gigabyte = 2 ** 30;
const figures = (picture: ReturnType<typeof memoryPicture>) =>
  picture?.bars.map(({ kind, phase, bytes }) => [kind, phase, bytes / gigabyte]);

describe('the picture of a failure', () => {
  it('sets what was needed against what there was', () => {
    expect(figures(memoryPicture(outOfMemory, null, null))).toEqual([
      ['needed', 'decoding', 14],
      ['there', null, 10],
    ]);
  });
  it('counts no more as there than the process was allowed to take', () => {
    const allowed = memoryPicture({ ...outOfMemory, allowedBytes: 9.5 * gigabyte }, null, null);
    expect(figures(allowed)?.[1]).toEqual(['there', null, 9.5]);
  });
  it('adds the new plan and the other phases, all on one scale', () => {
    const planned = plannedFor(12 * gigabyte, [5 * gigabyte, 8 * gigabyte, 11 * gigabyte]);
    const picture = memoryPicture(outOfMemory, 4 * gigabyte, planned);
    expect(figures(picture)?.slice(2)).toEqual([
      ['after', 'decoding', 4],
      ['phase', 'encoding', 5],
      ['phase', 'denoising', 8],
    ]);
    expect(picture?.bars.map(({ share }) => Math.round(share * 14))).toEqual([14, 10, 4, 5, 8]);
    expect(picture?.line).toBeCloseTo(10 / 14);
  });
  it('says when there was enough in pieces only', () => {
    expect(memoryPicture(outOfMemory, null, null)?.inPieces).toBe(false);
    expect(memoryPicture({ ...outOfMemory, requestedBytes: gigabyte }, null, null)?.inPieces).toBe(true);
  });
  it('is none where the driver did not say', () => {
    expect(memoryPicture({ ...outOfMemory, requestedBytes: null }, null, null)).toBeNull();
    expect(memoryPicture({ ...outOfMemory, freeBytes: null }, null, null)).toBeNull();
  });
  it('draws no phase of which nothing is predicted', () => {
    const nothing = plannedFor(null, [gigabyte, gigabyte, gigabyte]);
    expect(figures(memoryPicture(outOfMemory, null, nothing))).toHaveLength(2);
  });
  it('sets what is free now against the new plan, where nobody counted what was needed', () => {
    const planned = plannedFor(12 * gigabyte, [5 * gigabyte, 8 * gigabyte, 11 * gigabyte], 6 * gigabyte);
    const where = { phase: 'decoding', step: null, detail: '' } as const;
    const host = memoryPicture({ cause: 'host-memory', ...where }, 4 * gigabyte, planned);
    expect(figures(host)).toEqual([
      ['free', null, 6],
      ['after', 'decoding', 4],
      ['phase', 'encoding', 1],
      ['phase', 'denoising', 1],
    ]);
    const spill = { cause: 'spill', ...where, stepSeconds: 9, expectedSeconds: 1 } as const;
    expect(figures(memoryPicture(spill, 4 * gigabyte, planned))?.slice(0, 2)).toEqual([
      ['free', null, 12],
      ['after', 'decoding', 4],
    ]);
    // Nothing to set it against; nobody has told what is free; no card at all.
    expect(memoryPicture(spill, null, planned)).toBeNull();
    expect(memoryPicture(spill, 4 * gigabyte, null)).toBeNull();
    expect(memoryPicture(spill, 4 * gigabyte, plannedFor(null, [1, 1, 1]))).toBeNull();
  });
});
