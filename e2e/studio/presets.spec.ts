import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import type { PresetDocument } from '../../contract/preset.ts';
import { sitePaths } from '../../contract/site.ts';
import create from '../../renderer/i18n/en/create.ts';
import words from '../../renderer/i18n/en/presets.ts';
import terms from '../../renderer/i18n/en/terms.ts';
import { small } from '../small.ts';
import { expectAccessible } from './accessible.ts';
import { goTo, prompt, remember, untilClip } from './moves.ts';
import { expect, Studio, sharing as test } from './studio.ts';

const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
const card = (page: Page, name: string) => page.getByRole('link', { name, exact: true });
const inspector = (page: Page) => page.getByRole('complementary');
const steps = (page: Page) => page.getByRole('slider', { name: create.quality });

/** Like a drop from the system: a file of these bytes, onto the window, as soon as it takes any. */
async function drop(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ([file, kind, base64]) => {
      const content = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], file, { type: kind }));
      return transfer;
    },
    [name, type, bytes.toString('base64')] as const,
  );
  const dispatch = (event: string) =>
    page.evaluate(
      ([kind, dataTransfer]) =>
        !document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true })),
      [event, data] as const,
    );
  await expect.poll(() => dispatch('dragover')).toBe(true);
  expect(await dispatch('drop')).toBe(true);
}

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((given) => {
    const data = new DataTransfer();
    data.setData('text/plain', given);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

const documentLike = (change: Partial<PresetDocument>): PresetDocument => ({
  ...{ format: 'reelwright-preset', version: 1, name: 'Calm', author: 'Ada', note: '', tags: [], model: 'paper-world' },
  ...{ alternatives: [], prompt: '', negativePrompt: '', width: 256, height: 160, frames: 17, fps: 8, steps: 8 },
  ...{ guidance: 3, scheduler: 'ddim', seed: { kind: 'drawn' }, loras: [], wish: 'balanced', thumbnail: null },
  ...change,
});

test('a preset is saved, sent as a link, taken in elsewhere, used in part, and taken back', async ({
  studio,
  page,
  host,
}, testInfo) => {
  await remember(studio, { ...small, width: 256, height: 160, steps: 20, guidance: 4, seed: null });
  await page.getByRole('button', { name: create.preset.save }).click();
  const saving = dialog(page, words.save.title);
  await saving.getByRole('textbox', { name: words.save.name }).fill('Slow balloon');
  await saving.getByRole('textbox', { name: words.save.tags }).fill('sky, slow');
  await saving.getByRole('button', { name: words.save.action }).click();
  await page.getByRole('button', { name: words.save.show }).click();
  await expect(inspector(page).getByRole('heading', { name: 'Slow balloon' })).toBeVisible();
  const [mine] = await studio.client.presets.list();
  expect(mine?.document).toMatchObject({
    name: 'Slow balloon',
    tags: ['sky', 'slow'],
    steps: 20,
    prompt: small.prompt,
  });

  await inspector(page).getByRole('button', { name: words.shareShort }).click();
  const sharing = dialog(page, 'Share “Slow balloon”');
  await expect(sharing.getByText(small.prompt)).toBeVisible();
  await expect(sharing).toContainText(words.sharing.inside);
  await page.keyboard.press('Escape');
  const { link } = await studio.client.presets.link({ id: mine?.id ?? '' });

  const home = mkdtempSync(join(tmpdir(), 'reelwright e2e other '));
  const other = new Studio(home, host, testInfo);
  try {
    await studio.close();
    const there = await other.start();
    await other.client.settings.change({ welcomed: true, whenQuitting: 'stop', language: 'en' });
    await remember(other, { ...small, steps: 8, guidance: 3 });
    await goTo(there, 'presets');
    await paste(there, `look at this:\n<${link}>`);
    const received = dialog(there, words.received.title.preset);
    await expect(received.getByText('Slow balloon')).toBeVisible();
    expect((await other.client.presets.list()).some(({ origin }) => origin === 'received')).toBe(false);
    await received.getByRole('button', { name: words.received.keep }).click();

    await card(there, 'Slow balloon').click();
    await inspector(there).getByRole('checkbox', { name: words.fields.shape }).uncheck();
    await inspector(there).getByRole('checkbox', { name: words.fields.guidance }).uncheck();
    await inspector(there)
      .getByRole('button', { name: /^Use \d+ of them$/ })
      .click();
    await goTo(there, 'create');
    await expect(steps(there)).toHaveAttribute('aria-valuenow', '20');
    await expect(there.getByRole('spinbutton', { name: create.guidance.label })).toHaveValue('3.0');
    await there.getByRole('button', { name: terms.undo }).click();
    await expect(steps(there)).toHaveAttribute('aria-valuenow', '8');
  } finally {
    await other.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    await studio.start();
  }
});

test('by keyboard alone: saved, found, used, reset, deleted and brought back', async ({ studio, page }) => {
  await remember(studio, { ...small, width: 256, height: 160, steps: 12 });
  await page.getByRole('button', { name: create.preset.save }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: words.save.name })).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Typed');
  await page.keyboard.press('Enter');
  await expect(dialog(page, words.save.title)).toBeHidden();

  const changed = page.getByText(create.preset.changed, { exact: true });
  await steps(page).focus();
  await page.keyboard.press('ArrowRight');
  await expect(changed).toBeVisible();
  await page.getByRole('button', { name: 'Back to the settings of “Typed”' }).focus();
  await page.keyboard.press('Enter');
  await expect(steps(page)).toHaveAttribute('aria-valuenow', '12');
  await expect(changed).toBeHidden();

  await page.keyboard.press('ControlOrMeta+4');
  await expect(page).toHaveURL(/#\/presets$/);
  await page.getByRole('searchbox', { name: words.search }).focus();
  await page.keyboard.type('quick look');
  await expect(card(page, 'Typed')).toBeHidden();
  await card(page, 'Paper World, quick look').focus();
  await page.keyboard.press('Enter');
  await inspector(page).getByRole('button', { name: words.compare.all }).focus();
  await page.keyboard.press('Enter');
  await expect(inspector(page).getByText(words.compare.same)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/presets$/);

  await page.getByRole('searchbox', { name: words.search }).focus();
  await page.keyboard.press('Escape');
  await card(page, 'Typed').focus();
  await page.keyboard.press('Enter');
  await expect(inspector(page).getByRole('heading', { name: 'Typed' })).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(card(page, 'Typed')).toBeHidden();
  const said = page.getByRole('listitem').filter({ hasText: '“Typed” was deleted.' });
  await said.getByRole('button', { name: terms.undo }).focus();
  await page.keyboard.press('Enter');
  await expect(card(page, 'Typed')).toBeVisible();
});

test('what comes in is shown as it is, and nothing of it is kept unasked', async ({ studio, page }) => {
  await goTo(page, 'library');
  const hostile = documentLike({
    name: 'safe\u202egnp.exe',
    note: '<img src=x onerror=alert(1)>\u200b',
    author: '\u2067Ada',
    model: 'elsewhere',
  });
  await drop(page, 'x.reelpreset', '', Buffer.from(JSON.stringify(hostile)));
  const received = dialog(page, words.received.title.preset);
  await expect(received.getByText('safe⟨U+202E⟩gnp.exe')).toBeVisible();
  await expect(received.getByText('<img src=x onerror=alert(1)>⟨U+200B⟩')).toBeVisible();
  await expect(received.getByText(words.received.hidden)).toBeVisible();
  await expect(received.getByText('It was made for elsewhere, which is not here.', { exact: false })).toBeVisible();
  await expectAccessible(page);
  await received.getByRole('button', { name: words.received.leave }).click();
  expect((await studio.client.presets.list()).filter(({ origin }) => origin !== 'golden')).toEqual([]);

  await drop(page, 'x.reelpreset', '', Buffer.from(JSON.stringify({ ...hostile, path: '/etc/passwd' })));
  const refused = dialog(page, words.received.refusedTitle);
  await expect(refused).toContainText('“path”');
  await page.keyboard.press('Escape');
  await expect(refused).toBeHidden();
});

test('a pack is looked at and kept in part', async ({ studio, page }) => {
  for (const name of ['One', 'Two', 'Three'])
    await studio.client.presets.create({ document: documentLike({ name }), clip: null });
  const ids = (await studio.client.presets.list()).filter(({ origin }) => origin === 'own').map(({ id }) => id);
  const pack = await page.evaluate(
    async (path) => {
      const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
      return btoa(String.fromCharCode(...bytes));
    },
    sitePaths.presetExport(ids, false),
  );
  await studio.client.presets.remove({ ids });
  await goTo(page, 'presets');
  await drop(page, 'some.reelpack', '', Buffer.from(pack, 'base64'));
  const received = dialog(page, words.received.title.pack);
  await received.getByRole('checkbox', { name: /^Two/ }).uncheck();
  await received.getByRole('button', { name: 'Keep 2' }).click();
  await expect(card(page, 'Three')).toBeVisible();
  const kept = (await studio.client.presets.list()).filter(({ origin }) => origin === 'received');
  expect(kept.map(({ document: { name } }) => name)).toEqual(['Three', 'One']);
});

test('a clip that is dropped gives its settings, and becomes a preset with its still', async ({ studio, page }) => {
  const { id } = await studio.client.queue.add({ ...small, steps: 2 });
  const clip = await untilClip(studio, id);
  await goTo(page, 'machine');
  await drop(page, 'anybody.mp4', 'video/mp4', readFileSync(clip.file));
  const received = dialog(page, words.received.title.clip);
  await expect(received.getByText(String(small.seed))).toBeVisible();
  await received.getByRole('button', { name: words.received.useSettings }).click();
  await expect(prompt(page)).toHaveValue(small.prompt);
  await expect(page.getByRole('spinbutton', { name: create.seed.label })).toHaveValue(String(small.seed));

  await goTo(page, 'library');
  await page.getByRole('gridcell').first().click();
  await page.getByRole('main').getByRole('button', { name: words.save.title }).click();
  await expect(dialog(page, words.save.title)).toContainText(words.save.thumbnail);
  await page.keyboard.press('Enter');
  await expect(dialog(page, words.save.title)).toBeHidden();
  const [made] = await studio.client.presets.list();
  expect(made?.thumbnail).toMatch(/^[0-9a-f]{16}$/);
  await goTo(page, 'presets');
  const still = page.locator(`img[src="${sitePaths.presetThumbnail(made?.id ?? '', made?.thumbnail ?? '')}"]`);
  await expect.poll(() => still.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});

/** A picture as another program leaves it, with its settings in a text of its own. */
async function pictureOfAnother(parameters: string): Promise<Buffer> {
  const png = await sharp({ create: { width: 256, height: 160, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
  const text = Buffer.from(`tEXtparameters\0${parameters}`, 'latin1');
  const chunk = Buffer.alloc(text.length + 8);
  chunk.writeUInt32BE(text.length - 4, 0);
  text.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(text), text.length + 4);
  const afterHead = 8 + 25;
  return Buffer.concat([png.subarray(0, afterHead), chunk, png.subarray(afterHead)]);
}

test('a picture on Create is what the clip goes on from, and the settings in it are offered', async ({ page }) => {
  const parameters =
    'a red kite\nNegative prompt: rain\nSteps: 12, Sampler: Euler, CFG scale: 5, Seed: 77, Size: 160x256';
  await drop(page, 'another.png', 'image/png', await pictureOfAnother(parameters));
  await expect(page.getByRole('img', { name: create.picture.alt })).toBeVisible();
  await page.getByRole('button', { name: words.received.offerAction }).click();
  const received = dialog(page, words.received.title.foreign);
  await expect(received).toContainText(`Made with ${words.makers.a1111}.`);
  await received.getByRole('button', { name: words.received.useSettings }).click();
  await expect(prompt(page)).toHaveValue('a red kite');
  await expect(steps(page)).toHaveAttribute('aria-valuenow', '12');
  await expect(page.getByRole('img', { name: create.picture.alt })).toBeVisible();
});

test('a preset file that is opened with the studio is shown in its window', async ({ studio, page, host }) => {
  test.skip(host === 'web', 'A browser opens no files of ours.');
  const file = join(studio.home, 'Ä preset.reelpreset');
  writeFileSync(file, JSON.stringify(documentLike({ name: 'Double-clicked' })));
  await studio.electron.evaluate(
    ({ app }, [path, link]) => {
      app.emit('second-instance', {}, ['studio', path], '/');
      app.emit('second-instance', {}, ['studio', link], '/');
    },
    [file, 'reelwright://preset/nothing'] as const,
  );
  // One after the other, in their order.
  await expect(dialog(page, words.received.title.preset).getByText('Double-clicked')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog(page, words.received.refusedTitle)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});
