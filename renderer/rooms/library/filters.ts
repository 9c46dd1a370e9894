import { ClipQuery, everyClip } from '../../../contract/clip.ts';

/** What can be left out of the library, beside words. The trash is a place of its own. */
export const filters = ['stars', 'model', 'shape', 'length', 'fromPicture', 'collection', 'since', 'before'] as const;
export type Filter = (typeof filters)[number];

export const isSet = (query: ClipQuery, filter: Filter): boolean => query[filter] !== everyClip[filter];

/** The change to a question that takes filters off. */
export const cleared = (taken: readonly Filter[]): Partial<ClipQuery> =>
  Object.fromEntries(taken.map((filter) => [filter, everyClip[filter]]));

export const setFilters = (query: ClipQuery): Filter[] => filters.filter((filter) => isSet(query, filter));

/** Something was asked for by which clips may be missing from the answer. */
export const narrows = (query: ClipQuery): boolean => query.search !== '' || setFilters(query).length > 0;

const name = 'reelwright-library';

/** The filters of last time. Words and the trash are for the moment. */
export function rememberedQuery(): ClipQuery {
  try {
    const parsed = ClipQuery.safeParse({ ...everyClip, ...JSON.parse(localStorage.getItem(name) ?? '{}') });
    return parsed.success ? parsed.data : everyClip;
  } catch {
    return everyClip;
  }
}

export function rememberQuery({ search: _, deleted: _deleted, ...query }: ClipQuery): void {
  try {
    localStorage.setItem(name, JSON.stringify(query));
  } catch {
    // A browser may keep nothing: then nothing is remembered.
  }
}

/** A day as a date field has it ("2026-11-22"), by the clock on the wall; and back. */
export const dayOf = (moment: number): string => {
  const at = new Date(moment);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
};

export function startOfDay(text: string): number | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  return year === undefined ? null : new Date(Number(year), Number(month) - 1, Number(date)).getTime();
}

/** Days differ in length where clocks are put forward and back. */
export const endOfDay = (start: number): number => {
  const at = new Date(start);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1).getTime();
};
