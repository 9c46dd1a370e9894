import { z } from 'zod';
import { batchLimits } from './batch.ts';
import type { Draft } from './draft.ts';
import { MemoryLimit, RenderSettings } from './render.ts';
import { Shortcut } from './shortcut.ts';

export const queueFileLimits = { bytes: 32 * 2 ** 20, clips: batchLimits.clips } as const;

const { image: _, ...settings } = RenderSettings.shape;

/** The lowest that has what is in it is written, which earlier studios read as well. */
export const queueFileVersions = { plain: 1, limits: 2, shortcuts: 3 } as const;

/**
 * Waiting clips as people hand them on, in their order. No path, no code, no picture: of a clip that starts from one
 * only that it does so is kept. Unknown fields are refused.
 */
export const QueueFile = z.strictObject({
  format: z.literal('reelwright-queue'),
  version: z.int().min(queueFileVersions.plain).max(queueFileVersions.shortcuts),
  clips: z
    .array(
      z.strictObject({
        model: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
        ...settings,
        fromPicture: z.boolean(),
        memoryLimit: MemoryLimit.optional(),
        shortcut: Shortcut.optional(),
      }),
    )
    .max(queueFileLimits.clips),
});
export type QueueFile = z.infer<typeof QueueFile>;
export type QueueFileClip = QueueFile['clips'][number];

export type QueueFileRead =
  | { kind: 'read'; file: QueueFile }
  | { kind: 'refused'; problem: 'too-large' | 'not-a-queue' | 'newer' | 'unreadable' };

/** Untrusted: its size is looked at before it is read, and it is taken whole or not at all. */
export function readQueueFile(text: string): QueueFileRead {
  if (text.length > queueFileLimits.bytes) return { kind: 'refused', problem: 'too-large' };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: 'refused', problem: 'not-a-queue' };
  }
  const head = z.object({ format: z.literal('reelwright-queue'), version: z.int() }).safeParse(document);
  if (!head.success) return { kind: 'refused', problem: 'not-a-queue' };
  if (head.data.version > queueFileVersions.shortcuts) return { kind: 'refused', problem: 'newer' };
  const file = QueueFile.safeParse(document);
  return file.success ? { kind: 'read', file: file.data } : { kind: 'refused', problem: 'unreadable' };
}

/** As low as what is in it allows. */
export function queueFileVersion(clips: readonly QueueFileClip[]): number {
  if (clips.some(({ shortcut }) => shortcut !== undefined)) return queueFileVersions.shortcuts;
  const limited = clips.some(({ memoryLimit }) => memoryLimit !== undefined);
  return limited ? queueFileVersions.limits : queueFileVersions.plain;
}

export const draftOfFile = ({ fromPicture: _, ...clip }: QueueFileClip): Draft => ({ ...clip, picture: null });
