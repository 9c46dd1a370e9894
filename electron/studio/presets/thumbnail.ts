import { createHash } from 'node:crypto';
import { presetLimits } from '../../../contract/preset.ts';

const width = 360;

/** Bytes that base64 does not make longer than a document may hold. */
const mostBytes = Math.floor((presetLimits.thumbnail / 4) * 3);

/** A small picture for a card, made of one of our own; null when there is none to make it of. */
export async function thumbnailOf(file: string): Promise<Buffer | null> {
  // A large library, and no start needs it.
  const { default: sharp } = await import('sharp');
  const made = await sharp(file)
    .resize({ width, withoutEnlargement: true })
    .webp({ quality: 78 })
    .toBuffer()
    .catch(() => null);
  return made !== null && made.length <= mostBytes ? made : null;
}

export const thumbnailName = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16);
