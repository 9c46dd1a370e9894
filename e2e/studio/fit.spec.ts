import create from '../../renderer/i18n/en/create.ts';
import library from '../../renderer/i18n/en/library.ts';
import plan from '../../renderer/i18n/en/plan.ts';
import queue from '../../renderer/i18n/en/queue.ts';
import settings from '../../renderer/i18n/en/settings.ts';
import terms from '../../renderer/i18n/en/terms.ts';
import { small } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { add, finished, goTo, prompt, remember, untilClip } from './moves.ts';
import { expect, sharing as test } from './studio.ts';

test('the fit meter answers, and a clip that was made here sharpens what it says', async ({ studio, page }) => {
  await remember(studio, { ...small, prompt: '' });
  const meter = page.getByRole('region', { name: plan.label });
  await expect(meter.getByRole('status')).toContainText(plan.verdict.fits);
  await expect(meter).toContainText(plan.processor);
  await expect(meter).toContainText(plan.guess);
  await expect(meter.getByText(terms.phases.denoising, { exact: true })).toBeVisible();

  await prompt(page).fill('a red balloon');
  await add(page).click();
  await expect(finished(page)).toBeVisible({ timeout: 90_000 });
  await expect(meter).not.toContainText(plan.guess);

  await goTo(page, 'settings');
  const measured = page.getByRole('region', { name: plan.measured.title });
  await expect(measured).toContainText('1 clip');
  await measured.getByRole('button', { name: plan.measured.forget }).click();
  await expect(measured).toContainText(plan.measured.none);
  await expect(page.getByRole('heading', { level: 1, name: settings.title })).toBeVisible();
  await goTo(page, 'create');
  await expect(page.getByRole('region', { name: create.done.region }).or(prompt(page)).first()).toBeVisible();
  await expect(meter).toContainText(plan.guess);
});

test('the best settings for this machine are found by short clips, which can be stopped', async ({ studio, page }) => {
  await remember(studio, { ...small, prompt: '' });
  await goTo(page, 'settings');
  const measured = page.getByRole('region', { name: plan.measured.title });
  const start = measured.getByRole('button', { name: plan.calibrate.start });
  await start.click();
  await expect(measured).toContainText(plan.calibrate.done.split('{{')[0] ?? '', { timeout: 90_000 });
  await expect(measured.getByRole('listitem').first()).toBeVisible();
  await expect(measured).not.toContainText(plan.measured.none);
  await expectAccessible(page);

  await start.click();
  await measured.getByRole('button', { name: plan.calibrate.stop }).click();
  await expect(measured).toContainText(plan.calibrate.ended);
  await expect(start).toBeEnabled();
});

test('a faster way is chosen for one clip, kept with it while it waits, and told of what was made', async ({
  studio,
  page,
}) => {
  const { client } = studio;
  const cached = terms.shortcuts['cached-steps'];
  const now = async () => (await client.settings.get()).draft;
  await client.queue.pause();
  await remember(studio, { ...small, steps: 48 });
  const choice = page.getByRole('radiogroup', { name: plan.shortcut.label });
  const exactly = choice.getByRole('radio', { name: plan.shortcut.exact.split('{{')[0] ?? '' });
  const faster = choice.getByRole('radio', { name: cached });
  await expect(exactly).toBeChecked();
  // By the keyboard alone.
  await exactly.focus();
  await page.keyboard.press('ArrowDown');
  await expect(faster).toBeChecked();
  await expectAccessible(page, '[data-region="inspector"]');
  await expect.poll(async () => (await now())?.shortcut).toBe('cached-steps');

  // With so few steps there is nothing to be skipped.
  const steps = page.getByRole('slider', { name: create.quality });
  await steps.focus();
  await page.keyboard.press('Home');
  await expect(page.getByText(plan.shortcut.missing.replace('{{name}}', cached))).toBeVisible();
  await expect(choice).toHaveCount(0);
  await expect.poll(async () => (await now())?.steps).toBeLessThan(9);
  expect((await now())?.shortcut).toBe('cached-steps');
  await remember(studio, { ...small, steps: 48, shortcut: 'cached-steps' });
  await expect(faster).toBeChecked();
  await page.getByRole('button', { name: plan.why }).click();
  await expect(page.getByText(/runs in 29 of 48 steps/)).toBeVisible();

  await add(page).click();
  await goTo(page, 'queue');
  const told = queue.shortcut.replace('{{what}}', cached);
  await expect(page.getByText(told, { exact: true })).toBeVisible();
  const [job] = await client.queue.list();
  expect(JSON.stringify(await client.presets.list())).not.toContain('shortcut');
  await goTo(page, 'create');
  await client.queue.resume();
  await expect(finished(page)).toContainText(told, { timeout: 90_000 });
  const { shortcut } = await untilClip(studio, job?.id ?? '');
  expect(shortcut).toBe('cached-steps');
  await finished(page).getByRole('button', { name: create.done.open }).click();
  await expect(page.getByText(library.detail.shortcut.replace('{{what}}', cached))).toBeVisible();
});
