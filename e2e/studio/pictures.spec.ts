/** What people drop, paste and choose, and what they write. */
import { rmSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import create from '../../renderer/i18n/en/create.ts';
import presets from '../../renderer/i18n/en/presets.ts';
import refusals from '../../renderer/i18n/en/refusals.ts';
import { small } from '../small.ts';
import { add, finished, prompt, remember } from './moves.ts';
import { test as alone, expect, sharing as test } from './studio.ts';

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#4477aa' } });

const choose = (page: Page, name: string, buffer: Buffer) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer });

/** As the system hands a file over: by a drop on the room. Its bytes stay on the disk until the page reads them. */
async function drop(page: Page, bytes: Buffer): Promise<void> {
  // Not in the data folder: where no language is set, Chromium cannot find names that are not of ASCII.
  const file = test.info().outputPath('sunset.png');
  writeFileSync(file, bytes);
  const chosen = await page.evaluateHandle(() => Object.assign(document.createElement('input'), { type: 'file' }));
  await chosen.setInputFiles(file);
  const data = await chosen.evaluateHandle(({ files }) => {
    const transfer = new DataTransfer();
    for (const each of files ?? []) transfer.items.add(each);
    return transfer;
  });
  const room = page.getByRole('main');
  await room.dispatchEvent('dragenter', { dataTransfer: data });
  await room.dispatchEvent('dragover', { dataTransfer: data });
  await room.dispatchEvent('drop', { dataTransfer: data });
}

test('a clip goes on from a picture that was dropped', async ({ studio, page }) => {
  await remember(studio, { ...small, steps: 4, seed: null });
  await drop(page, await blank(320, 200).png().toBuffer());
  await expect(page.getByRole('img', { name: create.picture.alt })).toBeVisible();
  await add(page).click();
  await expect(finished(page)).toBeVisible({ timeout: 90_000 });
  const { clips } = await studio.client.library.page({});
  expect(clips).toMatchObject([{ model: 'paper-world-i2v' }]);
  await page.getByRole('button', { name: create.picture.remove }).click();
  await expect(page.getByRole('img', { name: create.picture.alt })).toBeHidden();
});

test('a picture is taken as it is meant: upright, its first frame, without transparency', async ({ page }) => {
  const cases: [Buffer, string][] = [
    [await blank(60, 40).jpeg().withMetadata({ orientation: 6 }).toBuffer(), create.picture.changes['turned-upright']],
    [await movingGif(), create.picture.changes['first-frame-only']],
    [await clear(), create.picture.changes['transparency-filled']],
  ];
  for (const [bytes, change] of cases) {
    await choose(page, 'picture', bytes);
    await expect(page.getByText(change)).toBeVisible();
  }
});

test('what is no picture is refused in words, and the one that was there stays', async ({ page }) => {
  await choose(page, 'good.png', await blank(64, 64).png().toBuffer());
  await expect(page.getByRole('img', { name: create.picture.alt })).toBeVisible();
  const cases: [string, Buffer, string][] = [
    ['empty.png', Buffer.alloc(0), refusals.picture.empty],
    ['words.png', Buffer.from('not a picture'), refusals.picture['not-a-picture']],
    ['half.png', (await noise()).subarray(0, 20_000), refusals.picture['cut-short']],
    ['wide.png', await blank(40_000, 2).png().toBuffer(), 'This picture is too large'],
  ];
  for (const [name, bytes, sentence] of cases) {
    await choose(page, name, bytes);
    await expect(page.getByText(sentence)).toBeVisible();
  }
  // As the system hands over what it cannot give: no script can make such a list.
  await page.evaluate(() => {
    const dataTransfer = { types: ['Files'], files: [], getData: () => '' };
    window.dispatchEvent(Object.assign(new Event('drop', { cancelable: true }), { dataTransfer }));
  });
  await expect(page.getByText(presets.received.nothing)).toBeVisible();
  await expect(page.getByRole('img', { name: create.picture.alt })).toBeVisible();
});

test('a window that is closed in the middle of a drop loses nothing', async ({ studio, page }) => {
  await remember(studio, { ...small, prompt: 'a boat on the sea' });
  const large = await sharp({ create: { width: 2000, height: 2000, channels: 3, background: '#000', noise: grain } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  await drop(page, large);
  const again = await studio.restart();
  await expect(prompt(again)).toHaveValue('a boat on the sea');
  await expect(add(again)).toBeEnabled();
});

test('a prompt may be long, full of pictures, or from right to left', async ({ studio, page }) => {
  await prompt(page).fill('x'.repeat(10_000));
  await expect(page.getByText('The prompt may have 4,000 characters. Take out 6,000', { exact: false })).toBeVisible();
  await add(page).click();
  expect(await studio.client.queue.list()).toEqual([]);

  await studio.client.queue.pause();
  for (const words of ['🎈🌅 👩‍🚀 a balloon', 'منطاد أحمر فوق التلال', '红色的气球升上青山']) {
    await prompt(page).fill(words);
    await add(page).click();
    await expect.poll(async () => (await studio.client.queue.list()).at(-1)?.settings.prompt).toBe(words);
  }
});

alone('a data folder that has vanished is said, and nothing breaks', async ({ studio, page }) => {
  alone.skip(process.platform === 'win32', 'Windows does not let go of a folder that is in use.');
  await expect(prompt(page)).toBeVisible();
  rmSync(studio.home, { recursive: true, force: true });
  await prompt(page).fill('a boat');
  await add(page).click();
  await expect(page.getByText(refusals.storage.gone).first()).toBeVisible();
});

const grain = { type: 'gaussian', mean: 128, sigma: 60 } as const;
const noise = () =>
  sharp({ create: { width: 300, height: 300, channels: 3, background: '#000', noise: grain } })
    .png()
    .toBuffer();

async function movingGif(): Promise<Buffer> {
  const frames = [await blank(16, 16).png().toBuffer(), await blank(16, 16).negate().png().toBuffer()];
  return sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
}

const clear = () =>
  sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toBuffer();
