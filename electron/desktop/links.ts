/** What a link that another program opened asks for. */
export type Link = { kind: 'open' } | { kind: 'refused'; why: string };

const scheme = 'reelwright:';

/** The link among the arguments of a start, as Windows and Linux hand it over. */
export const linkIn = (args: readonly string[]): string | null =>
  args.find((arg) => arg.toLowerCase().startsWith(scheme)) ?? null;

/** A link comes from anywhere: it may show the window, and that is all. */
export function readLink(text: string): Link {
  if (text.length > 2000) return { kind: 'refused', why: `${text.length} characters` };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { kind: 'refused', why: 'not a link' };
  }
  if (url.protocol !== scheme) return { kind: 'refused', why: `the scheme ${url.protocol}` };
  const asked = `${url.host}${url.pathname}`.replace(/\/+$/, '');
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return (asked === '' || asked === 'open') && plain
    ? { kind: 'open' }
    : { kind: 'refused', why: `asks for ${asked}${url.search}` };
}
