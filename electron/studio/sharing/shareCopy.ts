import { chmod, constants, copyFile, type FileHandle, open, rm, stat } from 'node:fs/promises';
import type { ClipRecord } from '../../../contract/clipRecord.ts';
import { pictureLimits } from '../../../contract/draft.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { Received, ReceiveProblem } from '../../../contract/received.ts';
import type { Edit } from './edit.ts';
import { isMp4 } from './mp4.ts';
import { editsForMp4 } from './mp4Edits.ts';
import { withoutSettings, withSettings } from './picture.ts';
import { isPng } from './png.ts';
import { publish, temporaryOf } from './publish.ts';
import { receiveFile } from './receive.ts';
import { withoutWords } from './record.ts';
import { type Source, sourceOfFile } from './source.ts';
import { limitTo, Unreadable } from './unreadable.ts';
import { isWebm } from './webm.ts';
import { editsForWebm } from './webmEdits.ts';
import { isWebp } from './webp.ts';

export interface ShareChoice {
  /** Without, the copy says nothing of how it was made. */
  keepSettings: boolean;
  /** Without, its prompt, negative prompt and the name made of them stay out. */
  keepPrompt: boolean;
  /** Whether a file that has the name already is replaced. */
  overwrite: boolean;
}

export type Shared = { kind: 'shared' } | { kind: 'refused'; problem: ReceiveProblem };

/**
 * A copy of a clip or picture that carries what its maker wants to give away. Pictures and sound are untouched and stay where they
 * are in the file. It appears whole or not at all; the source is only read.
 * @throws an error of the file system: EEXIST where the name is taken, or is the clip's own
 */
export async function shareCopy(source: string, destination: string, choice: ShareChoice): Promise<Shared> {
  const temporary = temporaryOf(destination);
  if (choice.overwrite && (await isSameFile(source, destination))) {
    throw Object.assign(new Error('A clip is not replaced by its own copy.'), { code: 'EEXIST', path: destination });
  }
  try {
    const received = await receiveFile(source);
    await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    // Of a source that may only be read the copy would be so too.
    await chmod(temporary, 0o644);
    const file = await open(temporary, 'r+');
    try {
      if (!choice.keepSettings || !choice.keepPrompt)
        await rewrite(file, choice.keepSettings ? wordless(received) : null);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(temporary, destination, choice.overwrite);
    return { kind: 'shared' };
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'refused', problem: error.problem };
    throw error;
  } finally {
    await rm(temporary, { force: true, maxRetries: 3 });
  }
}

/** What it says without its words; null where it says nothing that is ours. */
function wordless(received: Received): ClipRecord | PresetDocument | null {
  if (received.kind === 'clip') return { ...received.record, preset: withoutWords(received.record.preset) };
  return received.kind === 'preset' ? withoutWords(received.document) : null;
}

async function rewrite(file: FileHandle, carried: ClipRecord | PresetDocument | null): Promise<void> {
  const source = await sourceOfFile(file);
  const head = await source.read(0, 16);
  if (isPng(head) || isWebp(head)) return rewritePicture(file, source, isPng(head) ? 'png' : 'webp', carried);
  const carrier = isMp4(head) ? 'mp4' : isWebm(head) ? 'webm' : null;
  if (carrier === null) throw new Unreadable({ problem: 'unknown' });
  const edits = await (carrier === 'mp4' ? editsForMp4 : editsForWebm)(source, carried);
  if (edits === null) throw new Unreadable({ problem: 'damaged', carrier });
  for (const edit of edits) await apply(file, edit);
}

async function rewritePicture(
  file: FileHandle,
  source: Source,
  carrier: 'png' | 'webp',
  carried: ClipRecord | PresetDocument | null,
): Promise<void> {
  limitTo('bytes', source.size, pictureLimits.bytes);
  const picture = await source.read(0, source.size);
  const written = await (carried === null ? withoutSettings(picture) : withSettings(picture, carried));
  if (written === null) throw new Unreadable({ problem: 'damaged', carrier });
  await file.truncate(0);
  await apply(file, { kind: 'write', at: 0, bytes: written });
}

/** Under whatever name: systems differ in what they call the same. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path, { bigint: true }).catch(() => null)));
  return a != null && b != null && a.dev === b.dev && a.ino === b.ino;
}

const zeros = Buffer.alloc(64 * 1024);

async function apply(file: FileHandle, edit: Edit): Promise<void> {
  switch (edit.kind) {
    case 'write':
      await writeAll(file, edit.bytes, edit.at);
      return;
    case 'zero':
      for (let done = 0; done < edit.length; done += zeros.length) {
        await writeAll(file, zeros.subarray(0, Math.min(zeros.length, edit.length - done)), edit.at + done);
      }
      return;
    case 'cut':
      await file.truncate(edit.at);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
