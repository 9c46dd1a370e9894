/** Renders that fail in the real worker, and what a person makes of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { RecoveryPolicy } from '../../contract/recovery.ts';
import app from '../../renderer/i18n/en/app.ts';
import failures from '../../renderer/i18n/en/failures.ts';
import plan from '../../renderer/i18n/en/plan.ts';
import recovery from '../../renderer/i18n/en/recovery.ts';
import settings from '../../renderer/i18n/en/settings.ts';
import { root } from '../cli.ts';
import { type Fault, faultyEnvironment, want } from '../faultyEnvironment.ts';
import { slabbed } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { usual } from './emptied.ts';
import { finished, goTo, prompt, rendering, untilClip } from './moves.ts';
import { expect, type Studio, sharing, withStudio } from './studio.ts';

/** Every decode in one piece runs out of memory. */
const outOfMemory: Fault = { at: 'decoding', what: 'device-memory', times: null, while: { 'decode.slabRows': null } };

/** One studio for all of them. The process that tests it is theirs alone, and so is its environment. */
const test = sharing.extend<object, { faulty: string; studio: Studio }>({
  faulty: [
    // biome-ignore lint/correctness/noEmptyPattern: it depends on nothing, which has to be said like this
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'reelwright-faulty-'));
      try {
        const faulty = faultyEnvironment(folder, []);
        process.env['REELWRIGHT_ENVIRONMENT'] = faulty;
        await use(faulty);
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
    { scope: 'worker' },
  ],
  studio: [
    async ({ host, faulty: _ }, use) => withStudio(host, usual, null, use),
    { scope: 'worker', timeout: 60_000 },
  ],
});
test.skip(process.platform === 'win32', 'No script takes the place of a program there.');

const title = 'The card ran out of memory while decoding the frames';
const draft = { ...slabbed, steps: 3 };
/** So large that slabs of several heights are a way to decode it. */
const larger = { ...draft, width: 128, height: 96 };

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** What those who listen are told. */
const told = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text });

const card = (page: Page, heading: string) => rendering(page).getByRole('heading', { name: heading });

/** A clip that fails in a worker that has made none before. */
async function failing(studio: Studio, faulty: string, fault: Fault, policy: RecoveryPolicy, clip = draft) {
  const { client } = studio;
  want(faulty, [fault]);
  await client.settings.change({ recovery: policy });
  await client.queue.pause();
  await client.queue.resume();
  return (await client.queue.add(clip)).id;
}

/** The card that says that memory ran out. */
async function short(studio: Studio, faulty: string, policy: RecoveryPolicy, clip = draft): Promise<string> {
  const id = await failing(studio, faulty, outOfMemory, policy, clip);
  await expect(card(studio.page, title)).toBeVisible({ timeout: 60_000 });
  return id;
}

test('one click, and the clip is there, with what became of it', async ({ studio, faulty, page }) => {
  const id = await short(studio, faulty, 'countdown');
  await expect(told(page, /recovers it by itself in 1\d s\.$/)).toBeAttached();
  await expect(page.getByText('All 3 steps are safe.', { exact: false })).toBeVisible();
  await expect(
    page.getByText(/^Reelwright will decode the frames in slabs of \d+ rows\. The picture stays/),
  ).toBeVisible();
  await button(page, recovery.recover).click();
  await expect(told(page, /^Attempt 2: decoding in slabs of \d+ rows$/)).toBeAttached();
  await expect(finished(page)).toBeVisible({ timeout: 60_000 });
  expect((await studio.client.library.get({ id })).recoveries).toMatchObject([
    { cause: 'device-memory', rung: 'replan' },
  ]);
  await page.getByRole('button', { name: 'Open in Library' }).click();
  await expect(page.getByText(/^Rendered after one recovery: decoded in slabs of \d+ rows\.$/)).toBeVisible();
});

test('left alone it goes on by itself', async ({ studio, faulty, page }) => {
  const id = await short(studio, faulty, 'countdown');
  await expect(page.getByText(/^goes on by itself in 1?\d s$/)).toBeVisible();
  await goTo(page, 'queue');
  await expect(page.getByText(/^goes on by itself in 1?\d s$/)).toBeVisible();
  await expect(page.getByRole('link', { name: app.rooms.queue })).toContainText(app.needsYou);
  await untilClip(studio, id);
});

test('“always do this” is remembered, and the next failure goes by', async ({ studio, faulty, page }) => {
  const id = await short(studio, faulty, 'countdown');
  await page.getByRole('checkbox', { name: recovery.always }).click();
  await untilClip(studio, id);
  const next = await studio.client.queue.add({ ...draft, seed: 12 });
  await expect(told(page, /^Attempt 2: /)).toBeAttached({ timeout: 60_000 });
  await expect(button(page, recovery.recover)).toBeHidden();
  expect((await untilClip(studio, next.id)).recoveries).not.toHaveLength(0);
  await goTo(page, 'settings');
  await expect(page.getByRole('combobox', { name: settings.recovery.label })).toHaveText(settings.recovery['at-once']);
});

test('by the keyboard alone it is put off, and recovered later in the queue', async ({ studio, faulty, page }) => {
  const id = await short(studio, faulty, 'countdown');
  await button(page, recovery.recover).focus();
  await page.keyboard.press('Tab');
  await expect(button(page, recovery.notNow)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(told(page, /waits for you\.$/)).toBeAttached();
  await expect(button(page, recovery.recover)).toBeFocused();
  await goTo(page, 'queue');
  await button(page, recovery.recover).focus();
  await page.keyboard.press('Enter');
  await untilClip(studio, id);
});

test('another way is chosen from the list', async ({ studio, faulty, page }) => {
  const id = await short(studio, faulty, 'ask', larger);
  await button(page, recovery.choose).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: recovery.dialog.title });
  const ways = dialog.getByRole('radio');
  await expect(ways.first()).toBeChecked();
  await expectAccessible(page);
  await ways.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(ways.nth(1)).toBeChecked();
  const rows = /slabs of (\d+) rows/.exec((await ways.nth(1).textContent()) ?? '')?.[1];
  await dialog.getByRole('button', { name: recovery.dialog.go }).click();
  await expect(dialog).toBeHidden();
  const [note] = (await untilClip(studio, id)).recoveries;
  expect(note?.changes).toEqual([{ kind: 'decode', slabRows: Number(rows) }]);
});

test('what cannot be mended ends with its reason', async ({ studio, faulty, page }) => {
  await failing(studio, faulty, { at: 'decoding', what: 'nan', times: null }, 'countdown');
  await expect(card(page, failures.badFrames.nan)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(recovery.end['no-way-left'], { exact: true })).toBeVisible();
  await expect(told(page, recovery.end['no-way-left'])).toBeAttached();
  await expect(button(page, recovery.recover)).toBeHidden();
});

test('the card keeps nobody out, in light and in dark', async ({ studio, faulty, page }) => {
  await short(studio, faulty, 'ask');
  for (const theme of ['light', 'dark'] as const) {
    await studio.client.settings.change({ theme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await expectAccessible(page);
    await goTo(page, 'queue');
    await expectAccessible(page);
    await goTo(page, 'create');
  }
  if (studio.host !== 'web' || process.env['REELWRIGHT_SCREENSHOTS'] === undefined) return;
  await prompt(page).fill(draft.prompt);
  await expect(page.getByRole('region', { name: plan.label })).toBeVisible();
  await page.screenshot({ path: join(root, 'docs', 'screenshots', 'recovery-dark.png'), animations: 'disabled' });
});

test('while somebody chooses the countdown stands, and counts anew when they close the list', async ({
  studio,
  faulty,
  page,
}) => {
  const id = await short(studio, faulty, 'countdown', larger);
  const next = await studio.client.queue.add({ ...draft, seed: 13 });
  const stateOf = async (of: string) => (await studio.client.queue.list()).find((job) => job.id === of)?.state;
  const beginsAt = async () => {
    const state = await stateOf(id);
    return state?.kind === 'recovering' ? (state.beginsAt ?? 0) : 0;
  };
  const dialog = page.getByRole('dialog', { name: recovery.dialog.title });
  const began = await beginsAt();
  await button(page, recovery.choose).click();
  await expect(dialog.getByRole('radio').first()).toBeChecked();
  await expect(dialog).toContainText(recovery.dialog.stands);
  // As every page shows it meanwhile.
  await expect(page.getByText(recovery.stands, { exact: true })).toBeVisible();
  expect((await beginsAt()) - began).toBeGreaterThan(60_000);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button(page, recovery.choose)).toBeFocused();
  await expect.poll(async () => (await beginsAt()) - began).toBeLessThan(60_000);
  await button(page, recovery.choose).click();
  await dialog.getByRole('button', { name: recovery.notNow }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await stateOf(id))?.kind).toBe('failed');
  // The queue goes on with the next one, which fails in the same way.
  await expect.poll(async () => (await stateOf(next.id))?.kind, { timeout: 60_000 }).toBe('recovering');
});
