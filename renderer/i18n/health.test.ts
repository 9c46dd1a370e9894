import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Health } from '../../contract/telemetry.ts';
import { healthWords } from './health.ts';
import { speak, startWords } from './index.ts';

const work = { utilisation: 42, power: 60, powerLimit: 200, pcieReceive: 12.3e9, program: null };
const causes = ['streaming', 'processor', 'paging', 'heat', 'power', 'unknown'] as const;
const slow = { temperature: 86, clock: 1800, usualClock: 2475, program: null };
const all: Health[] = [
  ...causes.map((cause) => ({ kind: 'underused' as const, cause, ...work })),
  ...(['processor', 'paging'] as const).map((cause) => ({
    ...work,
    kind: 'underused' as const,
    cause,
    program: 'game',
  })),
  { kind: 'underused', cause: 'streaming', ...work, pcieReceive: null },
  { kind: 'slowed', cause: 'heat', ...slow },
  { kind: 'slowed', cause: 'heat', ...slow, temperature: null, clock: null },
  { kind: 'slowed', cause: 'another-program', ...slow, program: 'game' },
  { kind: 'slowed', cause: 'another-program', ...slow },
  { kind: 'nearly-full', usedBytes: 11.8 * 2 ** 30, totalBytes: 12 * 2 ** 30, others: [] },
  { kind: 'nearly-full', usedBytes: 1, totalBytes: 2, others: [{ name: 'game', bytes: null }] },
  { kind: 'processor', percent: 97, program: null },
  { kind: 'processor', percent: 97, program: 'game' },
];

describe('what holds a render up', () => {
  beforeEach(() => {
    vi.stubGlobal('document', { documentElement: {} });
    startWords('en');
    speak('en');
  });
  it('is nothing while it is well', () => expect(healthWords({ kind: 'healthy' })).toBeNull());
  it('is said with its figures, its cause and what to do', () => {
    expect(healthWords({ kind: 'underused', cause: 'streaming', ...work })).toEqual({
      title: 'The card is only 42 % busy',
      text: expect.stringContaining('12.3 GB/s now'),
    });
    expect(healthWords({ kind: 'processor', percent: 97.2, program: 'game' })?.text).toContain('mostly by game');
  });
  it('knows busy from working', () => {
    const busy = healthWords({ kind: 'underused', cause: 'unknown', ...work, utilisation: 99, power: 49 });
    expect(busy?.title).toBe('Busy, but hardly working: 99 % at 49 of 200 W');
  });
  it.each(['en', 'zh-CN'] as const)('has words for everything (%s)', (language) => {
    speak(language);
    const said = all.map((health) => healthWords(health));
    for (const each of said) expect(`${each?.title} ${each?.text}`).not.toMatch(/\{\{|undefined|null|health\./);
    expect(new Set(said.map((each) => each?.text)).size).toBe(all.length);
  });
});
