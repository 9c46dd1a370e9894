import { limitTo, Unreadable } from './unreadable.ts';

/** What the text of a document may be before it is read. */
export interface JsonBounds {
  depth: number;
  values: number;
  /** Characters of one string, as it is written. */
  text: number;
}

const broken = () => new Unreadable({ problem: 'damaged', carrier: 'text' });
/** Names that mean something to JavaScript itself. */
const reserved = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads JSON that nobody vouches for. Depth, count and lengths are found out before anything is built of it, and a name
 * that stands twice or means something to the language is refused.
 * @throws {Unreadable}
 */
export function readJson(text: string, bounds: JsonBounds): unknown {
  survey(text, bounds);
  try {
    return JSON.parse(text);
  } catch {
    throw broken();
  }
}

function survey(text: string, bounds: JsonBounds): void {
  /** The names of each open object; null for a list. */
  const open: (Set<string> | null)[] = [];
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null);
      limitTo('depth', open.length, bounds.depth);
      values += 1;
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ',' || character === ':') {
      values += 1;
    } else if (character === '"') {
      const end = endOfString(text, at, bounds.text);
      const names = open.at(-1);
      if (names && isName(text, end)) note(text.slice(at, end), names);
      at = end - 1;
    }
    limitTo('values', values, bounds.values);
  }
}

/** Just behind the closing quote. */
function endOfString(text: string, begin: number, max: number): number {
  for (let at = begin + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at += 1;
    limitTo('text', at - begin, max);
  }
  throw broken();
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
}

function note(quoted: string, names: Set<string>): void {
  let name: string;
  try {
    name = String(JSON.parse(quoted));
  } catch {
    throw broken();
  }
  const field = name.slice(0, 80);
  if (reserved.has(name)) throw new Unreadable({ problem: 'field', field, fault: 'unknown' });
  if (names.has(name)) throw new Unreadable({ problem: 'field', field, fault: 'twice' });
  names.add(name);
}

/** JSON in nothing but ASCII: no encoding that somebody assumes on the way can change it. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
