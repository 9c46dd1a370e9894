import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A name in `folder` that no file has and no job waits to write to, made of the prompt's first words. */
export async function freeClipName(
  folder: string,
  prompt: string,
  isPromised: (file: string) => boolean,
): Promise<string> {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['clip'];
  const base = cut(words.join('-')) || 'clip';
  await mkdir(folder, { recursive: true });
  for (let n = 1; ; n += 1) {
    const file = join(folder, n === 1 ? `${base}.mp4` : `${base}-${n}.mp4`);
    const exists = (await stat(file).catch(() => null)) !== null;
    // Asked last: another job may have been promised the name meanwhile.
    if (!exists && !isPromised(file)) return file;
  }
}

/** File names are limited in bytes on some systems: sixty characters, and never half of one. */
function cut(name: string): string {
  let bytes = 0;
  const kept: string[] = [];
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > 120 || kept.length === 60) break;
    kept.push(character);
  }
  const short = kept.join('').replace(/-+$/, '');
  // Windows keeps these names for its devices.
  return /^(con|prn|aux|nul|com\d|lpt\d)$/.test(short) ? `${short}-clip` : short;
}
