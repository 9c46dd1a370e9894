import { rmSync } from 'node:fs';
import common from '../../renderer/i18n/en/common.ts';
import library from '../../renderer/i18n/en/library.ts';
import { goTo, small, untilClip } from './moves.ts';
import { expect, type Studio, test } from './studio.ts';

async function twoClips(studio: Studio): Promise<string[]> {
  const ids: string[] = [];
  for (const prompt of ['a red balloon over green hills', 'a white boat on the sea']) {
    const { id } = await studio.client.queue.add({ ...small, steps: 2, prompt });
    await untilClip(studio, id);
    ids.push(id);
  }
  await goTo(studio.page, 'library');
  return ids;
}

test('clips are found, rated, filtered, deleted and taken back', async ({ studio, page }) => {
  await twoClips(studio);
  const cells = page.getByRole('gridcell');
  await expect(cells).toHaveCount(2);

  await page.getByRole('searchbox', { name: library.search }).fill('BOAT sea');
  await expect(cells).toHaveCount(1);
  await expect(cells.getByText('a white boat on the sea')).toBeVisible();
  await cells.first().getByRole('button', { name: library.rating.give }).click();
  await page.getByRole('searchbox', { name: library.search }).fill('');
  await expect(cells).toHaveCount(2);
  // The other one by the keyboard, with two stars.
  await cells.last().focus();
  await page.keyboard.press('2');
  await expect(cells.last().getByText('2', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: library.filter.label }).click();
  await page.getByRole('combobox', { name: library.filter.stars }).click();
  await page.getByRole('option', { name: 'At least 3 stars' }).click();
  await expect(cells).toHaveCount(1);
  await page.getByRole('combobox', { name: library.filter.shape }).click();
  await page.getByRole('option', { name: library.filter.shapes.portrait }).click();
  await expect(cells).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('list', { name: library.filter.set }).getByRole('button')).toHaveCount(3);
  await page.getByRole('button', { name: library.filter.takeOffAll }).press('Enter');
  await expect(cells).toHaveCount(2);
  await cells.first().focus();
  await page.keyboard.press('Delete');
  await expect(cells).toHaveCount(1);
  await page.getByRole('button', { name: common.undo }).click();
  await expect(cells).toHaveCount(2);
});

test('a clip is opened, scrubbed through, and its settings are used again', async ({ studio, page }) => {
  const [first] = await twoClips(studio);
  await page.getByRole('gridcell').last().click();
  await expect(page).toHaveURL(new RegExp(`#/library/${first}$`));
  const video = page.locator('video');
  await expect(video).toBeVisible();
  const scrub = page.getByRole('slider', { name: library.player.scrub });
  await scrub.focus();
  await page.keyboard.press('End');
  await expect.poll(() => video.evaluate((each: HTMLVideoElement) => each.currentTime)).toBeGreaterThan(1.9);
  await page.getByRole('button', { name: library.detail.reuse }).click();
  await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toHaveValue(
    'a red balloon over green hills',
  );
});

test('a clip whose file was deleted by somebody else says so', async ({ studio, page }) => {
  const [first = ''] = await twoClips(studio);
  rmSync((await studio.client.library.get({ id: first })).file);
  await page.getByRole('gridcell').last().click();
  await expect(page.getByRole('heading', { name: library.detail.missingTitle })).toBeVisible();
});
