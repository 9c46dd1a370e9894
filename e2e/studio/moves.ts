/** What specs do and look at again and again, in the words of the page. */
import type { Page } from '@playwright/test';
import type { Clip } from '../../contract/clip.ts';
import type { Draft } from '../../contract/draft.ts';
import type { Job } from '../../contract/job.ts';
import app from '../../renderer/i18n/en/app.ts';
import create from '../../renderer/i18n/en/create.ts';
import { readClip } from '../clip.ts';
import { expect, type Studio } from './studio.ts';

export const prompt = (page: Page) => page.getByRole('textbox', { name: create.prompt.label, exact: true });
export const add = (page: Page) => page.getByRole('button', { name: create.add.button });
export const rendering = (page: Page) => page.getByRole('region', { name: create.render.region });
export const finished = (page: Page) => page.getByRole('region', { name: create.done.region });

export async function goTo(page: Page, room: keyof typeof app.rooms): Promise<void> {
  const rail = page.getByRole('navigation', { name: app.rail });
  await rail.getByRole('link', { name: app.rooms[room] }).click();
  await expect(page.getByRole('main')).toBeVisible();
}

/** Opens Create with these settings, as if they had been left there. */
export async function remember(studio: Studio, draft: Draft): Promise<void> {
  await studio.client.settings.change({ draft });
  await studio.page.reload();
  await expect(prompt(studio.page)).toHaveValue(draft.prompt);
}

export async function untilClip(studio: Studio, id: string): Promise<Clip> {
  await expect.poll(() => studio.client.library.get({ id }).then(Boolean, () => false), { timeout: 90_000 }).toBe(true);
  return studio.client.library.get({ id });
}

export const framesOf = async (clip: Clip): Promise<string> => (await readClip(clip.file)).pixels;

export async function untilStep(studio: Studio, id: string, step: number): Promise<void> {
  await expect
    .poll(async () => stepOf((await studio.client.queue.list()).find((job) => job.id === id)), {
      timeout: 60_000,
      intervals: [50],
    })
    .toBeGreaterThanOrEqual(step);
}

const stepOf = (job: Job | undefined): number => (job?.state.kind === 'denoising' ? job.state.step : 0);

/** What `begin` downloads lies in `file` afterwards. A window would ask in the system's own dialog where to. */
export async function saving(studio: Studio, file: string, begin: () => Promise<void>): Promise<void> {
  if (studio.host === 'web') {
    const download = studio.page.waitForEvent('download');
    await begin();
    return (await download).saveAs(file);
  }
  const saved = await studio.electron.evaluateHandle(
    ({ session }, path) => ({
      done: new Promise<string>((resolve) => {
        session.defaultSession.once('will-download', (_, item) => {
          item.setSavePath(path);
          item.once('done', (__, state) => resolve(state));
        });
      }),
    }),
    file,
  );
  await begin();
  expect(await saved.evaluate(({ done }) => done)).toBe('completed');
}
