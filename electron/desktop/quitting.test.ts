import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { QueueState, StudioEvent } from '../../contract/events.ts';
import type { Job } from '../../contract/job.ts';
import { Settings } from '../../contract/settings.ts';
import { createQuitting, decideQuit, mayBeTheLast, workLeft } from './quitting.ts';
import { words } from './words.ts';

const electron = vi.hoisted(() => ({
  app: { on: vi.fn(), off: vi.fn(), quit: vi.fn(), relaunch: vi.fn() },
  powerMonitor: { on: vi.fn(), off: vi.fn() },
  dialog: { showMessageBox: vi.fn<() => Promise<{ response: number; checkboxChecked: boolean }>>() },
}));
vi.mock('electron', () => electron);

const job = (kind: string, reason?: string) => ({ state: { kind, reason } }) as Job;
const impossible = { kind: 'impossible', cause: 'worker', sentence: '' } as const;

describe('an attempt to quit', () => {
  it.each([
    [false, 'ask', false, 'now'],
    [true, 'ask', false, 'ask'],
    [true, 'background', false, 'background'],
    [true, 'stop', false, 'stop'],
    [true, 'ask', true, 'stop'],
  ] as const)('rendering %s, setting %s, hurried %s: %s', (rendering, setting, hurried, expected) =>
    expect(decideQuit(rendering, setting, hurried)).toBe(expected),
  );
});

const going: QueueState = {
  ...{ paused: false, because: null, startAt: null, pausesAfterClip: false, whenDone: 'nothing', endsAt: null },
};

describe('the background', () => {
  it.each([
    [job('denoising'), true, true],
    [job('queued'), true, false],
    [job('paused', 'queue'), true, false],
    [job('paused', 'interrupted'), true, false],
    [job('paused', 'asked'), false, false],
    [job('failed'), false, false],
    [job('cancelled'), false, false],
  ])('waits for what goes on by itself: $state, %s; with the queue paused, %s', (each, goesOn, whilePaused) => {
    const left = (paused: boolean) =>
      workLeft({ queue: { ...going, paused }, engine: { kind: 'starting' }, jobs: [each] });
    expect([left(false), left(true)]).toEqual([goesOn, whilePaused]);
  });

  it('waits for the time at which the queue begins, and for the end of the machine', () => {
    const waits = { ...going, paused: true, startAt: 1 };
    expect(workLeft({ queue: waits, engine: { kind: 'starting' }, jobs: [job('queued')] })).toBe(true);
    expect(workLeft({ queue: waits, engine: { kind: 'starting' }, jobs: [] })).toBe(false);
    expect(workLeft({ queue: { ...going, endsAt: 1 }, engine: { kind: 'starting' }, jobs: [] })).toBe(true);
  });

  it('waits for nothing where nothing can be made', () => {
    expect(workLeft({ queue: going, engine: impossible, jobs: [job('queued')] })).toBe(false);
  });

  it('does not take a job that is done for the last before that is told', () => {
    expect(mayBeTheLast({ type: 'job', job: job('done') })).toBe(false);
    expect(mayBeTheLast({ type: 'library' } as StudioEvent)).toBe(false);
    expect(mayBeTheLast({ type: 'live', live: {} } as StudioEvent)).toBe(false);
    expect(mayBeTheLast({ type: 'live', live: null })).toBe(true);
    expect(mayBeTheLast({ type: 'engine', engine: impossible })).toBe(true);
    expect(mayBeTheLast({ type: 'queue', queue: { ...going, paused: true } })).toBe(true);
  });
});

describe('quitting', () => {
  const answers = { background: 0, stop: 1, cancel: 2 };
  /** The person is asked, and answers later. */
  function asked(): (answer: keyof typeof answers, checkboxChecked?: boolean) => void {
    let settle: (answered: { response: number; checkboxChecked: boolean }) => void = () => {};
    electron.dialog.showMessageBox.mockReturnValueOnce(
      new Promise((resolve) => {
        settle = resolve;
      }),
    );
    return (answer, checkboxChecked = false) => settle({ response: answers[answer], checkboxChecked });
  }

  function studio() {
    const jobs = [job('denoising')];
    const end = vi.fn(() => Promise.resolve());
    const remember = vi.fn();
    const quitting = createQuitting({
      rendering: () => jobs.length > 0,
      standing: () => ({ engine: { kind: 'starting' }, queue: going, jobs }),
      settings: () => Settings.parse({}),
      words: () => words.en,
      window: () => null,
      hide: () => {},
      remember,
      end,
      failed: (error) => expect.unreachable(String(error)),
    });
    const finish = () => {
      jobs.length = 0;
      quitting.check();
    };
    return { quitting, finish, end, remember };
  }

  async function inBackground() {
    const made = studio();
    const answer = asked();
    expect(made.quitting.mayClose()).toBe(false);
    answer('background');
    await vi.waitFor(() => expect(electron.dialog.showMessageBox).toHaveResolved());
    return made;
  }

  beforeEach(() => void vi.clearAllMocks());

  it('ends when the work in the background is done', async () => {
    const { quitting, finish, end } = await inBackground();
    quitting.check();
    expect(end).not.toHaveBeenCalled();
    finish();
    expect(end).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(electron.app.quit).toHaveBeenCalledOnce());
    expect(quitting.mayClose()).toBe(true);
    quitting.dispose();
  });

  it('goes on in the background after a second question that was taken back', async () => {
    const { quitting, finish, end } = await inBackground();
    const answer = asked();
    quitting.mayClose();
    // What is done while the question stands there is not forgotten.
    finish();
    expect(end).not.toHaveBeenCalled();
    answer('cancel');
    await vi.waitFor(() => expect(end).toHaveBeenCalledOnce());
    quitting.dispose();
  });

  it('stays open when the window was wanted while the question stood there', async () => {
    const { quitting, finish, end } = await inBackground();
    const answer = asked();
    quitting.mayClose();
    expect(quitting.stay()).toBe(true);
    answer('cancel');
    await vi.waitFor(() => expect(electron.dialog.showMessageBox).toHaveResolvedTimes(2));
    finish();
    expect(end).not.toHaveBeenCalled();
    quitting.dispose();
  });

  it('shows no window while it ends, and starts once more instead', async () => {
    const { quitting, finish, remember } = await inBackground();
    finish();
    expect([quitting.stay(), quitting.stay()]).toEqual([false, false]);
    expect(electron.app.relaunch).toHaveBeenCalledOnce();
    expect(remember).not.toHaveBeenCalled();
    quitting.dispose();
  });

  it('remembers the answer that is to be given always', async () => {
    const { quitting, remember } = studio();
    const answer = asked();
    quitting.mayClose();
    answer('background', true);
    await vi.waitFor(() => expect(remember).toHaveBeenCalledWith('background'));
    quitting.dispose();
  });
});
