/** A clip from a prompt to its last frame, and everything that may come between. */
import create from '../../renderer/i18n/en/create.ts';
import { workersOf } from '../cli.ts';
import { small } from '../small.ts';
import { add, finished, framesOf, prompt, remember, rendering, untilClip, untilStep } from './moves.ts';
import { expect, seesProcesses, sharing as test } from './studio.ts';

/** So large that its decode can be watched. */
const large = { ...small, width: 192, height: 128, steps: 4 };
/** Steps enough to be stopped between two of them, however slowly one looks. */
const long = { ...small, steps: 60 };

test('a clip is made from a prompt, watched coming into being, and played to its end @packaged', async ({
  page,
  studio,
}) => {
  await remember(studio, large);
  await prompt(page).fill('a pink star floating over the sea at night');
  await add(page).click();
  const shown = rendering(page);
  await expect(shown).toBeVisible();
  await expect(shown.getByRole('img', { name: /^Preview of step \d+ of \d+/ })).toBeVisible({ timeout: 60_000 });
  await expect(shown.getByText(/step \d+ of \d+/)).toBeVisible();
  // Its own frames, while the rest of them is decoded. They may be there for a moment only.
  const decoded = '[aria-label^="The first 9 of 17 frames: a pink star"]';
  await page.waitForFunction((canvas) => document.querySelector(canvas) !== null, decoded, { timeout: 90_000 });
  await expect(finished(page)).toBeVisible({ timeout: 90_000 });

  const video = finished(page).locator('video');
  const ended = video.evaluate(
    (each: HTMLVideoElement) =>
      new Promise<{ width: number; height: number; seconds: number }>((resolve, reject) => {
        each.loop = false;
        each.onended = () => resolve({ width: each.videoWidth, height: each.videoHeight, seconds: each.currentTime });
        each.onerror = () => reject(new Error(each.error?.message));
        each.currentTime = 0;
        void each.play();
      }),
  );
  const { width, height, seconds } = await ended;
  expect([width, height]).toEqual([large.width, large.height]);
  expect(seconds).toBeCloseTo(17 / 8, 1);
  const { clips } = await studio.client.library.page({});
  expect(clips).toMatchObject([{ settings: { prompt: 'a pink star floating over the sea at night' } }]);
});

test('cancel answers within a step, and what was done is kept', async ({ page, studio }) => {
  await remember(studio, { ...small, steps: 200 });
  await add(page).click();
  await expect(rendering(page).getByText(/step \d+ of 200/)).toBeVisible({ timeout: 60_000 });
  await rendering(page).getByRole('button', { name: create.render.cancel }).click();
  await expect(page.getByText(create.stopped.cancelled, { exact: true })).toBeVisible();
  const [job] = await studio.client.queue.list();
  expect(job?.state).toMatchObject({ kind: 'cancelled', kept: { kind: 'checkpoint' } });
});

test('a worker that is killed is replaced, and a studio that is goes on at its next start, to the very same clip', async ({
  studio,
}) => {
  // Three clips, and two starts.
  test.slow();
  const { client } = studio;
  const whole = await framesOf(await untilClip(studio, (await client.queue.add(long)).id));
  const first = await client.queue.add(long);
  await untilStep(studio, first.id, 3);
  const workers = await workersOf(studio.pid);
  expect(workers).toHaveLength(1);
  for (const pid of workers) process.kill(pid, 'SIGKILL');
  expect(await framesOf(await untilClip(studio, first.id))).toBe(whole);

  const { id } = await client.queue.add(long);
  await untilStep(studio, id, 3);
  await studio.kill();
  if (seesProcesses) await expect.poll(() => studio.processes()).toEqual([]);
  await studio.start();
  expect(await framesOf(await untilClip(studio, id))).toBe(whole);
});
