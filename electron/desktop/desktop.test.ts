import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { QueueState, StudioEvent } from '../../contract/events.ts';
import type { Job } from '../../contract/job.ts';
import { Settings } from '../../contract/settings.ts';
import { failsTooOften } from './crashes.ts';
import { isAllowedOutside } from './externalLinks.ts';
import { filesIn, linkIn, readLink } from './links.ts';
import { templateOf } from './menu.ts';
import { countdowns, tellingOf } from './notifications.ts';
import { barOf, staysAwake } from './progress.ts';
import { isPage } from './scheme.ts';
import { placeOn, readWindowState, smallest } from './windowState.ts';
import { languageOf, systemLocale, words } from './words.ts';

// Decisions only: nothing of Electron is called.
vi.mock('electron', () => ({}));

describe('what the page may be, and where it may send a person', () => {
  it.each([
    ['studio://app/', true],
    ['studio://app/#/library/1', true],
    ['studio://app:80/', false],
    ['studio://app.evil/', false],
    ['studio://user@app/', false],
    ['https://app/', false],
    ['nonsense', false],
  ])('%s is ours: %s', (address, ours) => expect(isPage(address)).toBe(ours));

  it.each([
    ['https://www.nvidia.com/drivers/', true],
    ['http://www.nvidia.com/', false],
    ['https://www.nvidia.com.evil.example/', false],
    ['https://www.nvidia.com@evil.example/', false],
    ['https://www.nvidia.com:8443/', false],
    ['javascript:alert(1)', false],
    ['file:///C:/Windows/system32/calc.exe', false],
  ])('%s may be opened outside: %s', (address, allowed) => expect(isAllowedOutside(address)).toBe(allowed));
});

describe('a link', () => {
  it.each(['reelwright://', 'reelwright://open', 'reelwright://open/', 'REELWRIGHT://open'])(
    '%s opens the window',
    (text) => expect(readLink(text)).toEqual({ kind: 'open' }),
  );
  it.each([
    'reelwright://open?x=1',
    'reelwright://preset/',
    'reelwright://preset',
    'reelwright://other/abc',
    'https://evil.example',
    'nonsense',
    `reelwright://preset/${'a'.repeat(6000)}`,
  ])('%.40s does not', (text) => expect(readLink(text).kind).toBe('refused'));
  it('never throws', () => fc.assert(fc.property(fc.string(), (text) => void readLink(`reelwright://${text}`))));
  it('may carry a preset, whatever case it has', () => {
    expect(readLink('ReelWright://PRESET/a_b-C')).toEqual({ kind: 'preset', text: 'ReelWright://PRESET/a_b-C' });
  });
  it('is found among arguments', () => {
    expect(linkIn(['electron', '--flag', 'reelwright://open'])).toBe('reelwright://open');
    expect(linkIn(['electron', 'main.cjs'])).toBeNull();
  });
});

it('files of presets are found among arguments, and nothing that only looks like one', () => {
  const args = ['main.cjs', '--x.reelpreset', '/a b/Ä.REELPRESET', 'C:\\p.reelpack', 'p.reelpreset.exe', 'reelpreset'];
  args.push('reelwright://preset/../../x.reelpreset', 'ReelWright:x.reelpack');
  expect(filesIn(args)).toEqual(['/a b/Ä.REELPRESET', 'C:\\p.reelpack']);
});

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 };
  it('is the remembered one, on any screen where it can be grasped', () => {
    const second = { x: 1920, y: 0, width: 1280, height: 720 };
    const there = { x: 2000, y: 100, width: 900, height: 600 };
    expect(placeOn([screen, second], there)).toEqual(there);
    expect(placeOn([screen], there)).toEqual({ width: 900, height: 600 });
  });
  it('is always within reach and never larger than its screen', () => {
    const number = fc.integer({ min: -10_000, max: 10_000 });
    const size = fc.integer({ min: 1, max: 20_000 });
    const window = fc.record({ x: number, y: number, width: size, height: size });
    fc.assert(
      fc.property(window, (remembered) => {
        const { x = 0, y = 0, width = 0, height = 0 } = placeOn([screen], remembered);
        expect(width).toBeGreaterThanOrEqual(smallest.width);
        expect(height).toBeLessThanOrEqual(screen.height);
        expect(x).toBeLessThan(screen.width - 100);
        expect(x + width).toBeGreaterThan(100);
        expect(y).toBeGreaterThanOrEqual(-8);
      }),
    );
  });
  it('is the usual one after a file that makes no sense', () => {
    expect(readWindowState('/does/not/exist.json')).toEqual({ bounds: null, maximized: false });
  });
});

describe('what is told of a job that ended', () => {
  const job = (kind: string, prompt = 'a red balloon') => ({ state: { kind }, settings: { prompt } }) as Job;
  const settings = (change: object = {}) => ({ ...Settings.parse({}), ...change });
  it('is a notification, silent or not, or nothing', () => {
    const tell = (change: object, inFront = false, kind = 'done') =>
      tellingOf(job(kind), settings(change), inFront, words.en);
    const done = { title: words.en.done, body: 'a red balloon', silent: false, urgent: false };
    expect(tell({})).toEqual({ kind: 'notification', ...done });
    expect(tell({ sound: false })).toMatchObject({ silent: true });
    expect(tell({ notify: false, sound: true })).toEqual({ kind: 'nothing' });
    expect(tell({}, true)).toEqual({ kind: 'nothing' });
    expect(tell({}, false, 'failed')).toMatchObject({ title: words.en.failed, urgent: true });
    expect(tell({}, false, 'cancelled')).toEqual({ kind: 'nothing' });
  });
  it('tells of a countdown, and calls for the person where there is none', () => {
    const tell = (state: object) => tellingOf({ ...job('done'), state } as Job, settings(), false, words.en);
    expect(tell({ kind: 'recovering', beginsAt: 5 })).toMatchObject({ title: words.en.recovers, urgent: false });
    expect(tell({ kind: 'recovering' })).toEqual({ kind: 'nothing' });
    const next = { kind: 'recover' };
    expect(tell({ kind: 'failed', next })).toMatchObject({ title: words.en.waits, urgent: true });
  });
  it('tells of a countdown once, however often it is counted anew', () => {
    const begins = countdowns();
    const counts = (attempt: number, beginsAt?: number) =>
      begins({ ...job('done'), state: { kind: 'recovering', attempt, beginsAt } } as Job);
    expect([counts(2, 15), counts(2, 315), counts(2, 40), counts(2), counts(3, 60)]).toEqual([
      ...[true, false, false, false, true],
    ]);
    expect(begins(job('failed'))).toBe(false);
  });
  it('cuts a long prompt between characters', () => {
    const told = tellingOf(job('done', '👩‍🚀'.repeat(500)), settings(), false, words.en);
    expect(told.kind === 'notification' && told.body).toBe(`${'👩‍🚀'.repeat(119)}…`);
  });
});

describe('the bar in the taskbar', () => {
  const live = (phase: string, step: number | null, of: number | null) => ({ phase, step, of }) as never;
  it('is gone, at work, or grows', () => {
    expect(barOf(null)).toBe(-1);
    expect(barOf(live('loading', null, null))).toBe(2);
    expect(barOf(live('denoising', null, null))).toBe(2);
    const course = [
      live('denoising', 1, 8),
      live('denoising', 8, 8),
      live('decoding', 1, 2),
      live('decoding', 2, 2),
    ].map(barOf);
    expect(course).toEqual([...course].sort((one, other) => one - other));
    expect(barOf(live('finishing', null, null))).toBe(1);
  });
});

describe('the computer', () => {
  const live = (now: object | null) => ({ type: 'live', live: now }) as StudioEvent;
  const session = (rendering: boolean, startAt: number | null) => ({
    rendering: () => rendering,
    queue: () => ({ startAt }) as QueueState,
  });
  it.each([
    ['a clip begins', live({}), session(false, null), true],
    ['a clip recovers, and nothing of it runs', live(null), session(true, null), true],
    ['the queue begins later', live(null), session(false, 1), true],
    ['the last clip is done', live(null), session(false, null), false],
  ])('goes to sleep only when nothing is under way: %s', (_, event, now, expected) => {
    expect(staysAwake(event, now)).toBe(expected);
  });
});

describe('the menu', () => {
  const nothing = () => {};
  const actions = { show: nothing, pauseQueue: nothing, resumeQueue: nothing, openLogs: nothing };
  const rolesOn = (platform: NodeJS.Platform) => {
    const menus = templateOf(words.en, actions, { queuePaused: false, platform, packaged: true });
    return menus.flatMap(({ role, submenu }) => [
      ...(role === undefined ? [] : [role]),
      ...(Array.isArray(submenu) ? submenu.flatMap((item) => item.role ?? []) : []),
    ]);
  };

  it('of a Mac quits, closes and minimises where every program there does', () => {
    expect(rolesOn('darwin')).toEqual(expect.arrayContaining(['appMenu', 'close', 'windowMenu']));
    expect(rolesOn('darwin')).not.toContain('quit');
  });

  it.each(['win32', 'linux'] as const)('of %s quits by File', (platform) => {
    expect(rolesOn(platform)).toContain('quit');
    for (const role of ['appMenu', 'close', 'windowMenu']) expect(rolesOn(platform)).not.toContain(role);
  });
});

it('a page that fails again and again is not loaded for ever', () => {
  expect(failsTooOften([0, 1000, 2000], 2000)).toBe(false);
  expect(failsTooOften([0, 1000, 2000, 3000], 3000)).toBe(true);
  expect(failsTooOften([0, 1000, 2000, 90_000], 90_000)).toBe(false);
});

it('speaks the language of the settings, or of the system', () => {
  expect(languageOf('zh-CN', 'en-US')).toBe('zh-CN');
  expect(languageOf('system', 'zh-Hans-CN')).toBe('zh-CN');
  expect(languageOf('system', 'de-DE')).toBe('en');
  expect(systemLocale(['c', 'en-GB'])).toBe('en-GB');
  expect(systemLocale(['c'])).toBe('en');
});
