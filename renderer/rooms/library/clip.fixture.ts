import type { Clip, ClipPage, ClipQuery } from '../../../contract/clip.ts';
import { settingsOf } from '../render.fixture.ts';

export const clipOf = (id: string, change: Partial<Clip> = {}): Clip => ({
  id,
  createdAt: 0,
  file: `/clips/${id}.mp4`,
  missing: false,
  bytes: 1,
  model: 'paper-world',
  settings: settingsOf(`Prompt of ${id}`),
  ...{ unknown: [], maker: null },
  seconds: 10,
  phaseSeconds: { loading: 1, encoding: 1, denoising: 7, decoding: 1 },
  ...{ recoveries: [], shortcut: null, rating: 0, notes: '', collections: [] },
  deletedAt: null,
  ...change,
});

export const clipsOf = (count: number): Clip[] => Array.from({ length: count }, (_, index) => clipOf(`c${index}`));

/** The part of `clips` that a question for a page asks for. */
export const pageOf = (clips: readonly Clip[], { offset, limit }: { offset: number; limit: number }): ClipPage => ({
  total: clips.length,
  offset,
  clips: structuredClone(clips.slice(offset, offset + limit)),
});

export type Question = ClipQuery & { offset: number; limit: number };
