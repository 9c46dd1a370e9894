import { setTimeout as delay } from 'node:timers/promises';
import { app, type BrowserWindow, dialog, type MessageBoxOptions, powerMonitor } from 'electron';
import type { StudioEvent } from '../../contract/events.ts';
import { goesOnByItself, isRunning } from '../../contract/job.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Words } from './words.ts';

/** What the studio is about to do: of the jobs what runs and what comes next say all. */
export type Standing = Pick<Extract<StudioEvent, { type: 'snapshot' }>, 'queue' | 'engine' | 'jobs'>;

/** What an attempt to quit leads to. */
export type Quit = 'now' | 'ask' | 'background' | 'stop';

/** Nothing is asked when nothing is being made, or when nobody is there to answer. */
export function decideQuit(rendering: boolean, whenQuitting: Settings['whenQuitting'], hurried: boolean): Quit {
  if (!rendering) return 'now';
  return hurried ? 'stop' : whenQuitting;
}

/** Whether the queue goes on by itself. */
export function workLeft({ queue, engine, jobs }: Standing): boolean {
  // The machine's own end is this studio's too.
  if (queue.endsAt !== null) return true;
  if (engine.kind === 'impossible') return false;
  return jobs.some(
    ({ state }) => isRunning(state) || (goesOnByItself(state) && (!queue.paused || queue.startAt !== null)),
  );
}

/**
 * What may have been the last that the background waited for. A job's own change is not: what it came to is told only
 * after it.
 */
export const mayBeTheLast = (event: StudioEvent): boolean =>
  event.type === 'engine' || event.type === 'queue' || (event.type === 'live' && event.live === null);

export interface Quitting {
  /** The person closes the window, or asks to quit. True when that may happen at once. */
  mayClose(): boolean;
  /** Without a question: the system ends, or a signal came. */
  hurry(): void;
  /**
   * The window is wanted again: what goes on in the background goes on in front. False when it is too late for that,
   * and the studio will start anew once it has ended.
   */
  stay(): boolean;
  /** Something ended: perhaps that was what the background waited for. */
  check(): void;
  dispose(): void;
}

export interface QuittingOptions {
  rendering: () => boolean;
  standing: () => Standing;
  settings: () => Pick<Settings, 'whenQuitting'>;
  words: () => Words;
  window: () => BrowserWindow | null;
  hide: () => void;
  remember: (choice: 'background' | 'stop') => void;
  /** Ends the studio; resolves when nothing of it is left. */
  end: () => Promise<void>;
  failed: (error: unknown) => void;
}

/** A step of a large model takes its time; what is saved by then is what the next start finds. */
const endWithin = 60_000;

type State = 'open' | 'asking' | 'background' | 'ending' | 'ended';

/** Holds every attempt to quit until the studio has ended, and asks first when that would cost somebody their clip. */
export function createQuitting(options: QuittingOptions): Quitting {
  let state: State = 'open';
  /** Where a question that is not answered with an end leads back to. */
  let resting: 'open' | 'background' = 'open';
  let hurried = false;
  let startsAgain = false;

  async function end(): Promise<void> {
    if (state === 'ending' || state === 'ended') return;
    state = 'ending';
    options.hide();
    await Promise.race([options.end(), delay(endWithin, undefined, { ref: false })]).catch(options.failed);
    state = 'ended';
    app.quit();
  }

  async function ask(): Promise<void> {
    state = 'asking';
    const { title, detail, background, stop, cancel, remember } = options.words().quit;
    const box: MessageBoxOptions = {
      type: 'question',
      message: title,
      detail,
      buttons: [background, stop, cancel],
      defaultId: 0,
      cancelId: 2,
      checkboxLabel: remember,
      noLink: true,
    };
    const window = options.window();
    const asked = window?.isVisible() ? dialog.showMessageBox(window, box) : dialog.showMessageBox(box);
    const { response, checkboxChecked } = await asked;
    // A signal may have come while the question stood there.
    if (state !== 'asking') return;
    state = resting;
    const choice = (['background', 'stop', null] as const)[response] ?? null;
    if (choice === null) return check();
    if (checkboxChecked) options.remember(choice);
    attempt(choice);
  }

  function attempt(choice: Quit): void {
    switch (choice) {
      case 'ask':
        return void ask();
      case 'background':
        state = resting = 'background';
        options.hide();
        return check();
      case 'now':
      case 'stop':
        return void end();
    }
  }

  function check(): void {
    if (state === 'background' && !workLeft(options.standing())) void end();
  }

  function mayClose(): boolean {
    if (state === 'ended') return true;
    if (state === 'ending' || (state === 'asking' && !hurried)) return false;
    attempt(decideQuit(options.rendering(), options.settings().whenQuitting, hurried));
    return false;
  }

  const hurry = () => {
    hurried = true;
    mayClose();
  };
  const beforeQuit = (event: Electron.Event) => {
    if (!mayClose()) event.preventDefault();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  app.on('before-quit', beforeQuit);
  powerMonitor.on('shutdown', hurry);
  for (const signal of signals) process.on(signal, hurry);
  return {
    mayClose,
    hurry,
    stay() {
      if (state === 'ending' || state === 'ended') {
        if (!startsAgain) app.relaunch();
        startsAgain = true;
        return false;
      }
      resting = 'open';
      if (state === 'background') state = 'open';
      return true;
    },
    check,
    dispose() {
      app.off('before-quit', beforeQuit);
      powerMonitor.off('shutdown', hurry);
      for (const signal of signals) process.off(signal, hurry);
    },
  };
}
