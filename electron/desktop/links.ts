import { presetLimits } from '../../contract/preset.ts';

/** What a link that another program opened asks for. */
export type Link = { kind: 'open' } | { kind: 'preset'; text: string } | { kind: 'refused'; why: string };

const scheme = 'reelwright:';

/** More than a link of a preset has; some programs write three characters for one. */
const longest = 3 * presetLimits.link;

const isLink = (arg: string): boolean => arg.toLowerCase().startsWith(scheme);

/** The link among the arguments of a start, as Windows and Linux hand it over. */
export const linkIn = (args: readonly string[]): string | null => args.find(isLink) ?? null;

/** The files of presets among the arguments of a start, as a double click hands them over; a link names none. */
export const filesIn = (args: readonly string[]): string[] =>
  args.filter((arg) => !arg.startsWith('-') && !isLink(arg) && /\.(?:reelpreset|reelpack)$/i.test(arg));

/** A link comes from anywhere: it may show the window, or what it carries, and that is all. */
export function readLink(text: string): Link {
  if (text.length > longest) return { kind: 'refused', why: `${text.length} characters` };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { kind: 'refused', why: 'not a link' };
  }
  if (url.protocol !== scheme) return { kind: 'refused', why: `the scheme ${url.protocol}` };
  const asked = `${url.host}${url.pathname}`.replace(/\/+$/, '');
  // What it carries is read by who reads presets, and shown before anything is done with it.
  if (url.host.toLowerCase() === 'preset' && url.pathname.length > 1) return { kind: 'preset', text };
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return (asked === '' || asked === 'open') && plain
    ? { kind: 'open' }
    : { kind: 'refused', why: `asks for ${asked}${url.search}` };
}
