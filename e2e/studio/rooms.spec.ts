/** Every room, in both themes and languages: nothing that keeps people out, and a picture of each. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { root } from '../cli.ts';
import { small } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { add, finished, prompt, remember, rendering, untilClip } from './moves.ts';
import { test as alone, expect, type Studio, sharing as test } from './studio.ts';

const rooms = ['create', 'queue', 'library', 'presets', 'machine', 'settings'] as const;
const themes = ['dark', 'light'] as const;
const languages = ['en', 'zh-CN'] as const;
const prompts = [
  'a red balloon rising over green hills at sunset',
  'a pink star floating over the sea at night',
  'a white boat sailing along the sea by day',
];

/** Three clips, one of them starred, and three jobs that wait. */
async function furnish(studio: Studio): Promise<void> {
  const settings = pictured(studio) ? { ...small, width: 256, height: 160 } : { ...small, steps: 2 };
  const ids: string[] = [];
  for (const words of prompts) ids.push((await studio.client.queue.add({ ...settings, prompt: words })).id);
  for (const id of ids) await untilClip(studio, id);
  await studio.client.library.rate({ ids: ids.slice(0, 1), rating: 5 });
  await studio.client.queue.pause();
  for (const words of prompts) await studio.client.queue.add({ ...settings, prompt: words });
}

async function show(page: Page, room: string): Promise<void> {
  await page.evaluate((place) => {
    location.hash = `#/${place}`;
  }, room);
  await expect(page).toHaveURL(new RegExp(`#/${room}$`));
  await expect(page.getByRole('main')).toBeVisible();
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
}

/** When they are asked for: from the browser's page, at a size that all pictures have. */
const pictured = (studio: Studio) => studio.host === 'web' && process.env['REELWRIGHT_SCREENSHOTS'] !== undefined;

async function picture(studio: Studio, page: Page, name: string): Promise<void> {
  if (!pictured(studio)) return;
  await page.screenshot({ path: join(root, 'docs', 'screenshots', `${name}.png`), animations: 'disabled' });
}

test('no room keeps anybody out', async ({ studio, page }) => {
  test.slow();
  await furnish(studio);
  for (const language of languages) {
    for (const theme of themes) {
      // Each theme, each language and each host once, unless there are pictures to be taken of all of them.
      const isWeb = studio.host === 'web';
      if (!pictured(studio) && ((theme === 'dark') !== isWeb || (language === 'en') !== isWeb)) continue;
      await studio.client.settings.change({ language, theme });
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      for (const room of rooms) {
        await test.step(`${room}, ${theme}, ${language}`, async () => {
          await show(page, room);
          await expectAccessible(page);
          if (language === 'en') await picture(studio, page, `${room}-${theme}`);
          if (language === 'zh-CN' && room === 'create') await picture(studio, page, `create-zh-${theme}`);
        });
      }
    }
  }
  const { clips } = await studio.client.library.page({});
  await studio.client.settings.change({ language: 'en', theme: 'dark' });
  await show(page, `library/${clips[0]?.id}`);
  await expect(page.locator('video')).toBeVisible();
  await expectAccessible(page);
  await picture(studio, page, 'clip-dark');
});

test('a render and its end, seen and accessible', async ({ studio, page }) => {
  await studio.client.settings.change({ theme: 'dark' });
  if (!pictured(studio)) await remember(studio, { ...small, steps: 60 });
  await prompt(page).fill('a red balloon rising over green hills at sunset');
  await add(page).click();
  await expect(rendering(page).getByRole('img', { name: /^Preview of step ([89]|\d\d) of/ })).toBeVisible({
    timeout: 60_000,
  });
  await picture(studio, page, 'rendering-dark');
  await expect(finished(page)).toBeVisible({ timeout: 90_000 });
  await expectAccessible(page);
});

alone.describe('a first start', () => {
  alone.use({ settings: { language: 'en', theme: 'dark', whenQuitting: 'stop' } });
  alone('is accessible', async ({ studio, page }) => {
    await expect(page.getByRole('radio').first()).toBeVisible();
    await expectAccessible(page);
    await picture(studio, page, 'welcome-dark');
  });
});

test('rooms are usable in a small window and at twice the size', async ({ studio, page }) => {
  test.skip(studio.host !== 'web', 'The size of the window is the system’s there.');
  const before = page.viewportSize();
  for (const [name, width, height] of [
    ['small', 1024, 700],
    // A page of 1440 x 900 at 200 % has this many pixels of its own.
    ['zoomed', 720, 450],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const room of rooms) {
      await show(page, room);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(beyond, `${room} at ${width}`).toBeLessThanOrEqual(0);
      await picture(studio, page, `${name}-${room}`);
    }
  }
  if (before) await page.setViewportSize(before);
});
