import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QueueFile } from '../../contract/queueFile.ts';
import { Remembered } from '../../electron/studio/settings/index.ts';
import { openStore } from '../../electron/studio/storage/database.ts';
import { dataPaths } from '../../electron/studio/storage/paths.ts';
import app from '../../renderer/i18n/en/app.ts';
import create from '../../renderer/i18n/en/create.ts';
import failures from '../../renderer/i18n/en/failures.ts';
import queue from '../../renderer/i18n/en/queue.ts';
import terms from '../../renderer/i18n/en/terms.ts';
import { small } from '../small.ts';
import { add, goTo, prompt, remember, saving } from './moves.ts';
import { expect, type Studio, sharing as test } from './studio.ts';

/** Renders in a moment, so that twenty of them are a night. */
const tiny = { ...small, width: 64, height: 64, frames: 1, steps: 2 };

const named = ['a red balloon', 'a blue boat', 'a green kite'];

test.use({ paused: true });

/** Three clips that wait, since the queue is paused. */
async function threeWaiting(studio: Studio): Promise<void> {
  for (const prompt of named) await studio.client.queue.add({ ...small, prompt });
  await goTo(studio.page, 'queue');
}

const order = async (studio: Studio) => (await studio.client.queue.list()).map((job) => job.settings.prompt);
const handle = (studio: Studio, prompt: string) =>
  studio.page.getByRole('button', { name: queue.handle.replace('{{prompt}}', prompt) });

test('jobs are put in another order by the pointer and by the keyboard', async ({ studio, page }) => {
  await threeWaiting(studio);
  const [from, to] = [handle(studio, 'a green kite'), handle(studio, 'a red balloon')];
  const [start, end] = [await from.boundingBox(), await to.boundingBox()];
  if (!start || !end) throw new Error('The rows are not shown.');
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(start.x + start.width / 2, start.y - 20, { steps: 5 });
  await page.mouse.move(end.x + end.width / 2, end.y, { steps: 10 });
  await page.mouse.up();
  await expect.poll(() => order(studio)).toEqual(['a green kite', 'a red balloon', 'a blue boat']);

  await handle(studio, 'a blue boat').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect.poll(() => order(studio)).toEqual(['a green kite', 'a blue boat', 'a red balloon']);
  await studio.restart();
  expect(await order(studio)).toEqual(['a green kite', 'a blue boat', 'a red balloon']);
});

test('a clip that is taken out of the queue comes back by undo', async ({ studio, page }) => {
  await threeWaiting(studio);
  await page.getByRole('button', { name: queue.more.replace('{{prompt}}', 'a blue boat') }).click();
  await page.getByRole('menuitem', { name: queue.remove }).click();
  await expect.poll(() => order(studio)).toEqual(['a red balloon', 'a green kite']);
  await page.getByRole('button', { name: terms.undo }).click();
  await expect(page.getByRole('main')).toBeFocused();
  // Where it stood.
  await expect.poll(() => order(studio)).toEqual(named);
});

test('the keyboard goes on where it was before a dialog', async ({ studio, page }) => {
  await threeWaiting(studio);
  await handle(studio, 'a blue boat').focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: app.shortcuts.title })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(handle(studio, 'a blue boat')).toBeFocused();

  const more = page.getByRole('button', { name: queue.more.replace('{{prompt}}', 'a blue boat') });
  await more.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: queue.repeat.menu }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: queue.repeat.title })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
});

test('the queue is paused and goes on', async ({ studio, page }) => {
  await threeWaiting(studio);
  await expect(page.getByText(queue.pausedText)).toBeVisible();
  await page.getByRole('button', { name: queue.resumeQueue }).click();
  await expect(page.getByRole('heading', { name: queue.empty.title })).toBeVisible({ timeout: 90_000 });
});

test('a night without the folder for clips costs nothing: in the morning two clicks make all of them', async ({
  studio,
  page,
}) => {
  test.slow();
  const folder = join(studio.home, 'unplugged');
  mkdirSync(folder);
  await studio.client.settings.change({ clipsFolder: folder });
  const ids: string[] = [];
  for (const prompt of named) ids.push((await studio.client.queue.add({ ...tiny, prompt })).id);
  rmdirSync(folder);
  await studio.client.queue.resume();
  await goTo(page, 'queue');
  // Two have met it: the third waits.
  const said = page.getByRole('status').filter({ hasText: queue.pausedItself });
  await expect(said).toContainText(folder, { timeout: 60_000 });
  const states = async () => (await studio.client.queue.list()).map(({ state }) => state.kind);
  expect(await states()).toEqual(['failed', 'failed', 'queued']);
  mkdirSync(folder);
  await page.getByRole('button', { name: queue.tryAllAgain }).click();
  await expect.poll(states).toEqual(['queued', 'queued', 'queued']);
  await page.getByRole('button', { name: queue.resumeQueue }).click();
  await expect(page.getByRole('heading', { name: queue.empty.title })).toBeVisible({ timeout: 90_000 });
  const clips = await Promise.all(ids.map((id) => studio.client.library.get({ id })));
  expect(clips.map(({ file }) => dirname(file))).toEqual([folder, folder, folder]);
});

test('a queue that has paused itself says why, until somebody goes on with it', async ({ studio, page }) => {
  const store = openStore(dataPaths(studio.home).database);
  new Remembered(store).queuePause = { because: { cause: 'driver-lost', phase: null, detail: '' } };
  store.close();
  await page.reload();
  await goTo(page, 'queue');
  const said = page.getByRole('status').filter({ hasText: queue.pausedItself });
  await expect(said).toContainText(failures.driverLost.action);
  await page.getByRole('button', { name: queue.resumeQueue }).click();
  await expect(said).toHaveCount(0);
});

test('twenty clips of one text survive a pause, another order, a crash and a restart', async ({ studio }) => {
  // Twenty clips, and two starts.
  test.slow();
  const { client } = studio;
  await remember(studio, { ...tiny, seed: null, prompt: 'a {red|blue} {balloon|boat|kite|star|ball}' });
  await studio.page.getByRole('button', { name: create.several.open }).click();
  const count = studio.page.getByRole('spinbutton', { name: create.several.count });
  await count.fill('2');
  await count.press('Enter');
  await expect(studio.page.getByText('That is 20 clips.')).toBeVisible();
  await studio.page.keyboard.press('Control+Enter');
  await expect.poll(async () => (await client.queue.list()).length).toBe(20);
  const prompts = await order(studio);
  expect(new Set(prompts)).toHaveProperty('size', 10);

  // The last one first, by the keyboard alone.
  await goTo(studio.page, 'queue');
  await handle(studio, 'a red balloon').first().focus();
  await studio.page.keyboard.press('End');
  await expect(handle(studio, 'a blue ball').last()).toBeFocused();
  await studio.page.keyboard.press('Tab');
  await studio.page.keyboard.press('Tab');
  await studio.page.keyboard.press('Tab');
  await studio.page.keyboard.press('Enter');
  await studio.page.getByRole('menuitem', { name: queue.toTop }).press('Enter');
  const expected = ['a blue ball', ...prompts.slice(0, -1)];
  await expect.poll(() => order(studio)).toEqual(expected);

  await client.queue.resume();
  await expect.poll(async () => (await client.queue.list()).length, { timeout: 60_000 }).toBeLessThan(19);
  await studio.kill();
  await studio.start();
  // What was done is done, and the rest is as it was; it goes on by itself.
  const left = await order(studio);
  expect(left).toEqual(expected.slice(-left.length));
  expect(left.length).toBeGreaterThan(0);
  await expect.poll(async () => (await client.queue.list()).length, { timeout: 90_000 }).toBe(0);
  expect((await client.library.page({})).total).toBe(20);
});

test('a clip that waits is changed in its place', async ({ studio, page }) => {
  await threeWaiting(studio);
  await page.getByRole('button', { name: queue.more.replace('{{prompt}}', 'a blue boat') }).click();
  await page.getByRole('menuitem', { name: queue.edit }).click();
  await expect(page.getByText(queue.editing.title)).toBeVisible();
  await prompt(page).fill('a blue submarine');
  await page.getByRole('button', { name: queue.editing.save }).click();
  await expect.poll(() => order(studio)).toEqual(['a red balloon', 'a blue submarine', 'a green kite']);
  await expect(page.getByRole('heading', { name: queue.title, exact: true })).toBeVisible();
  // Create has what it had before.
  await goTo(page, 'create');
  await expect(add(page)).toBeVisible();
  await expect(prompt(page)).not.toHaveValue('a blue submarine');
});

test('several are taken out at once by the keyboard, and come back', async ({ studio, page }) => {
  await threeWaiting(studio);
  const select = (name: string) => page.getByRole('checkbox', { name: queue.select.replace('{{prompt}}', name) });
  await select('a red balloon').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(select('a blue boat')).toBeFocused();
  await expect(page.getByText('2 clips selected')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect.poll(() => order(studio)).toEqual(['a green kite']);
  await page.getByRole('button', { name: terms.undo }).click();
  await expect.poll(() => order(studio)).toEqual(named);
});

test('the queue waits for a time, over a restart, and begins then', async ({ studio }) => {
  await studio.client.queue.add(tiny);
  await threeWaiting(studio);
  await studio.page.getByRole('button', { name: queue.moreQueue }).click();
  await studio.page.getByRole('menuitem', { name: queue.startAt.menu }).click();
  await studio.page.getByRole('dialog', { name: queue.startAt.ask }).getByLabel(queue.startAt.time).fill('03:30');
  await studio.page.getByRole('button', { name: queue.startAt.set }).click();
  const title = studio.page.getByRole('heading', { name: /The queue begins at .*03:30/ });
  await expect(title).toBeVisible();
  await studio.restart();
  await goTo(studio.page, 'queue');
  await expect(studio.page.getByRole('heading', { name: /The queue begins at .*03:30/ })).toBeVisible();
  // The time comes.
  await studio.client.queue.startAt({ at: Date.now() + 1000 });
  await expect(studio.page.getByRole('heading', { name: queue.groups.running })).toBeVisible({ timeout: 60_000 });
  await studio.client.queue.pause();
});

test('what waits is saved as a file, and a file is looked at before it is loaded', async ({ studio, page }) => {
  await threeWaiting(studio);
  await page.getByRole('button', { name: queue.moreQueue }).click();
  const place = join(studio.home, 'saved.reelqueue');
  await saving(studio, place, () => page.getByRole('menuitem', { name: queue.file.save }).click());
  const file = QueueFile.parse(JSON.parse(readFileSync(place, 'utf8')));
  expect(file.clips.map((clip) => clip.prompt)).toEqual(named);
  expect(JSON.stringify(file)).not.toContain(studio.home);

  const stranger = { ...file, clips: [...file.clips, { ...file.clips[0], model: 'not-here' }] };
  const load = async (text: string) => {
    const buffer = Buffer.from(text);
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'night.reelqueue', mimeType: 'application/json', buffer });
  };
  await load(JSON.stringify(stranger));
  const dialog = page.getByRole('dialog', { name: queue.file.loadTitle.replace('{{name}}', 'night.reelqueue') });
  await expect(dialog.getByText(/not-here/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Add 3 clips' }).click();
  await expect.poll(() => order(studio)).toEqual([...named, ...named]);

  await load(JSON.stringify({ ...file, path: '/etc/passwd' }));
  await expect(page.getByText(queue.file.refused.unreadable)).toBeVisible();
  await page.keyboard.press('Escape');
  expect(await order(studio)).toHaveLength(6);
});

test('the computer is about to shut down when the queue is done, unless somebody says no', async ({ studio }) => {
  const heard = join(studio.home, 'heard');
  const program = join(studio.home, 'power');
  writeFileSync(program, `#!/bin/sh\necho "$1" >> '${heard}'\n`, { mode: 0o755 });
  process.env['REELWRIGHT_POWER'] = program;
  try {
    const page = await studio.restart();
    await studio.client.queue.add(tiny);
    await goTo(page, 'queue');
    await page.getByRole('button', { name: queue.moreQueue }).click();
    await page.getByRole('menuitem', { name: queue.whenDone['shut-down'].menu }).click();
    await expect(page.getByRole('heading', { name: queue.whenDone['shut-down'].title })).toBeVisible();
    await studio.client.queue.resume();
    // In whatever room one is.
    await goTo(page, 'library');
    const dialog = page.getByRole('dialog', { name: queue.whenDone['shut-down'].soon });
    await expect(dialog).toBeVisible({ timeout: 60_000 });
    await dialog.getByRole('button', { name: queue.whenDone['shut-down'].no }).click();
    await expect(dialog).toBeHidden();
    expect(existsSync(heard)).toBe(false);
    // For this night only.
    await studio.restart();
    await goTo(studio.page, 'queue');
    await expect(studio.page.getByRole('heading', { name: queue.whenDone['shut-down'].title })).toBeHidden();
  } finally {
    delete process.env['REELWRIGHT_POWER'];
  }
});
