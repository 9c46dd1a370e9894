import { z } from 'zod';
import { Picture, pictureLimits } from '../../../contract/draft.ts';
import { Refusal } from '../../../contract/refusal.ts';
import { sitePaths } from '../../../contract/site.ts';

export type Taken =
  | { kind: 'taken'; picture: Picture }
  | { kind: 'refused'; refusal: Refusal }
  /** The file vanished or may not be read. */
  | { kind: 'unreadable' }
  /** The studio did not answer, or not with what it should. */
  | { kind: 'unreachable' };

const refusedPicture = (problem: 'empty' | 'too-many-bytes'): Taken => ({
  kind: 'refused',
  refusal: { reason: 'picture', problem },
});

/** Hands a file to the studio, which looks at what it really is. */
export async function takePicture(file: Blob, signal: AbortSignal): Promise<Taken> {
  if (file.size === 0) return refusedPicture('empty');
  // Nothing of a huge file is read into the page.
  if (file.size > pictureLimits.bytes) return refusedPicture('too-many-bytes');
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    return { kind: 'unreadable' };
  }
  try {
    const response = await fetch(sitePaths.pictures, { method: 'POST', body: bytes, signal });
    const answer = z.union([Picture, Refusal]).parse(await response.json());
    return 'reason' in answer ? { kind: 'refused', refusal: answer } : { kind: 'taken', picture: answer };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'unreachable' };
  }
}

/** The files of a drop or a paste: those that may be pictures; the studio decides. */
export const pictureFiles = (items: DataTransfer | null): File[] =>
  [...(items?.files ?? [])].filter(({ type }) => type === '' || type.startsWith('image/'));

/** Whether something that is dragged over the window is a file at all. */
export const carriesFiles = (items: DataTransfer | null): boolean => items?.types.includes('Files') ?? false;
