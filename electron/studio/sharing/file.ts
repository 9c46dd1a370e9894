import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { Unreadable } from './unreadable.ts';

/** The document as people may read it in an editor. Null when it is too large for a file. */
export function encodeFile(document: PresetDocument): Uint8Array | null {
  const bytes = Buffer.from(`${JSON.stringify(document, null, 2)}\n`, 'utf8');
  return bytes.length <= presetLimits.bytes ? bytes : null;
}

/** The text of a file, with or without the mark that Windows' editors put before it. @throws {Unreadable} */
export function textOfFile(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Unreadable({ problem: 'unknown' });
  }
}
