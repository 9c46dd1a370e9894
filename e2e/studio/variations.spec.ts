import app from '../../renderer/i18n/en/app.ts';
import create from '../../renderer/i18n/en/create.ts';
import plan from '../../renderer/i18n/en/plan.ts';
import queue from '../../renderer/i18n/en/queue.ts';
import terms from '../../renderer/i18n/en/terms.ts';
import { small } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { add, goTo, remember } from './moves.ts';
import { expect, sharing as test } from './studio.ts';

test.use({ paused: true });

test('a clip gets a memory limit, which the meter, the queue and its change know', async ({ studio, page }) => {
  const { client } = studio;
  await remember(studio, { ...small, width: 512, height: 512, frames: 49 });
  await page.getByRole('button', { name: create.advanced.label }).click();
  const limit = page.getByRole('spinbutton', { name: create.advanced.memory });
  await limit.fill('1');
  await limit.press('Enter');
  const meter = page.getByRole('region', { name: plan.label });
  await expect(meter.getByText(plan.verdict['too-large'])).toBeVisible();
  await expectAccessible(page, '[data-region="inspector"]');

  // What would do is one press away, and comes back by undo.
  const raise = meter.getByRole('button', { name: /^Let it take up to/ });
  await raise.click();
  await expect(meter.getByText(plan.verdict['too-large'])).toHaveCount(0);
  const raised = Number(await limit.inputValue());
  expect(raised).toBeGreaterThan(1);
  await add(page).click();
  await expect.poll(async () => (await client.queue.list()).length).toBe(1);
  expect((await client.queue.list())[0]?.memoryLimit).toBe(raised * 2 ** 30);
  // No preset knows of it.
  expect(JSON.stringify(await client.presets.list())).not.toContain('memoryLimit');

  await goTo(page, 'queue');
  await expect(page.getByText(/^at most [\d.]+ GB$/)).toBeVisible();
  await page.getByRole('button', { name: queue.more.replace('{{prompt}}', small.prompt) }).click();
  await page.getByRole('menuitem', { name: queue.edit }).click();
  await page.getByRole('button', { name: create.advanced.label }).click();
  await page.getByRole('button', { name: create.advanced.memoryClear }).click();
  await page.getByRole('button', { name: queue.editing.save }).click();
  await expect.poll(async () => (await client.queue.list())[0]?.memoryLimit).toBeUndefined();
});

test('variations keep the seed and change the settings, and are seen before they are added', async ({
  studio,
  page,
}) => {
  const { client } = studio;
  await client.queue.add({ ...small, prompt: 'a blue boat', seed: 7 });
  await goTo(page, 'queue');
  const more = page.getByRole('button', { name: queue.more.replace('{{prompt}}', 'a blue boat') });
  // By the keyboard alone.
  await more.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  await expect(page.getByRole('menuitem').first()).toBeVisible();
  await page.getByRole('menuitem', { name: queue.repeat.menu }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: queue.repeat.title });
  await dialog.getByRole('radio', { name: queue.repeat.settings }).click();
  await expect(dialog.getByText('4 clips with seed 7, beside the one that is there:')).toBeVisible();
  await dialog.getByRole('checkbox', { name: queue.repeat.scheduler }).check();
  await expect(dialog.getByText('9 clips with seed 7, beside the one that is there:')).toBeVisible();
  await expectAccessible(page, '[role="dialog"]');
  await dialog.getByRole('button', { name: 'Add 9 clips' }).click();

  await expect.poll(async () => (await client.queue.list()).length).toBe(10);
  const settings = (await client.queue.list()).map((job) => job.settings);
  expect(new Set(settings.map(({ seed }) => seed))).toEqual(new Set([7]));
  const made = settings.map(({ guidance, scheduler }) => `${guidance} ${scheduler}`);
  expect(new Set(made).size).toBe(10);
  await page.getByRole('button', { name: terms.undo }).click();
  await expect.poll(async () => (await client.queue.list()).length).toBe(1);
});

test('words stand beside what the pointer or the keyboard is on, and go away again', async ({ studio, page }) => {
  await studio.client.queue.add({ ...small, prompt: 'a blue boat' });
  await goTo(page, 'queue');
  const more = page.getByRole('button', { name: queue.more.replace('{{prompt}}', 'a blue boat') });
  const words = page.getByRole('tooltip');
  await more.hover();
  await expect(words).toHaveText(queue.more.replace('{{prompt}}', 'a blue boat'));
  const [at, beside] = [await more.boundingBox(), await words.boundingBox()];
  expect((beside?.y ?? 0) + (beside?.height ?? 0)).toBeLessThanOrEqual(at?.y ?? 0);
  // The pointer may go onto the words, which keep nobody out.
  await words.hover();
  await expect(words).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(words).toHaveCount(0);
  await page.mouse.move(5, 5);
  await page.getByRole('button', { name: queue.moreQueue }).focus();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect(words).toHaveText(queue.moreQueue);
  await page.keyboard.press('Enter');
  await expect(words).toHaveCount(0);
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');

  // In a dialog, which is in the middle of the window by a movement of its own, they are beside their button as well.
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: app.shortcuts.title });
  const close = dialog.getByRole('button', { name: terms.close });
  await close.hover();
  await expect(dialog.getByRole('tooltip')).toHaveText(terms.close);
  const [below, middle] = [await close.boundingBox(), await words.boundingBox()];
  const centre = (box: typeof below) => (box?.x ?? 0) + (box?.width ?? 0) / 2;
  expect(Math.abs(centre(below) - centre(middle))).toBeLessThan(2);
  await words.hover();
  await expect(words).toBeVisible();
  await expectAccessible(page);
});
