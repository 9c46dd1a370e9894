/** What a card tells is what the screen says. The card is a library in C that answers NVML's calls by a script. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import app from '../../renderer/i18n/en/app.ts';
import machine from '../../renderer/i18n/en/machine.ts';
import { answers, cannotCompile, card4070, type FakeNvml, fakeNvml, type ScriptedCard } from '../fakeNvml/index.ts';
import { expectAccessible } from './accessible.ts';
import { usual } from './emptied.ts';
import { goTo, saving } from './moves.ts';
import { test as alone, expect, type Studio, sharing, withStudio } from './studio.ts';

const impossible = cannotCompile();
const GiB = 2 ** 30;
const driver = '592.14';
const first: ScriptedCard = {
  ...card4070,
  processes: [
    { pid: 77, bytes: 0.6 * GiB, name: 'C:\\Program Files\\Firefox\\firefox.exe' },
    { pid: 5, bytes: null, name: 'dwm.exe' },
  ],
};
const second: ScriptedCard = {
  uuid: 'GPU-3060bbbb-0000-4000-8000-000000000002',
  name: 'NVIDIA GeForce RTX 3060',
  readings: { utilisation: 7, memoryTotal: 8 * GiB, memoryUsed: GiB, temperature: 41 },
};

/** Studios that are started meanwhile find this driver in place of the machine's own; null for none. */
async function withDriver(cards: ScriptedCard[] | null, use: (fake: FakeNvml | null) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reelwright nvml '));
  const fake = cards && fakeNvml(folder, { driver, cards });
  process.env['REELWRIGHT_NVML'] = fake?.library ?? join(folder, 'none.so');
  process.env['REELWRIGHT_NVIDIA_SMI'] = join(folder, 'none');
  try {
    await use(fake);
  } finally {
    delete process.env['REELWRIGHT_NVML'];
    delete process.env['REELWRIGHT_NVIDIA_SMI'];
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One studio with a card for all of them, which is as it was when each of them begins. */
const test = sharing.extend<{ nvml: FakeNvml }, { fake: FakeNvml; studio: Studio }>({
  fake: [
    // biome-ignore lint/correctness/noEmptyPattern: it depends on nothing, which has to be said like this
    async ({}, use) =>
      withDriver([first], async (fake) => {
        if (fake) await use(fake);
      }),
    { scope: 'worker' },
  ],
  studio: [async ({ host, fake: _ }, use) => withStudio(host, usual, null, use), { scope: 'worker', timeout: 60_000 }],
  nvml: [
    async ({ fake }, use) => {
      fake.script({ driver, cards: [first] });
      await use(fake);
    },
    { auto: true },
  ],
});

/** A studio of their own, with other cards. */
const other = alone.extend<{ driverSees: { cards: ScriptedCard[] } | null; nvml: FakeNvml | null }>({
  driverSees: [null, { option: true }],
  nvml: [async ({ driverSees }, use) => withDriver(driverSees?.cards ?? null, use), { auto: true }],
});

const strip = (page: Page) => page.getByRole('region', { name: app.strip });
const chart = (page: Page, name: keyof typeof machine.charts) =>
  page.getByRole('group', { name: machine.charts[name], exact: true });
const figure = (page: Page, name: keyof typeof machine.charts) => chart(page, name).getByRole('paragraph');

test.describe('with a card', () => {
  test.skip(impossible !== null, impossible ?? '');
  // In this order: the studio remembers what it read, and the readings rise from one to the next.
  test.describe.configure({ mode: 'default' });

  test('what was measured can be taken away as CSV and as a picture', async ({ studio, page }, testInfo) => {
    await goTo(page, 'machine');
    await expect(figure(page, 'utilisation')).toHaveText('58 %');
    const take = async (item: string): Promise<Buffer> => {
      await page.getByRole('button', { name: machine.export }).click();
      const file = testInfo.outputPath(item);
      await saving(studio, file, () => page.getByRole('menuitem', { name: item }).click());
      return readFileSync(file);
    };
    const [head, line] = (await take(machine.exportCsv)).toString('utf8').split('\r\n');
    expect(head).toMatch(/^time,NVIDIA GeForce RTX 4070 utilisation %,/);
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,58,,9771050598,112,64,2475,10501,6100000000,/);
    const picture = await take(machine.exportPng);
    expect(picture.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect(picture.readUInt32BE(16)).toBe(2400);
    expect(picture.length).toBeGreaterThan(20_000);
  });

  test('the range is chosen, the picture held still, and nobody is shut out of it', async ({ page, nvml }) => {
    await goTo(page, 'machine');
    const told = page.getByRole('img', { name: /^GPU utilisation/ });
    for (const seconds of ['900', '3600', '28800', '120'] as const) {
      await page.getByRole('radio', { name: machine.ranges[seconds], exact: true }).click();
      await expect(told).toHaveAccessibleName(new RegExp(`in ${machine.rangeWords[seconds]}`));
    }
    await page.getByRole('button', { name: machine.pause }).click();
    await expect(page.getByText(/^Held still since/)).toBeVisible();
    nvml.script({ driver, cards: [{ ...first, readings: { ...first.readings, utilisation: 91 } }] });
    await expect(figure(page, 'utilisation')).toHaveText('91 %');
    await expect(told).toHaveAccessibleName(/between 58 and 58 %/);
    await page.getByRole('button', { name: machine.go }).click();
    await expect(told).toHaveAccessibleName(/between 58 and 91 %/);
    await page.mouse.move(5, 5);
    await page.getByRole('button', { name: machine.pause }).hover();
    await expect(page.getByRole('tooltip')).toBeVisible();
    await expectAccessible(page);
  });

  test('the figures on screen are the figures of the card', async ({ page, nvml }) => {
    for (const said of ['RTX 4070', '58 %', '9.1 of 12.0 GB', '112 W', '64 °C'])
      await expect(strip(page)).toContainText(said);
    await strip(page).getByRole('link').click();
    await expect(page).toHaveURL(/#\/machine$/);
    await expect(page.getByRole('heading', { level: 1, name: 'RTX 4070' })).toBeVisible();
    await expect(page.getByText(`12 GB · driver ${driver} · PCIe 4.0 x4`)).toBeVisible();
    await expect(figure(page, 'utilisation')).toHaveText('58 %');
    await expect(figure(page, 'vramUnknown')).toHaveText('9.1 of 12.0 GB');
    await expect(figure(page, 'power')).toHaveText('112 of 200 W');
    await expect(figure(page, 'temperature')).toHaveText('64 °C');
    await expect(figure(page, 'clocks')).toHaveText('2.48 / 10.5 GHz');
    await expect(figure(page, 'pcie')).toHaveText('6.1 GB/s');
    const inspector = page.getByRole('complementary');
    await expect(inspector.getByText('firefox.exe')).toBeVisible();
    await expect(inspector.getByRole('listitem').filter({ hasText: 'dwm.exe' })).toContainText(machine.users.unknown);

    const hotter = { ...first.readings, utilisation: 100, temperature: 81 };
    nvml.script({ driver, cards: [{ ...first, readings: hotter }] });
    await expect(figure(page, 'utilisation')).toHaveText('100 %');
    await expect(strip(page)).toContainText('81 °C');
    await expect(page.getByRole('img', { name: /^GPU utilisation: 100 % now; between 58 and 100 %/ })).toBeVisible();
  });

  test('a field that is refused is left out of the strip and of what comes', async ({ page, nvml }) => {
    await expect(strip(page)).toContainText('112 W');
    nvml.script({ driver, cards: [{ ...first, readings: { ...first.readings, power: answers.notSupported } }] });
    await expect(strip(page)).not.toContainText(' W');
    await expect(strip(page)).toContainText('58 %');
  });

  test('a driver that is gone is said, leaves a gap, and is taken up when it is back', async ({ page, nvml }) => {
    await goTo(page, 'machine');
    await expect(figure(page, 'utilisation')).toHaveText('58 %');
    nvml.script({ driver, init: answers.driverNotLoaded, cards: [] });
    await expect(page.getByText(machine.lost.title)).toBeVisible();
    await expect(strip(page)).toContainText(machine.cardSilent);
    await expect(figure(page, 'utilisation')).toHaveText(machine.noReading);
    await expect(figure(page, 'cpu')).toHaveText(/^\d+ %$/);
    nvml.script({ driver, cards: [first] });
    await expect(figure(page, 'utilisation')).toHaveText('58 %', { timeout: 40_000 });
    await expect(page.getByText(machine.lost.title)).toBeHidden();
  });
});

other.describe('with two cards', () => {
  other.skip(impossible !== null, impossible ?? '');
  other.use({ driverSees: { cards: [first, second] } });

  other('one chooses between them, and one goes on while the other is pulled out', async ({ page, nvml }) => {
    await goTo(page, 'machine');
    await page.getByRole('radio', { name: '2 · RTX 3060' }).click();
    await expect(figure(page, 'utilisation')).toHaveText('7 %');
    await expect(chart(page, 'power')).toHaveCount(0);
    nvml?.script({ driver, cards: [second] });
    await expect(strip(page)).toContainText(machine.cardSilent);
    await expect(figure(page, 'utilisation')).toHaveText('7 %');
  });
});

other.describe('without a card', () => {
  other('it says so and shows the rest', async ({ page }) => {
    await goTo(page, 'machine');
    await expect(page.getByText(machine.noCard.title)).toBeVisible();
    await expect(page.getByRole('img', { name: /^CPU: \d+ % now/ })).toBeVisible();
    await expect(figure(page, 'cpu')).toHaveText(/^\d+ %$/);
    await expect(figure(page, 'ram')).toHaveText(/^[\d.]+ of [\d.]+ GB$/);
    await expect(chart(page, 'utilisation')).toHaveCount(0);
    await expect(strip(page)).toContainText(machine.ram);
  });
});
