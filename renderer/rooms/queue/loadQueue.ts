import type { Draft } from '../../../contract/draft.ts';
import { draftOfFile, type QueueFile, queueFileLimits, readQueueFile } from '../../../contract/queueFile.ts';

/** What a file would bring to this machine. */
export type Offer =
  | {
      kind: 'clips';
      drafts: readonly Draft[];
      /** Left out: they start from a picture, which a file does not hold. */
      withPicture: number;
      /** Left out: their model is not here. */
      unknown: ReadonlyMap<string, number>;
      /** Of those that are taken: with a memory limit of their own. */
      limited: number;
      /** And with a slightly other picture. */
      shortened: number;
    }
  | { kind: 'refused'; problem: 'too-large' | 'not-a-queue' | 'newer' | 'unreadable' };

export async function readOffer(file: Blob, models: ReadonlySet<string>): Promise<Offer> {
  if (file.size > queueFileLimits.bytes) return { kind: 'refused', problem: 'too-large' };
  const read = readQueueFile(await file.text());
  return read.kind === 'refused' ? read : offerOf(read.file, models);
}

export function offerOf({ clips }: QueueFile, models: ReadonlySet<string>): Offer {
  const drafts: Draft[] = [];
  const unknown = new Map<string, number>();
  let withPicture = 0;
  for (const clip of clips) {
    if (!models.has(clip.model)) unknown.set(clip.model, (unknown.get(clip.model) ?? 0) + 1);
    else if (clip.fromPicture) withPicture += 1;
    else drafts.push(draftOfFile(clip));
  }
  const limited = drafts.filter(({ memoryLimit }) => memoryLimit !== undefined).length;
  const shortened = drafts.filter(({ shortcut }) => shortcut !== undefined).length;
  return { kind: 'clips', drafts, withPicture, unknown, limited, shortened };
}

/** In characters, well below what one message may have. */
const partSize = 1_500_000;

/** In parts that one message can carry. */
export function* partsOf(drafts: readonly Draft[], most = partSize): Generator<Draft[]> {
  let part: Draft[] = [];
  let size = 0;
  for (const draft of drafts) {
    // As UTF-16 and escaped it is never larger than this.
    const length = JSON.stringify(draft).length;
    if (part.length > 0 && size + length > most) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(draft);
    size += length + 1;
  }
  if (part.length > 0) yield part;
}
