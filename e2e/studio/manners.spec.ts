/** How the window behaves among other windows, when it is closed, and when something of it dies. */
import { execa } from 'execa';
import { workersOf } from '../cli.ts';
import { small } from '../small.ts';
import { commandOf } from './launch.ts';
import { untilClip, untilStep } from './moves.ts';
import { test as alone, expect, type Studio, seesProcesses, sharing as test } from './studio.ts';

const long = { ...small, steps: 300 };
const unseen = 'Only Linux tells which processes are left.';

alone('killed, it leaves no process behind @packaged', async ({ studio }) => {
  alone.skip(!seesProcesses, unseen);
  const { id } = await studio.client.queue.add(long);
  await untilStep(studio, id, 2);
  expect(studio.processes().length).toBeGreaterThan(1);
  await studio.kill();
  await expect.poll(() => studio.processes()).toEqual([]);
});

alone('closed while its engine is still starting, it leaves no process behind', async ({ studio }) => {
  alone.skip(!seesProcesses, unseen);
  await expect.poll(() => studio.engines()).toHaveLength(1);
  await studio.close();
  await expect.poll(() => studio.processes()).toEqual([]);
});

test.describe('the window', () => {
  test.skip(({ host }) => host === 'web', 'A browser has its own manners.');

  test('is one: a second start only brings it to the front, and its link is looked at @packaged', async ({
    studio,
  }) => {
    const { program, args, env } = await commandOf(studio.host === 'packaged' ? 'packaged' : 'electron', studio.home);
    // The packaged program lets nobody hide its window, or ask for it.
    const electron = studio.host === 'packaged' ? null : studio.electron;
    await electron?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    for (const link of ['reelwright://open', 'reelwright://delete/everything?now=yes']) {
      const second = await execa(program, [...args, link], { env, extendEnv: false, reject: false });
      expect(second.exitCode).toBe(0);
    }
    if (electron !== null) {
      const visible = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
      await expect.poll(visible).toBe(true);
    }
    await expect.poll(() => studio.log()).toContain('a link: asks for delete/everything?now=yes');
    expect(studio.log()).not.toContain('a link: asks for open');
  });

  test('comes back where it was', async ({ studio }) => {
    const now = () => studio.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
    const before = await now();
    const bounds = { x: 60, y: 50, width: 900, height: 610 };
    const move = (to: typeof bounds) =>
      studio.electron.evaluate(({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted), to);
    await move(bounds);
    await studio.restart();
    expect(await now()).toEqual(bounds);
    if (before) await move(before);
  });

  test('loads its page again when that crashes, and the render does not notice', async ({ studio }) => {
    const { id } = await studio.client.queue.add({ ...small, steps: 40 });
    await untilStep(studio, id, 2);
    const before = await workersOf(studio.pid);
    const crashed = studio.page.waitForEvent('crash');
    await studio.electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    );
    await crashed;
    const title = () =>
      studio.electron.evaluate(async ({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('document.querySelector("nav") !== null'),
      );
    await expect.poll(title).toBe(true);
    expect(studio.log()).toContain('the page: ');
    expect(await workersOf(studio.pid)).toEqual(before);
    await studio.restart();
    await untilClip(studio, id);
  });

  test('goes to a room from its menu', async ({ studio, page }) => {
    await expect(page.getByRole('navigation').first()).toBeVisible();
    const rooms = await studio.electron.evaluate(({ Menu }) =>
      Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items.map((item) => item.accelerator) ?? []),
    );
    for (const key of ['CmdOrCtrl+1', 'CmdOrCtrl+5', 'CmdOrCtrl+N', 'CmdOrCtrl+Q']) expect(rooms).toContain(key);
    await studio.electron.evaluate(({ Menu, BrowserWindow }) => {
      const item = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []);
      item?.find(({ accelerator }) => accelerator === 'CmdOrCtrl+4')?.click({}, BrowserWindow.getAllWindows()[0]);
    });
    await expect(page).toHaveURL(/#\/presets/);
  });
});

/** Answers the native question before it is asked, and counts how often it was. */
const answer = (studio: Studio, response: number) =>
  studio.electron.evaluate(({ dialog }, chosen) => {
    const asked = { times: 0 };
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = (async () => {
      asked.times += 1;
      return { response: chosen, checkboxChecked: false };
    }) as typeof dialog.showMessageBox;
  }, response);
/** How many notifications were wanted. A machine of tests shows none; that it is asked whether it does is printed. */
async function notificationsOf(studio: Studio): Promise<() => number> {
  let printed = '';
  studio.electron.process().stdout?.on('data', (chunk) => (printed += String(chunk)));
  await studio.electron.evaluate(({ Notification }) => {
    Notification.isSupported = () => {
      process.stdout.write('a notification\n');
      return false;
    };
  });
  return () => printed.split('a notification').length - 1;
}
const timesAsked = (studio: Studio) =>
  studio.electron.evaluate(() => (globalThis as unknown as { asked: { times: number } }).asked.times);
const closeWindow = (studio: Studio) =>
  studio.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());

test.describe('closing the window while a clip is being made', () => {
  test.skip(({ host }) => host === 'web', 'A browser has its own manners.');
  test.beforeEach(({ studio }) => studio.client.settings.change({ whenQuitting: 'ask' }));
  const [background, stop, cancel] = [0, 1, 2];

  test('asks, and may be called off', async ({ studio }) => {
    const { id } = await studio.client.queue.add(long);
    await untilStep(studio, id, 2);
    await answer(studio, cancel);
    await closeWindow(studio);
    await expect.poll(() => timesAsked(studio)).toBe(1);
    await untilStep(studio, id, 4);
    await studio.client.settings.change({ whenQuitting: 'stop' });
  });

  test('may finish the clip without its window, tells that it is done, and ends by itself', async ({ studio }) => {
    const { id } = await studio.client.queue.add(small);
    await untilStep(studio, id, 2);
    await answer(studio, background);
    const told = await notificationsOf(studio);
    const ended = new Promise((resolve) => studio.electron.process().once('exit', resolve));
    await closeWindow(studio);
    await ended;
    await expect.poll(told).toBe(1);
    await studio.start();
    expect((await studio.client.library.get({ id })).settings.seed).toBe(small.seed);
    await studio.client.settings.change({ whenQuitting: 'stop' });
  });

  test('may stop, keeps what is done, and the next start goes on from there', async ({ studio }) => {
    const { id } = await studio.client.queue.add({ ...small, steps: 60 });
    await untilStep(studio, id, 10);
    await answer(studio, stop);
    const ended = new Promise((resolve) => studio.electron.process().once('exit', resolve));
    await closeWindow(studio);
    await ended;
    if (seesProcesses) expect(studio.processes()).toEqual([]);
    await studio.start();
    await untilStep(studio, id, 10);
    await studio.client.settings.change({ whenQuitting: 'stop' });
  });

  test('asks nothing when nothing is being made', async ({ studio }) => {
    await answer(studio, cancel);
    const ended = new Promise((resolve) => studio.electron.process().once('exit', resolve));
    await closeWindow(studio).catch(() => {});
    await ended;
  });
});
