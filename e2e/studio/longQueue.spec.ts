import queue from '../../renderer/i18n/en/queue.ts';
import { small } from '../small.ts';
import { goTo } from './moves.ts';
import { expect, sharing as test } from './studio.ts';

const count = 400;
test.use({ paused: true });

test('rows that flew by are whole when one can read them, and the keyboard reaches the last of them', async ({
  studio,
  page,
}) => {
  const { client } = studio;
  const seeds = Array.from({ length: count }, (_, at) => at);
  await client.queue.addMany({
    ...{ kind: 'templates', draft: { ...small, prompt: '' }, text: 'a blue boat', slots: {} },
    seeds: { kind: 'list', seeds },
  });
  await goTo(page, 'queue');
  await expect(page.getByRole('checkbox').first()).toBeVisible();

  // Flying by they are there with their words, and without controls.
  const outlined = await page.evaluate(async () => {
    const scroller = document.querySelector('main');
    let found = 0;
    for (let frame = 0; frame < 20; frame += 1) {
      scroller?.scrollBy(0, 900);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      found += document.querySelectorAll('li[aria-posinset]:not(:has([role="checkbox"]))').length;
    }
    return found;
  });
  expect(outlined).toBeGreaterThan(0);
  await expect(page.locator('li[aria-posinset]:not(:has([role="checkbox"]))')).toHaveCount(0);
  // One in the middle of what is seen now is there to be used.
  const seen = page.getByRole('listitem').filter({ has: page.getByRole('checkbox') });
  await seen.nth(8).getByRole('checkbox').click();
  await expect(page.getByText('1 clip selected')).toBeVisible();

  await page.keyboard.press('End');
  const last = page.locator(`li[aria-posinset="${count}"]`);
  await expect(last.getByRole('checkbox')).toBeFocused();
  await last.getByRole('button', { name: queue.more.replace('{{prompt}}', 'a blue boat') }).click();
  await page.getByRole('menuitem', { name: queue.toTop }).click();
  await expect.poll(async () => (await client.queue.list())[0]?.settings.seed).toBe(count - 1);
});
