import { presetLimits } from '../../../contract/preset.ts';
import type { Carrier, Received } from '../../../contract/received.ts';
import { type Carried, readCarried } from './document.ts';
import { textOfFile } from './file.ts';
import { foreignIn } from './foreign.ts';
import { readLine } from './link.ts';
import { isMp4, tagsInMp4 } from './mp4.ts';
import { decodePack } from './pack.ts';
import { isPng, tagsInPng } from './png.ts';
import { bounded, headed, type Source, sourceOf, withSource } from './source.ts';
import type { Tag } from './tags.ts';
import { limitTo, Unreadable } from './unreadable.ts';
import { isWebm, tagsInWebm } from './webm.ts';
import { isWebp, tagsInWebp } from './webp.ts';
import { settingsInXmp } from './xmp.ts';
import { isZip } from './zip.ts';

/** What is read of a clip or picture at most, however long it is. */
const readLimits = { bytes: 8 * 2 ** 20, reads: 25_000 };

/** Recognises by its content what somebody gave, and reads it. What is wrong with it is an answer too. */
export function receive(given: Uint8Array | string): Promise<Received> {
  return typeof given === 'string' ? answered('text', async () => inText(given, 'text')) : receiveFrom(sourceOf(given));
}

/** The same of a file, of which only what is needed is read. @throws an error of the file system */
export const receiveFile = (path: string): Promise<Received> => withSource(path, receiveFrom);

async function receiveFrom(whole: Source): Promise<Received> {
  const head = await whole.read(0, 16);
  const source = headed(bounded(whole, readLimits));
  if (isPng(head)) return answered('png', async () => inTags(await tagsInPng(source), 'png'));
  if (isWebp(head)) return answered('webp', async () => inTags(await tagsInWebp(source), 'webp'));
  if (isMp4(head)) return answered('mp4', async () => inTags(await tagsInMp4(source), 'mp4'));
  if (isWebm(head)) return answered('webm', async () => inTags(await tagsInWebm(source), 'webm'));
  if (isZip(head)) {
    return answered('pack', async () => {
      limitTo('bytes', whole.size, presetLimits.packBytes);
      return { kind: 'pack', documents: decodePack(await whole.read(0, whole.size)) };
    });
  }
  return answered('file', async () => {
    if (!mayBeText(head)) throw new Unreadable({ problem: 'unknown' });
    limitTo('bytes', whole.size, presetLimits.bytes);
    return inText(textOfFile(await whole.read(0, whole.size)), 'file');
  });
}

async function answered(carrier: Carrier, read: () => Promise<Received>): Promise<Received> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { problem } = error;
    // The one who read it knew what was wrong, and not in what it came.
    const damaged = problem.problem === 'damaged' && problem.carrier !== 'link';
    return { kind: 'refused', problem: damaged ? { ...problem, carrier } : problem };
  }
}

const received = (carried: Carried, carrier: Carrier): Received => ({ ...carried, carrier });

function inText(given: string, carrier: 'file' | 'text'): Received {
  limitTo('bytes', given.length, presetLimits.bytes);
  const text = given.trim();
  if (text === '') throw new Unreadable({ problem: 'empty' });
  if (text.startsWith('{') && ours.test(text)) return received(readCarried(text), carrier);
  const line = text.startsWith('{') ? null : readLine(text);
  if (line !== null) return received(line.carried, line.carrier);
  const foreign = foreignIn(['comment', 'prompt', 'parameters'].map((key) => ({ key, text })));
  if (foreign === null) throw new Unreadable({ problem: 'unknown' });
  return { kind: 'foreign', settings: foreign, carrier };
}

/** A file has ours twice. */
const mostRead = 4;

/** How our documents say what they are. */
const ours = /"reelwright(?:-clip|-preset)?"/;

/** Ours first, from whichever place it can still be read; then what other programs write. */
function inTags(tags: readonly Tag[], carrier: Carrier): Received {
  let problem: Unreadable | null = null;
  let read = 0;
  for (const { key, text } of tags) {
    const json = key === 'xmp' ? settingsInXmp(text) : text;
    if (json === null || !ours.test(json)) continue;
    read += 1;
    if (read > mostRead) break;
    try {
      return received(readCarried(json), carrier);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      // A prompt may speak of us.
      if (error.problem.problem !== 'unknown') problem ??= error;
    }
  }
  if (problem !== null) throw problem;
  const foreign = foreignIn(tags);
  if (foreign !== null) return { kind: 'foreign', settings: foreign, carrier };
  throw new Unreadable({ problem: 'no-settings', carrier });
}

/** Nothing that is written begins with such bytes. */
const mayBeText = (head: Uint8Array): boolean => !head.some((byte) => byte < 9 || (byte > 13 && byte < 32));
