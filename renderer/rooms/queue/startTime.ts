/** The next moment at which the clock on the wall shows this time ("23:00"); null for what is no time. */
export function nextAt(time: string, now: Date): number | null {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  const at = new Date(now);
  at.setHours(Number(hours), Number(minutes), 0, 0);
  // By the calendar: on the night in which the clocks change a day has not 24 hours.
  if (at.getTime() <= now.getTime()) at.setDate(at.getDate() + 1);
  return at.getTime();
}

const two = (value: number) => String(value).padStart(2, '0');

/** As a field for times wants it. */
export const timeOf = (moment: Date): string => `${two(moment.getHours())}:${two(moment.getMinutes())}`;
