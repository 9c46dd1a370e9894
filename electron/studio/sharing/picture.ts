import type { ClipRecord } from '../../../contract/clipRecord.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import { isPng, rewrittenPng } from './png.ts';
import { sourceOf } from './source.ts';
import { isWebp, rewrittenWebp } from './webp.ts';
import { xmpPacket } from './xmp.ts';

/** A PNG or WebP that carries a preset, or the record of the clip that it shows. Null for what is neither. */
export const withSettings = (picture: Uint8Array, carried: ClipRecord | PresetDocument): Promise<Uint8Array | null> =>
  rewritten(picture, xmpPacket(carried));

/** The same picture without any text in it. */
export const withoutSettings = (picture: Uint8Array): Promise<Uint8Array | null> => rewritten(picture, null);

async function rewritten(picture: Uint8Array, packet: string | null): Promise<Uint8Array | null> {
  if (isPng(picture)) return rewrittenPng(sourceOf(picture), packet);
  return isWebp(picture) ? rewrittenWebp(sourceOf(picture), packet) : null;
}
