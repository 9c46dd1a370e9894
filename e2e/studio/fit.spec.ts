import create from '../../renderer/i18n/en/create.ts';
import plan from '../../renderer/i18n/en/plan.ts';
import settings from '../../renderer/i18n/en/settings.ts';
import terms from '../../renderer/i18n/en/terms.ts';
import { small } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { add, finished, goTo, prompt, remember } from './moves.ts';
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
