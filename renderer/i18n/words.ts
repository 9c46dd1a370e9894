/**
 * How figures are said, per language. Rounded as people say them: "about 3 min", "7.9 GB".
 * Also the shape that a translation must have.
 */
import type { languages } from '../../contract/settings.ts';

/** The same keys as the English words, less the singulars that other languages do not have. */
export type Words<English> = {
  readonly [Key in keyof English as Key extends `${string}_one` ? never : Key]: English[Key] extends string
    ? string
    : Words<English[Key]>;
};

export type Language = (typeof languages)[number];

const units = {
  en: {
    hour: 'h',
    minute: 'min',
    minuteAlone: 'min',
    second: 's',
    day: 'd',
    about: (words: string) => `about ${words}`,
    gap: ' ',
  },
  'zh-CN': {
    hour: '小时',
    minute: '分',
    minuteAlone: '分钟',
    second: '秒',
    day: '天',
    about: (words: string) => `约 ${words}`,
    gap: ' ',
  },
} as const;

const scale = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export interface Figures {
  language: Language;
  /** With at most `digits` behind the point. */
  number(value: number, digits?: number): string;
  /** A share of one: 0.5 is "50 %". */
  percent(share: number): string;
  /** "0.4 s", "2.1 s", "14 s", "1 min 21 s": for what is measured. */
  seconds(value: number): string;
  /** "4 s", "1 min 20 s", "2 h 5 min": two parts at most. */
  duration(seconds: number): string;
  /** "about 3 min 40 s": for what is guessed, rounded the coarser the longer it is. */
  about(seconds: number): string;
  /** "7.9 GB"; a gigabyte has 1024 megabytes, as cards count. */
  bytes(value: number): string;
  /** "14:32" today, "Mon 14:32" this week, else the day. */
  moment(time: number, now?: number): string;
  /** The day and the time, in full. */
  date(time: number): string;
}

function parts(seconds: number, language: Language): string {
  const { hour, minute, minuteAlone, second, day, gap } = units[language];
  const whole = Math.max(0, Math.round(seconds));
  const pieces: [number, string][] = [
    [Math.floor(whole / 86_400), day],
    [Math.floor(whole / 3600) % 24, hour],
    [Math.floor(whole / 60) % 60, minute],
    [whole % 60, second],
  ];
  const first = pieces.findIndex(([count]) => count > 0);
  if (first === -1) return `0${gap}${second}`;
  return pieces
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit], _, all) => `${count}${gap}${all.length === 1 && unit === minute ? minuteAlone : unit}`)
    .join(gap);
}

/** To what a guess of that length is rounded, in seconds. */
function grain(seconds: number): number {
  if (seconds < 10) return 1;
  if (seconds < 60) return 5;
  if (seconds < 600) return 10;
  return seconds < 3600 ? 60 : 300;
}

/** Making a formatter takes far longer than using it: each is made once. */
function keptBy<Options, Formatter>(make: (language: Language, options: Options) => Formatter) {
  const made = new Map<string, Formatter>();
  return (language: Language, options: Options): Formatter => {
    const key = `${language} ${JSON.stringify(options)}`;
    const formatter = made.get(key) ?? make(language, options);
    made.set(key, formatter);
    return formatter;
  };
}
const numbers = keptBy((language, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options));
const times = keptBy((language, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options));

export function figuresOf(language: Language): Figures {
  const digited = (value: number, least: number, most: number) =>
    numbers(language, { minimumFractionDigits: least, maximumFractionDigits: most }).format(value);
  const number = (value: number, digits = 0) => digited(value, 0, digits);
  const fixed = (value: number, digits: number) => digited(value, digits, digits);
  const formatted = (time: number, options: Intl.DateTimeFormatOptions) => times(language, options).format(time);
  const unit = units[language];

  return {
    language,
    number,
    percent: (share) => `${number(share * 100)} %`,
    seconds: (value) => (value < 10 ? `${fixed(value, 1)} ${unit.second}` : parts(value, language)),
    duration: (seconds) => parts(seconds, language),
    about: (seconds) => {
      const step = grain(seconds);
      return unit.about(parts(Math.max(step, Math.round(seconds / step) * step), language));
    },
    bytes: (value) => {
      let power = 0;
      let amount = value;
      // 1023.95 would be said as 1024.0.
      while (amount >= 1023.95 && power < scale.length - 1) {
        amount /= 1024;
        power += 1;
      }
      const digits = power < 2 ? 0 : amount >= 100 ? 0 : 1;
      return `${fixed(amount, digits)} ${scale[power]}`;
    },
    moment: (time, now = Date.now()) => {
      const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
      if (new Date(time).toDateString() === new Date(now).toDateString()) return formatted(time, clock);
      if (now - time < 6 * 86_400_000) return formatted(time, { weekday: 'short', ...clock });
      const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
      return formatted(time, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
    },
    date: (time) => formatted(time, { dateStyle: 'medium', timeStyle: 'short' }),
  };
}
