/** How new clips are named: words in braces stand for what differs from clip to clip. */
export const clipNameWords = ['prompt', 'date', 'time', 'model', 'seed', 'n'] as const;
export type ClipNameWord = (typeof clipNameWords)[number];

export const usualClipName = '{prompt}';
export const clipNameLimit = 120;

export interface NamedClip {
  prompt: string;
  model: string;
  seed: number;
  at: Date;
}

/** Windows keeps these names for its devices, whatever stands behind a dot. */
const reserved = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])\s*(\.|$)/i;
const mostBytes = 120;
const encoder = new TextEncoder();

/**
 * A name that every system takes: without what separates folders or means something else, without a dot or blank at
 * its ends, never a device's, at most 120 bytes and no half characters. Empty when nothing is left.
 */
export const safeFileName = (text: string): string => undeviced(cut(plain(text)));

const undeviced = (name: string): string => (reserved.test(name) ? `_${name}` : name);

function plain(text: string): string {
  const shown = text.normalize('NFC').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '');
  return trimmed(shown.replace(/[<>:"/\\|?*]/g, ' ').replace(/\s+/g, ' '));
}

const trimmed = (name: string): string => name.replace(/^[\s.]+|[\s.]+$/g, '');

/** File names are limited in bytes on some systems. */
function cut(name: string): string {
  if (encoder.encode(name).length <= mostBytes) return trimmed(name);
  let bytes = 0;
  let kept = '';
  for (const character of name) {
    bytes += encoder.encode(character).length;
    if (bytes > mostBytes) break;
    kept += character;
  }
  return trimmed(kept);
}

/** Words that the pattern has and nobody knows. */
export const unknownWords = (pattern: string): string[] =>
  [...pattern.matchAll(/\{([^{}]*)\}/g)]
    .map(([, word = '']) => word)
    .filter((word) => !clipNameWords.some((known) => known === word));

/**
 * The name of a clip without its ending, another one for each `n`, which counts up until no file has the name. A
 * pattern without `{n}`, or one that is too long to be kept whole, gets it at its end, from the second on.
 */
export function clipName(pattern: string, clip: NamedClip, n: number): string {
  if (n > 1 && pattern.includes('{n}')) {
    const whole = plain(filled(pattern, clip, n));
    if (cut(whole) === whole) return undeviced(whole);
  }
  const first = safeFileName(filled(pattern, clip, 1)) || 'clip';
  return n === 1 ? first : `${first}-${n}`;
}

const two = (part: number) => String(part).padStart(2, '0');

const words: Record<ClipNameWord, (clip: NamedClip, n: number) => string> = {
  prompt: ({ prompt }) => slug(prompt),
  date: ({ at }) => [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-'),
  time: ({ at }) => [two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())].join('-'),
  model: ({ model }) => slug(model.split(/[\\/]/).at(-1) ?? ''),
  seed: ({ seed }) => String(seed),
  n: (_, n) => String(n),
};

function filled(pattern: string, clip: NamedClip, n: number): string {
  return pattern.replace(/\{([^{}]*)\}/g, (whole, found: string) => {
    const word = clipNameWords.find((known) => known === found);
    return word === undefined ? whole : words[word](clip, n);
  });
}

/** Its first words, of letters and digits, joined by hyphens. */
function slug(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let joined = '';
  for (const word of words) {
    if (joined.length + word.length > 60 && joined !== '') break;
    joined += joined === '' ? [...word].slice(0, 60).join('') : `-${word}`;
  }
  return joined;
}
