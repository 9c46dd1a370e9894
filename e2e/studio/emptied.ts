/** Makes of a studio that others have used what it was at its first start: without its engine's start. */
import { expect } from '@playwright/test';
import { Settings, type SettingsChange } from '../../contract/settings.ts';
import type { Studio } from './studio.ts';

/** Without questions: a native one would stand in the way of a test's end. */
export const usual: SettingsChange = { welcomed: true, whenQuitting: 'stop', language: 'en' };

export async function empty(studio: Studio, paused: boolean): Promise<void> {
  const { client } = studio;
  if (!studio.runs) await studio.start();
  await emptyQueue(studio);
  await (paused ? client.queue.pause() : client.queue.resume());
  await Promise.all([
    emptyLibrary(studio),
    emptyPresets(studio),
    client.plan.forget(),
    client.settings.change({ ...Settings.parse({}), ...usual }),
  ]);
  await studio.page.evaluate(() => {
    localStorage.clear();
    // Not by the address: a page that is asked for a room of its own stays the same page.
    history.replaceState(null, '', '/');
  });
  await studio.page.reload();
  await expect(studio.page.getByRole('navigation').first()).toBeVisible();
}

async function each(all: readonly { id: string }[], remove: (ids: string[]) => Promise<unknown>): Promise<void> {
  if (all.length > 0) await remove(all.map(({ id }) => id));
}

async function emptyQueue({ client }: Studio): Promise<void> {
  await client.queue.startAt({ at: null });
  await client.queue.whenDone({ action: 'nothing' });
  await each(await client.queue.list(), (ids) => client.queue.removeMany({ ids }));
  // What runs stays. If it ends in the meantime it is a clip, and goes with the others.
  for (const { id } of await client.queue.list()) await client.queue.cancel({ id }).catch(() => {});
  await each(await client.queue.list(), (ids) => client.queue.removeMany({ ids }));
}

async function emptyLibrary({ client }: Studio): Promise<void> {
  await each((await client.library.page({ limit: 500 })).clips, (ids) => client.library.delete({ ids }));
  await client.library.purge({ ids: null });
  const [tasks, collections] = await Promise.all([client.library.tasks.list(), client.library.collections.list()]);
  await Promise.all([
    ...tasks.map(({ id }) => client.library.tasks.forget({ id })),
    ...collections.map(({ id }) => client.library.collections.delete({ id })),
  ]);
}

async function emptyPresets({ client }: Studio): Promise<void> {
  const [presets, wildcards] = await Promise.all([client.presets.list(), client.prompts.wildcards()]);
  const own = presets.filter(({ origin }) => origin !== 'golden');
  await each(own, (ids) => client.presets.remove({ ids }));
  await Promise.all(wildcards.map(({ name }) => client.prompts.removeWildcard({ name })));
}
