import type { ClipRecord } from '../../../contract/clipRecord.ts';
import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { asciiJson } from './json.ts';

const namespace = 'urn:reelwright:1';

/** An XMP packet with the document as its one property. The worker writes the same (`media/record.py`). */
export const xmpPacket = (carried: ClipRecord | PresetDocument): string => {
  const json = asciiJson(carried).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    `<rdf:Description rdf:about="" xmlns:reelwright="${namespace}"><reelwright:settings>${json}</reelwright:settings>` +
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
  );
};

/** The document's JSON in a packet, as an element or as an attribute, whatever its prefix became; null for none. */
export function settingsInXmp(packet: string): string | null {
  const prefix = new RegExp(`xmlns:([A-Za-z_][\\w.-]{0,40})\\s*=\\s*["']${namespace}["']`).exec(packet)?.[1];
  if (prefix === undefined) return null;
  const name = `${prefix}:settings`;
  const begun = packet.indexOf(`<${name}>`);
  if (begun >= 0) {
    const from = begun + name.length + 2;
    return unescaped(packet, from, packet.indexOf(`</${name}>`, from));
  }
  const attribute = packet.indexOf(`${name}=`);
  const quote = packet[attribute + name.length + 1];
  if (attribute < 0 || (quote !== '"' && quote !== "'")) return null;
  const from = attribute + name.length + 2;
  return unescaped(packet, from, packet.indexOf(quote, from));
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An escape is longer than what it stands for, but no document is nothing but escapes. */
const longest = 2 * presetLimits.bytes;

function unescaped(packet: string, from: number, end: number): string | null {
  if (end < 0 || end - from > longest) return null;
  return packet
    .slice(from, end)
    .replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g, (whole, hex, decimal, name) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    });
}
