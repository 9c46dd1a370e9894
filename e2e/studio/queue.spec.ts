import common from '../../renderer/i18n/en/common.ts';
import queue from '../../renderer/i18n/en/queue.ts';
import { goTo, small } from './moves.ts';
import { expect, type Studio, test } from './studio.ts';

const named = ['a red balloon', 'a blue boat', 'a green kite'];

/** Three clips that wait, since the queue is paused. */
async function threeWaiting(studio: Studio): Promise<void> {
  await studio.client.queue.pause();
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
  await page.getByRole('button', { name: common.undo }).click();
  await expect(page.getByRole('main')).toBeFocused();
  // Where it stood.
  await expect.poll(() => order(studio)).toEqual(named);
});

test('the keyboard goes on where it was before a dialog', async ({ studio, page }) => {
  await threeWaiting(studio);
  await handle(studio, 'a blue boat').focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: common.shortcuts.title })).toBeVisible();
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
