import { expect, test } from './studio.ts';

test('page is there', async ({ studio, page }) => {
  await expect(page.getByRole('navigation').first()).toBeVisible();
  expect((await studio.client.about()).dataFolder).toBe(studio.home);
  console.log(studio.processes(), studio.pid);
});
