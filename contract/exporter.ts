import { z } from 'zod';
import { named } from './named.ts';

/**
 * The messages between the studio and its exporter, a Python process beside the worker that reads and writes media and
 * never loads torch: JSON-RPC 2.0 as with the worker. Requests `export`, `still` and `describe` go to it,
 * `$/cancelRequest` gives one up, notifications `exported` tell how far it is. It ends when its pipe closes.
 */
export const ExportQuality = z.enum(['high', 'middle', 'small']).meta({ id: 'ExportQuality' });
export type ExportQuality = z.infer<typeof ExportQuality>;

export const ExportDither = z.enum(['error-diffusion', 'ordered', 'none']).meta({ id: 'ExportDither' });
export type ExportDither = z.infer<typeof ExportDither>;

export const ExportFormat = z
  .discriminatedUnion('kind', [
    /** H.264 in MP4. */
    named('Mp4Format', { kind: z.literal('mp4'), quality: ExportQuality }),
    /** AV1 in WebM; VP9 where this FFmpeg writes no AV1. */
    named('WebmFormat', { kind: z.literal('webm'), quality: ExportQuality }),
    named('GifFormat', {
      kind: z.literal('gif'),
      dither: ExportDither,
      /** Made smaller to this width, never larger; null for as it is. */
      width: z.int().min(16).max(4096).nullable(),
    }),
    /** Every frame as a PNG, in a folder or a zip. */
    named('FramesFormat', { kind: z.literal('frames'), zip: z.boolean() }),
  ])
  .meta({ id: 'ExportFormat' });
export type ExportFormat = z.infer<typeof ExportFormat>;

export const ExportOrder = named('ExportOrder', {
  /** Absolute path of a clip. */
  source: z.string().min(1),
  /** Absolute path of what is made, a file or a folder. It appears there whole; nothing is ever replaced. */
  out: z.string().min(1),
  format: ExportFormat,
  /** The clip's record as text, carried by an MP4, a WebM and each PNG as by the clip itself; null for none. */
  comment: z.string().nullable(),
});
export type ExportOrder = z.infer<typeof ExportOrder>;

/** One frame: a poster as WebP, or the last one as PNG, which is taken as it is. */
export const StillOrder = named('StillOrder', {
  source: z.string().min(1),
  out: z.string().min(1),
  which: z.enum(['poster', 'last']),
});
export type StillOrder = z.infer<typeof StillOrder>;

export const DescribeOrder = named('DescribeOrder', { source: z.string().min(1) });
export type DescribeOrder = z.infer<typeof DescribeOrder>;

export const ExportProblem = z.enum(['unreadable', 'exists', 'full', 'not-writable', 'internal']).meta({
  id: 'ExportProblem',
});
export type ExportProblem = z.infer<typeof ExportProblem>;

export const ExportOutcome = z
  .discriminatedUnion('kind', [
    named('ExportDone', {
      kind: z.literal('done'),
      bytes: z.int().min(0),
      frames: z.int().min(1),
      /** As FFmpeg calls it. */
      codec: z.string(),
    }),
    named('ExportFailed', { kind: z.literal('failed'), problem: ExportProblem, detail: z.string() }),
    named('ExportCancelled', { kind: z.literal('cancelled') }),
  ])
  .meta({ id: 'ExportOutcome' });
export type ExportOutcome = z.infer<typeof ExportOutcome>;

export const Described = z
  .discriminatedUnion('kind', [
    named('DescribedVideo', {
      kind: z.literal('video'),
      width: z.int().min(1),
      height: z.int().min(1),
      frames: z.int().min(1),
      fps: z.number().positive(),
      codec: z.string(),
    }),
    named('DescribedNothing', { kind: z.literal('unreadable'), detail: z.string() }),
  ])
  .meta({ id: 'Described' });
export type Described = z.infer<typeof Described>;

/** Frames of the request with this id that are done. */
export const Exported = named('Exported', { id: z.int(), done: z.int().min(0), of: z.int().min(0) });
export type Exported = z.infer<typeof Exported>;
