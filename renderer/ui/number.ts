export interface NumberRange {
  min: number;
  max: number;
  step: number;
}

/** The nearest number that is in the range and a whole number of steps from its beginning. */
export function nearestNumber(value: number, { min, max, step }: NumberRange): number {
  const steps = Math.round((value - min) / step);
  const most = Math.floor((max - min) / step + 1e-9);
  const nearest = min + Math.min(Math.max(steps, 0), most) * step;
  // Steps such as 0.1 leave crumbs.
  return Number(nearest.toFixed(6));
}

/** What somebody typed, as a number that can be; null if it is no number. Commas count as points. */
export function readNumber(typed: string, range: NumberRange): number | null {
  const text = typed.trim().replace(',', '.');
  if (text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? nearestNumber(value, range) : null;
}

export const steppedNumber = (value: number, steps: number, range: NumberRange): number =>
  nearestNumber(value + steps * range.step, range);

/** With as many decimals as the steps have. */
export const numberText = (value: number, step: number): string => {
  const decimals = String(step).split('.')[1]?.length ?? 0;
  return value.toFixed(Math.max(decimals, String(value).split('.')[1]?.length ?? 0));
};
