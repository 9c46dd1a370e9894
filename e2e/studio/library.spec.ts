import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { dataPaths } from '../../electron/studio/storage/paths.ts';
import create from '../../renderer/i18n/en/create.ts';
import library from '../../renderer/i18n/en/library.ts';
import terms from '../../renderer/i18n/en/terms.ts';
import { small } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { goTo, saving, untilClip } from './moves.ts';
import { expect, type Studio, sharing as test } from './studio.ts';

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
  await page.getByRole('button', { name: terms.undo }).click();
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

test('two clips are compared in step, by the mouse and by the keyboard', async ({ studio, page }) => {
  for (const [frames, prompt] of [
    [17, 'a red balloon over green hills'],
    [9, 'a white boat on the sea'],
  ] as const) {
    await untilClip(studio, (await studio.client.queue.add({ ...small, steps: 2, frames, prompt })).id);
  }
  await goTo(page, 'library');
  const cells = page.getByRole('gridcell');
  await cells.first().hover();
  await cells.first().getByRole('button', { name: library.select }).click();
  await cells.last().focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: library.compare.action }).click();
  const videos = page.locator('video');
  await expect(videos).toHaveCount(2);
  const scrub = page.getByRole('slider', { name: library.compare.scrub });
  await scrub.focus();
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowRight');
  const frames = () => videos.evaluateAll((all) => all.map((each) => Number((each as HTMLElement).dataset['frame'])));
  const shown = () =>
    videos.evaluateAll((all) => all.map((each) => Math.floor((each as HTMLVideoElement).currentTime * 8 + 0.001)));
  expect(await frames()).toEqual([5, 5]);
  await expect.poll(shown).toEqual([5, 5]);
  // The shorter one stays at its last.
  await page.keyboard.press('End');
  await expect.poll(shown).toEqual([8, 16]);
  await page.keyboard.press(',');
  await expect.poll(shown).toEqual([8, 15]);
  const differences = page.getByRole('complementary', { name: library.compare.differences });
  await expect(differences.getByRole('row').filter({ hasText: library.fields.length })).toContainText('9 frames');
  await expect(differences.getByRole('row').filter({ hasText: library.fields.seed })).toHaveCount(0);
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(cells).toHaveCount(2);
});

test('a clip goes on from its last frame, with notes and a collection, by the keyboard', async ({ studio, page }) => {
  const [first = ''] = await twoClips(studio);
  await page.getByRole('gridcell').last().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: library.notes.label }).fill('For the opening');
  await page.getByRole('textbox', { name: library.notes.label }).blur();
  await expect.poll(async () => (await studio.client.library.get({ id: first })).notes).toBe('For the opening');
  await page.getByRole('button', { name: library.detail.more }).press('Enter');
  await page.getByRole('menuitem', { name: library.detail.goOn }).press('Enter');
  await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toHaveValue(
    'a red balloon over green hills',
    { timeout: 20_000 },
  );
  const { draft } = await studio.client.settings.get();
  expect(draft).toMatchObject({ model: 'paper-world-i2v' });
  // The picture is the very last frame, to the bit.
  const picture = await sharp(join(studio.home, 'pictures', `${draft?.picture}.png`))
    .raw()
    .toBuffer();
  const { file } = await studio.client.library.get({ id: first });
  expect(picture.equals(await lastFrameOf(file))).toBe(true);
  await expect(page.getByRole('img', { name: create.picture.alt }).first()).toBeVisible();

  await goTo(page, 'library');
  await page.getByRole('searchbox', { name: library.search }).fill('opening');
  await expect(page.getByRole('gridcell')).toHaveCount(1);
  await page.getByRole('gridcell').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: library.collection.addTo }).press('Enter');
  await page.getByRole('menuitem', { name: library.collection.new }).press('Enter');
  await page.getByRole('textbox', { name: library.collection.name }).fill('Titles');
  await page.keyboard.press('Enter');
  const collection = page
    .getByRole('region', { name: library.collection.all })
    .getByRole('button', { name: /^Titles/ });
  await expect(collection).toContainText('1');
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: library.search }).fill('');
  await expect(page.getByRole('gridcell')).toHaveCount(2);
  // The other one is dropped onto it.
  await page.getByRole('gridcell').first().dragTo(collection);
  await expect(collection).toContainText('2');
  await page.getByRole('button', { name: terms.undo }).last().click();
  await expect(collection).toContainText('1');
  await collection.click();
  await expect(page.getByRole('gridcell')).toHaveCount(1);
  await expectAccessible(page);
});

test('a clip is exported while others are looked at', async ({ studio, page }) => {
  const [first = ''] = await twoClips(studio);
  await page.getByRole('gridcell').last().click();
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog', { name: library.export.title });
  await dialog.getByRole('combobox', { name: library.export.form }).click();
  await page.getByRole('option', { name: library.export.forms.gif }).click();
  await expectAccessible(page);
  const file = join(studio.home, 'saved.gif');
  await saving(studio, file, () => dialog.getByRole('button', { name: library.export.action }).click());
  const { width, height, pages } = await sharp(file, { animated: true }).metadata();
  expect([width, height, pages]).toEqual([64, 17 * 48, 17]);
  await expect(page.getByText(/^Ready, /)).toBeVisible();

  // Into a folder, by the call that the window makes; nothing is replaced.
  const folder = { id: first, format: { kind: 'frames', zip: false }, settings: 'none', folder: studio.home } as const;
  await studio.client.library.export(folder);
  await expect.poll(() => readdirSync(studio.home).filter((name) => name.endsWith('-frames'))).toHaveLength(1);
  await studio.client.library.export(folder);
  await expect(page.getByText(library.task.problems.exists)).toBeVisible();
});

test('the library is read anew from its files', async ({ studio }) => {
  const ids = await twoClips(studio);
  await studio.client.library.rate({ ids, rating: 4 });
  await studio.close();
  for (const name of readdirSync(studio.home)) {
    if (name.startsWith('reelwright.db') || name === 'posters') rmSync(join(studio.home, name), { recursive: true });
  }
  const again = await studio.start();
  await again.getByRole('radio').first().waitFor();
  await studio.client.settings.change({ welcomed: true, whenQuitting: 'stop', language: 'en' });
  await goTo(again, 'library');
  await expect(again.getByRole('heading', { name: library.empty.title })).toBeVisible();
  await again.getByRole('button', { name: library.menu.label }).click();
  await again.getByRole('menuitem', { name: library.menu.rebuild }).click();
  await again.getByRole('button', { name: library.rebuild.action }).click();
  await expect(again.getByText('New: 2. Known already: 0. Passed over: 0.')).toBeVisible({ timeout: 30_000 });
  await expect(again.getByRole('gridcell')).toHaveCount(2);
  const { clips } = await studio.client.library.page({});
  expect(clips.map(({ id }) => id).sort()).toEqual([...ids].sort());
});

/** Decoded by FFmpeg in the engine's own Python, not by what the studio itself decodes with. */
async function lastFrameOf(clip: string): Promise<Buffer> {
  const code = `
import av, sys
with av.open(sys.argv[1]) as container:
    frame = list(container.decode(video=0))[-1]
rgb = frame.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
sys.stdout.buffer.write(rgb.to_ndarray().tobytes())`;
  const folder = join(dataPaths().environment, 'python');
  const python = process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const { stdout } = await execa(python, ['-c', code, clip], { encoding: 'buffer' });
  return Buffer.from(stdout);
}
