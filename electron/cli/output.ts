import type { CommandEvent } from '../../contract/command.ts';
import type { Phase } from '../../contract/render.ts';
import { withShortcut } from './shortcut.ts';

/** Where a command's news go: a person at a terminal, a log file, or a program. */
export interface Output {
  event(event: CommandEvent): void;
  /** What the command was asked for: a list, a report. With --json one object. */
  result(text: string, data: unknown): void;
}

/** One JSON object a line on standard output, nothing else. */
export function jsonOutput(write: (text: string) => void): Output {
  return {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    result: (_, data) => write(`${JSON.stringify(data)}\n`),
  };
}

/** Words for people: progress and problems on standard error, results on standard output. */
export function textOutput(write: (text: string) => void, progress: NodeJS.WriteStream): Output {
  const line = progress.isTTY ? liveLine(progress) : plainLines(progress);
  return {
    event(event) {
      switch (event.type) {
        case 'phase':
          return line.phase(event.sentence, event.detail);
        case 'step':
          return line.step(stepText(event), event.step === event.of);
        case 'warning':
        case 'failure':
        case 'recovery':
        case 'recovered':
          return line.say(event.sentence);
        case 'done': {
          const length = (event.frames / event.fps).toFixed(1);
          line.clear();
          write(`${event.file}\n`);
          return line.say(
            `Done in ${duration(event.seconds)}: ${event.width}x${event.height}, ${event.frames} frames, ${length} s, seed ${event.seed}${withShortcut(event.shortcut)}.`,
          );
        }
        case 'error':
          return line.say(event.sentence);
      }
    },
    result(text) {
      write(`${text}\n`);
    },
  };
}

interface Line {
  phase(text: string, detail: string | null): void;
  step(text: string, last: boolean): void;
  say(text: string): void;
  clear(): void;
}

/** One line that is written over and over; what is said stays above it. */
function liveLine(stream: NodeJS.WriteStream): Line {
  const clear = () => void stream.write('\r\x1b[K');
  const show = (text: string) => void stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`);
  return {
    phase: (text, detail) => show(detail === null ? text : `${text} (${detail})`),
    step: show,
    say(text) {
      clear();
      stream.write(`${text}\n`);
    },
    clear,
  };
}

/** A log has no use for every step: phases, and the end of each count. */
function plainLines(stream: NodeJS.WriteStream): Line {
  const write = (text: string) => void stream.write(`${text}\n`);
  let last = '';
  return {
    phase: (text, detail) => {
      if (text !== last) write(detail === null ? text : `${text} (${detail})`);
      last = text;
    },
    step: (text, isLast) => {
      if (isLast) write(text);
    },
    say: write,
    clear: () => {},
  };
}

export const phaseWords: Record<Phase, string> = {
  loading: 'Loading the model',
  encoding: 'Reading the prompt',
  denoising: 'Denoising',
  decoding: 'Decoding',
  finishing: 'Finishing the clip',
};

function stepText(event: Extract<CommandEvent, { type: 'step' }>): string {
  const pace = event.phase === 'denoising' ? `, ${event.seconds.toFixed(event.seconds < 10 ? 2 : 0)} s a step` : '';
  const left = event.secondsLeft === null || event.secondsLeft < 0.5 ? '' : `, ${about(event.secondsLeft)} left`;
  return `${phaseWords[event.phase].padEnd(9)} ${bar(event.step / event.of)} ${event.step}/${event.of}${pace}${left}`;
}

function bar(part: number, width = 24): string {
  const full = Math.round(part * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

export const gb = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;

/** "about 4 s", "about 1 min 20 s", "about 31 min": what is foretold, rounded the coarser the longer it is. */
export function about(seconds: number): string {
  const grain = seconds < 10 ? 1 : seconds < 60 ? 5 : seconds < 600 ? 10 : seconds < 3600 ? 60 : 300;
  return `about ${duration(Math.max(grain, Math.round(seconds / grain) * grain))}`;
}

/** "4 s", "1 min 20 s", "2 h 5 min": what a person would say. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
