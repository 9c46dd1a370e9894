/** The page with one of its sections, from its title to the next one, replaced; at the end where it has none yet. */
export function withSection(page: string, title: string, section: string): string {
  const begin = page.indexOf(`${title}\n`);
  if (begin < 0) return `${page.trimEnd()}\n\n${section.trimEnd()}\n`;
  const next = page.indexOf('\n## ', begin + title.length);
  const after = next < 0 ? '' : `\n${page.slice(next)}`;
  return `${page.slice(0, begin)}${section.trimEnd()}\n${after.replace(/^\n\n/, '\n')}`;
}

/** A section as it stands in the page; empty where there is none. */
export function sectionOf(page: string, title: string): string {
  const begin = page.indexOf(`${title}\n`);
  if (begin < 0) return '';
  const next = page.indexOf('\n## ', begin + title.length);
  return page.slice(begin, next < 0 ? undefined : next + 1);
}

/** The page with what stands between its marks of that name replaced. */
export function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page has no place for ${name}.`);
  return `${page.slice(0, from)}${begin}\n${text.trim()}\n${page.slice(to)}`;
}
