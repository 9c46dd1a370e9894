/** A number in a table; empty where there is none. */
export const figure = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '';

/** The first sentence of an error; null where there was none. */
export const inShort = <Told extends string | null | undefined>(failed: Told) =>
  (failed == null ? null : failed.split('. ', 1).join('')) as Told extends string ? string : string | null;
