import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import library from '../../renderer/i18n/en/library.ts';
import { small } from '../small.ts';
import { goTo, untilClip } from './moves.ts';
import { expect, sharing as test } from './studio.ts';

interface Dragged {
  file: string;
  icon: { width: number; height: number; empty: boolean };
}

/** What the window hands to the system. Where nobody holds a pointer down, a drag of the system's would not end. */
async function listen(electron: ElectronApplication): Promise<() => Promise<Dragged[]>> {
  const heard = await electron.evaluateHandle(({ BrowserWindow }) => {
    const dragged: unknown[] = [];
    for (const { webContents } of BrowserWindow.getAllWindows()) {
      webContents.startDrag = ({ file, icon }) => {
        if (typeof icon === 'string') throw new Error('The icon is a picture in memory.');
        dragged.push({ file, icon: { ...icon.getSize(), empty: icon.isEmpty() } });
      };
    }
    return dragged;
  });
  return () => heard.jsonValue() as Promise<Dragged[]>;
}

const isPicture = { width: 32, height: 32, empty: false };

test('a clip and a preset are dragged out of the window as files', async ({ studio, page }) => {
  test.skip(studio.host === 'web', 'A browser lets no page begin a drag of files.');
  const dragged = await listen(studio.electron);
  const { id } = await studio.client.queue.add({ ...small, steps: 2 });
  const { file } = await untilClip(studio, id);

  await goTo(page, 'library');
  await page.getByRole('gridcell').first().press('Enter');
  const handle = page.getByRole('button', { name: library.detail.revealOrDrag });
  await expect(handle).toHaveAttribute('draggable', 'true');
  await handle.dispatchEvent('dragstart');
  await expect.poll(dragged).toEqual([{ file, icon: isPicture }]);
  expect(statSync(file).size).toBeGreaterThan(0);

  await goTo(page, 'presets');
  await page.locator('li[draggable="true"]').first().dispatchEvent('dragstart');
  await expect.poll(async () => (await dragged()).length).toBe(2);
  const preset = (await dragged())[1];
  expect(preset?.icon).toEqual(isPicture);
  expect(basename(preset?.file ?? '')).toMatch(/\.reelpreset$/);
  expect(existsSync(preset?.file ?? '')).toBe(true);
});
