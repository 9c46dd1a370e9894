import settings from '../../renderer/i18n/en/settings.ts';
import welcome from '../../renderer/i18n/en/welcome.ts';
import createZh from '../../renderer/i18n/zh-CN/create.ts';
import settingsZh from '../../renderer/i18n/zh-CN/settings.ts';
import { finished, goTo, prompt, rendering } from './moves.ts';
import { test as alone, expect, sharing as test } from './studio.ts';

alone.describe('a first start', () => {
  alone.use({ settings: { language: 'en', whenQuitting: 'stop' } });

  alone('ends with a clip that was made by the keyboard alone', async ({ page }) => {
    await expect(page.getByRole('heading', { name: welcome.title })).toBeVisible();
    const make = page.getByRole('button', { name: welcome.make });
    const pressUntil = async (key: string, reached: () => Promise<boolean>) => {
      for (let presses = 0; presses < 20 && !(await reached()); presses += 1) await page.keyboard.press(key);
      expect(await reached()).toBe(true);
    };
    const checked = page.getByRole('radio', { name: /star/i });
    await pressUntil('Tab', () => page.evaluate(() => document.activeElement?.getAttribute('role') === 'radio'));
    await page.keyboard.press('ArrowRight');
    await expect(checked).toBeChecked();
    await pressUntil('Tab', () => make.evaluate((each) => each === document.activeElement));
    await page.keyboard.press('Enter');
    await expect(rendering(page)).toBeVisible({ timeout: 30_000 });
    await expect(finished(page)).toBeVisible({ timeout: 90_000 });
    await expect(prompt(page)).toHaveValue(/star/);
    // Another one, from its words to the queue, without the pointer.
    await pressUntil('Tab', () => prompt(page).evaluate((each) => each === document.activeElement));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('a green kite flying over the desert');
    await page.keyboard.press('Control+Enter');
    await expect(rendering(page)).toBeVisible({ timeout: 30_000 });
    await page.keyboard.press('Control+2');
    await expect(page).toHaveURL(/#\/queue$/);
  });
});

test('language and theme are switched, and remembered', async ({ studio, page }) => {
  await goTo(page, 'settings');
  await page.getByRole('radio', { name: settings.look.light }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await page.getByRole('combobox', { name: settings.look.language }).click();
  await page.getByRole('option', { name: '简体中文' }).click();
  await expect(page.getByRole('heading', { level: 1, name: settingsZh.title })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  const again = await studio.restart();
  await expect(again.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(again.locator('html')).toHaveAttribute('data-theme', 'light');
  await expect(again.getByRole('button', { name: createZh.add.button })).toBeVisible();
});
