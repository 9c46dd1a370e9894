import type { ParseArgsConfig } from 'node:util';
import { limits, memoryLimits, type Scheduler, schedulers } from '../../contract/render.ts';
import { type Shortcut, shortcuts } from '../../contract/shortcut.ts';
import { type LibraryCommand, library } from './libraryArguments.ts';
import { absolute, common, flag, oneOfActions, read, text, Wrong } from './options.ts';
import { type CalibrateCommand, calibrate, type PlanCommand, plan } from './planArguments.ts';
import { type PresetsCommand, presets } from './presetsArguments.ts';
import { bytes, decimal, type Given, given, modelName, whole } from './values.ts';

export interface GenerateCommand {
  kind: 'generate';
  /** What gives everything that is not said here. */
  preset: Given | null;
  /** Empty only where a preset may have one. */
  prompt: string;
  negativePrompt: string;
  image: string | null;
  model: string | null;
  width: number | null;
  height: number | null;
  frames: number | null;
  fps: number | null;
  steps: number | null;
  guidance: number | null;
  scheduler: Scheduler | null;
  seed: number | null;
  /** What the clip may take, in bytes. */
  memoryLimit: number | null;
  shortcut: Shortcut | null;
  out: string | null;
  overwrite: boolean;
  recover: RecoverWish;
}

export type JobsCommand =
  | { kind: 'jobs'; action: 'list' }
  | { kind: 'jobs'; action: 'resume'; id: string | null; recover: RecoverWish }
  | { kind: 'jobs'; action: 'cancel'; id: string };

/** Who decides about a failure that can be recovered from: nobody, whoever sits at the terminal, or the next command. */
export type RecoverWish = (typeof recoverWishes)[number];
const recoverWishes = ['auto', 'ask', 'never'] as const;

export interface ServeCommand {
  kind: 'serve';
  host: string;
  /** Null for the usual one, or any that is free. */
  port: number | null;
}

/** What every command takes. */
interface Common {
  json: boolean;
  home: string | null;
}

type Action =
  | GenerateCommand
  | JobsCommand
  | ServeCommand
  | PlanCommand
  | CalibrateCommand
  | { kind: 'cache'; action: 'show' | 'clear' }
  | PresetsCommand
  | LibraryCommand
  | { kind: 'models' }
  | { kind: 'doctor' }
  | { kind: 'help' }
  | { kind: 'version' };

export type Command = Action & Common;

export type Parsed = { kind: 'command'; command: Command } | { kind: 'wrong'; sentence: string; json: boolean };

const generateOptions = {
  ...{ prompt: text, negative: text, image: text, model: text, width: text, height: text, frames: text, fps: text },
  ...{ steps: text, guidance: text, scheduler: text, seed: text, vram: text, shortcut: text, preset: text, out: text },
  ...{ overwrite: flag, recover: text },
  ...common,
} satisfies ParseArgsConfig['options'];

/** Reads a command line. Relative paths are taken from `folder`, where the user stands. */
export function parseCommand(args: readonly string[], folder: string): Parsed {
  const json = args.includes('--json');
  try {
    return { kind: 'command', command: { ...parse(args, folder), json, home: pathOf(args, folder) } };
  } catch (error) {
    if (error instanceof Wrong) return { kind: 'wrong', sentence: error.message, json };
    throw error;
  }
}

function parse(args: readonly string[], folder: string): Action {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name.startsWith('-')) {
    const { values } = read(
      args.filter((arg) => arg !== 'help'),
      common,
      false,
    );
    if (values.home !== undefined && name?.startsWith('--home') && !values.help && !values.version)
      throw new Wrong(
        '--home comes after a command, as in "serve --home FOLDER". For the window, set REELWRIGHT_HOME.',
      );
    return { kind: values.version ? 'version' : 'help' };
  }
  if (rest.includes('--help')) return { kind: 'help' };
  switch (name) {
    case 'generate':
      return generate(rest, folder);
    case 'jobs':
      return jobs(rest);
    case 'presets':
      return presets(rest, folder);
    case 'library':
      return library(rest, folder);
    case 'serve':
      return serve(rest);
    case 'plan':
      return plan(rest, folder);
    case 'calibrate':
      return calibrate(rest, folder);
    case 'cache':
      return cache(rest);
    case 'models':
    case 'doctor':
      read(rest, common, false);
      return { kind: name };
    default:
      throw new Wrong(
        `There is no command "${name}". The commands are generate, plan, calibrate, serve, presets, library, models, jobs, cache and doctor.`,
      );
  }
}

function generate(args: string[], folder: string): GenerateCommand {
  const { values } = read(args, generateOptions, false);
  const prompt = values.prompt?.trim() ?? '';
  if (prompt === '' && values.preset === undefined)
    throw new Wrong('Say what the clip should show: --prompt "a red balloon rising over green hills".');
  for (const [option, given] of [
    ['--prompt', prompt],
    ['--negative', values.negative ?? ''],
  ] as const) {
    if (given.length > limits.prompt)
      throw new Wrong(`${option} takes at most ${limits.prompt} characters; you gave ${given.length}.`);
  }
  if (values.scheduler !== undefined && !isScheduler(values.scheduler)) {
    throw new Wrong(`--scheduler takes ${schedulers.join(' or ')}; you gave "${values.scheduler}".`);
  }
  const out = values.out === undefined ? null : absolute(values.out, '--out', folder);
  if (out !== null && !/\.mp4$/i.test(out))
    throw new Wrong(`--out takes the name of an MP4 file, such as clip.mp4; you gave "${values.out}".`);
  return {
    kind: 'generate',
    preset: values.preset === undefined ? null : given(values.preset, '--preset', folder),
    prompt,
    negativePrompt: values.negative?.trim() ?? '',
    image: values.image === undefined ? null : absolute(values.image, '--image', folder),
    model: values.model === undefined ? null : modelName(values.model, folder),
    width: whole('--width', values.width, limits.side),
    height: whole('--height', values.height, limits.side),
    frames: whole('--frames', values.frames, limits.frames),
    fps: whole('--fps', values.fps, limits.fps),
    steps: whole('--steps', values.steps, limits.steps),
    guidance: decimal('--guidance', values.guidance, limits.guidance),
    scheduler: values.scheduler ?? null,
    seed: whole('--seed', values.seed, limits.seed),
    memoryLimit: bytes('--vram', values.vram, memoryLimits),
    shortcut: shortcutOf(values.shortcut),
    out,
    overwrite: values.overwrite ?? false,
    recover: recoverWish(values.recover),
  };
}

function cache(args: string[]): Action {
  const { positionals } = read(args, common, true);
  const [action = 'show', ...more] = positionals;
  if (more.length > 0 || (action !== 'show' && action !== 'clear'))
    throw new Wrong(`"cache" takes show or clear; you gave "${positionals.join(' ')}".`);
  return { kind: 'cache', action };
}

function serve(args: string[]): ServeCommand {
  const { values } = read(args, { host: text, port: text, ...common }, false);
  const host = values.host ?? '127.0.0.1';
  if (!/^[\w.:-]+$/.test(host)) throw new Wrong(`--host takes an address of this machine; you gave "${host}".`);
  return { kind: 'serve', host, port: whole('--port', values.port, { min: 1, max: 65_535 }) };
}

function jobs(args: string[]): JobsCommand {
  const { values, positionals } = read(args, { recover: text, ...common }, true);
  const [action = 'list', id, ...more] = positionals;
  if (values.recover !== undefined && action !== 'resume') throw new Wrong(`"jobs ${action}" takes no --recover.`);
  if (more.length > 0) throw new Wrong(`"jobs ${action}" takes one job; you gave ${more.length + 1}.`);
  if (action === 'list' && id === undefined) return { kind: 'jobs', action };
  if (action === 'resume') return { kind: 'jobs', action, id: id ?? null, recover: recoverWish(values.recover) };
  if (action === 'cancel') {
    if (id === undefined) throw new Wrong('Say which job to cancel. "jobs list" shows them.');
    return { kind: 'jobs', action, id };
  }
  throw oneOfActions('jobs', 'list, resume or cancel', positionals);
}

function pathOf(args: readonly string[], folder: string): string | null {
  const at = args.findIndex((arg) => arg === '--home' || arg.startsWith('--home='));
  if (at < 0) return null;
  const given = args[at]?.includes('=') ? args[at].slice('--home='.length) : args[at + 1];
  return given === undefined ? null : absolute(given, '--home', folder);
}

const isScheduler = (name: string): name is Scheduler => (schedulers as readonly string[]).includes(name);

function shortcutOf(given: string | undefined): Shortcut | null {
  const found = shortcuts.find((each) => each === given);
  if (given !== undefined && found === undefined)
    throw new Wrong(`--shortcut takes ${shortcuts.join(' or ')}; you gave "${given}".`);
  return found ?? null;
}

function recoverWish(given = 'auto'): RecoverWish {
  const wish = recoverWishes.find((each) => each === given);
  if (wish === undefined) throw new Wrong(`--recover takes ${recoverWishes.join(', ')}; you gave "${given}".`);
  return wish;
}
