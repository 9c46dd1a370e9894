import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Draft, draftPrompt } from '../../../contract/draft.ts';
import type { Job } from '../../../contract/job.ts';
import { Settings } from '../../../contract/settings.ts';
import { draftFor } from './drafting.ts';
import { modelLike } from './model.fixture.ts';

const change = vi.hoisted(() => vi.fn<(what: { draft: Draft }) => Promise<void>>());
vi.mock('../../app/client.ts', () => ({ client: { settings: { change } }, refused: () => null }));

const model = modelLike({});
const draft = { ...draftFor(model), prompt: 'a red kite', seed: 1 };

/** A page of its own, whose studio remembers `remembered`. */
async function openPage(remembered: Draft | null) {
  vi.resetModules();
  const { useStudio } = await import('../../app/store.ts');
  const { changeDraft, takeAgain, useDraft } = await import('./draft.ts');
  const tell = (next: Draft | null) => useStudio.setState({ settings: Settings.parse({ draft: next }) });
  useStudio.setState({ known: true, models: [model] });
  tell(remembered);
  return { changeDraft, takeAgain, tell, now: () => useDraft.getState().draft };
}

const sent = () => change.mock.calls.map(([what]) => what.draft.prompt);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', { addEventListener: () => {} });
  vi.stubGlobal('document', { addEventListener: () => {} });
  change.mockReset().mockResolvedValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('what is being written', () => {
  it('begins with what was remembered, or with what the model is made for', async () => {
    expect((await openPage(draft)).now()).toEqual(draft);
    expect((await openPage(null)).now()).toEqual(draftFor(model));
  });

  it('is remembered when the hand rests, once', async () => {
    const { changeDraft } = await openPage(draft);
    for (const prompt of ['a', 'a b', 'a b c']) changeDraft({ prompt });
    expect(sent()).toEqual([]);
    vi.runAllTimers();
    expect(sent()).toEqual(['a b c']);
  });

  it('is not overwritten by its own echo', async () => {
    const { changeDraft, tell, now } = await openPage(draft);
    changeDraft({ prompt: 'first' });
    vi.runAllTimers();
    changeDraft({ prompt: 'second' });
    vi.runAllTimers();
    changeDraft({ prompt: 'third' });
    tell({ ...draft, prompt: 'first' });
    tell({ ...draft, prompt: 'second' });
    expect(now()?.prompt).toBe('third');
  });

  it('gives way to what comes from elsewhere', async () => {
    const { tell, now } = await openPage(draft);
    tell({ ...draft, prompt: 'of a clip', width: 160, height: 256 });
    expect(now()).toMatchObject({ prompt: 'of a clip', width: 160 });
  });

  it('can be that of a job, whose model may be a folder that nobody can choose here', async () => {
    const { takeAgain, now } = await openPage(draft);
    const { model: known, picture, ...settings } = { ...draft, prompt: 'again', width: 160, seed: 5 };
    const job = (name: string) => ({ model: name, picture, settings: { ...settings, image: null } }) as unknown as Job;
    takeAgain(job(known));
    expect(now()).toEqual({ ...draft, prompt: 'again', width: 160, seed: 5 });
    takeAgain(job('/models/mine'));
    expect(now()).toEqual({ ...draft, prompt: 'again', seed: 5 });
  });

  it('survives a studio that does not answer, and is sent when it does', async () => {
    const { changeDraft, tell, now } = await openPage(draft);
    change.mockRejectedValueOnce(new Error('unreachable'));
    changeDraft({ prompt: 'into the void' });
    await vi.runAllTimersAsync();
    tell(draft);
    expect(now()?.prompt).toBe('into the void');
    await vi.runAllTimersAsync();
    expect(sent()).toEqual(['into the void', 'into the void']);
  });

  it('may be longer than what can be remembered', async () => {
    const { changeDraft, tell, now } = await openPage(draft);
    changeDraft({ prompt: 'x'.repeat(2 * draftPrompt) });
    vi.runAllTimers();
    expect(sent()[0]).toHaveLength(draftPrompt);
    tell({ ...draft, prompt: 'x'.repeat(draftPrompt) });
    expect(now()?.prompt).toHaveLength(2 * draftPrompt);
  });
});
