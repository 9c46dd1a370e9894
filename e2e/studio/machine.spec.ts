/** What a card tells is what the screen says. The card is a library in C that answers NVML's calls by a script. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import machine from '../../renderer/i18n/en/machine.ts';
import { answers, cannotCompile, card4070, type FakeNvml, fakeNvml } from '../fakeNvml/index.ts';
import { goTo } from './moves.ts';
import { expect, test } from './studio.ts';

const impossible = cannotCompile();
let folder: string;
let nvml: FakeNvml;

test.describe('with a card', () => {
  test.skip(impossible !== null, impossible ?? '');
  // The variable must be there before the fixture starts the studio.
  test.beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-nvml-'));
    nvml = fakeNvml(folder, { driver: '592.14', cards: [card4070] });
    process.env['REELWRIGHT_NVML'] = nvml.library;
  });
  test.beforeEach(() => nvml.script({ driver: '592.14', cards: [card4070] }));
  test.afterAll(() => {
    delete process.env['REELWRIGHT_NVML'];
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test('the figures on screen are the figures of the card', async ({ page }) => {
    const strip = page.getByRole('contentinfo', { name: 'Machine and current job' });
    await expect(strip).toContainText('RTX 4070');
    await expect(strip).toContainText('58 %');
    await expect(strip).toContainText('112 W');
    await expect(strip).toContainText('64 °C');
    await expect(strip).toContainText(/9\.1\s*of 12\.0 GB/);
    await goTo(page, 'machine');
    await expect(page.getByText('driver 592.14', { exact: false })).toBeVisible();
    await expect(page.getByText('PCIe 4.0 x4', { exact: false }).first()).toBeVisible();
    const chart = (name: string) => page.getByRole('img', { name: new RegExp(`^${name}: `) });
    await expect(chart(machine.charts.utilisation)).toHaveAccessibleName(/: 58 % now/);
    await expect(chart(machine.charts.power)).toHaveAccessibleName(/: 112 W now/);
    await expect(chart(machine.charts.temperature)).toHaveAccessibleName(/: 64 °C now/);

    const hotter = { ...card4070.readings, utilisation: 97, temperature: 71, power: 198_000 };
    nvml.script({ driver: '592.14', cards: [{ ...card4070, readings: hotter }] });
    await expect(chart(machine.charts.utilisation)).toHaveAccessibleName(/: 97 % now/);
    await expect(strip).toContainText('198 W');
    await expect(strip).toContainText('71 °C');
  });

  test('a field that is not supported is left out, a card that is gone is said, and it comes back', async ({
    page,
  }) => {
    await goTo(page, 'machine');
    const strip = page.getByRole('contentinfo', { name: 'Machine and current job' });
    await expect(strip).toContainText('112 W');
    const mute = { ...card4070.readings, power: answers.notSupported };
    nvml.script({ driver: '592.14', cards: [{ ...card4070, readings: mute }] });
    await expect(strip).not.toContainText('112 W');
    await expect(strip).toContainText('58 %');

    const lost = Object.fromEntries(Object.keys(card4070.readings).map((field) => [field, answers.lost]));
    nvml.script({ driver: '592.14', cards: [{ ...card4070, readings: lost }] });
    await expect(page.getByText(machine.lost.title)).toBeVisible();
    nvml.script({ driver: '592.14', cards: [card4070] });
    await expect(page.getByText(machine.lost.title)).toBeHidden({ timeout: 40_000 });
    await expect(strip).toContainText('58 %');
  });

  test('the last minutes can be taken away as CSV and as a picture', async ({ page }) => {
    await goTo(page, 'machine');
    await expect(page.getByText('driver 592.14', { exact: false })).toBeVisible();
    for (const [item, ending] of [
      [machine.exportCsv, /\.csv$/],
      [machine.exportPng, /\.png$/],
    ] as const) {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: machine.export }).click();
      await page.getByRole('menuitem', { name: item }).click();
      expect((await download).suggestedFilename()).toMatch(ending);
    }
  });
});

test('without a card it says so and shows the rest', async ({ page }) => {
  await goTo(page, 'machine');
  await expect(page.getByText(machine.noCard.title)).toBeVisible();
  await expect(page.getByRole('img', { name: /^CPU: \d+ % now/ })).toBeVisible();
});
