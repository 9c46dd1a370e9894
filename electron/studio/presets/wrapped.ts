import { safeFileName } from '../../../contract/clipName.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import { Refused } from '../refused.ts';
import { encodeFile, encodeLink, encodePack, encodeText } from '../sharing/index.ts';

/** One as a file, several as a pack. @throws {Refused} when that is too much. */
export function wrapped(documents: readonly PresetDocument[]): { name: string; type: string; bytes: Uint8Array } {
  const [first] = documents;
  if (first === undefined) throw new Refused({ reason: 'preset', problem: 'gone' });
  const one = documents.length === 1;
  const bytes = one ? encodeFile(first) : encodePack(documents);
  if (bytes === null) throw new Refused({ reason: 'preset', problem: 'file-too-large' });
  return {
    name: one ? `${safeFileName(first.name) || 'preset'}.reelpreset` : 'Reelwright presets.reelpack',
    type: one ? 'application/json' : 'application/zip',
    bytes,
  };
}

/** @throws {Refused} when it is too long for that. */
export function lines(document: PresetDocument): { link: string; text: string } {
  const link = encodeLink(document);
  const text = encodeText(document);
  if (link.kind === 'line' && text.kind === 'line') return { link: link.line, text: text.line };
  throw new Refused({ reason: 'preset', problem: 'link-too-long' });
}
