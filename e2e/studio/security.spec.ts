/** Attacks from inside the page and from outside. Each is refused, most are written down, and nothing crashes. */
import { request } from 'node:http';
import type { Page } from '@playwright/test';
import { expect, type Studio, sharing as test } from './studio.ts';

/** How much of the log earlier attacks have written. */
let written = 0;

/** Whatever was tried, it was written down, the page still shows the studio and the studio still answers. */
async function expectUnharmed(studio: Studio, refusal?: string): Promise<void> {
  if (refusal !== undefined) await expect.poll(() => studio.log().slice(written)).toContain(refusal);
  written = studio.log().length;
  // Not by a locator: Playwright holds those back while a navigation that was refused seems to go on.
  await expect.poll(() => studio.page.evaluate(() => document.querySelector('nav') !== null)).toBe(true);
  expect((await studio.client.about()).dataFolder).toBe(studio.home);
}

test.describe('the page', () => {
  test('has nothing of Node, and runs no code made from text', async ({ studio, page }) => {
    const found = await page.evaluate(() => ({
      names: ['require', 'process', 'module', 'Buffer', 'global', 'electron'].filter((name) => name in window),
      keys: Object.keys((window as { reelwright?: object }).reelwright ?? {}),
    }));
    expect(found).toEqual({ names: [], keys: studio.host === 'web' ? [] : ['host'] });
    const ran = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.inline = true';
      document.head.append(script);
      const foreign = await fetch('https://example.com/').then(
        () => 'fetched',
        () => 'refused',
      );
      return { inline: 'inline' in window, foreign };
    });
    expect(ran).toEqual({ inline: false, foreign: 'refused' });
    await expectUnharmed(studio);
  });

  test('cannot reach another file', async ({ studio, page }) => {
    const paths = ['/..%2f..%2fpackage.json', '/media/clips/..%2f..%2freelwright.db', '/%2e%2e%2freelwright.db'];
    const answers = await page.evaluate(
      (asked) => Promise.all(asked.map(async (path) => (await fetch(path)).status)),
      [...paths, '/media/clips/unknown.mp4', '/package.json'],
    );
    expect(answers).toEqual([400, 400, 400, 404, 404]);
    await expectUnharmed(studio, 'leaves its folder');
  });

  test('is cut off by a message that is too large or makes no sense, and connects again', async ({ studio, page }) => {
    for (const [message, reason] of [
      ['x'.repeat(2 * 1024 * 1024 + 1), studio.host === 'web' ? 'Max payload' : '2097153 characters'],
      ['nonsense', 'not JSON'],
      ['{"i":"1","p":{"u":"https://example.com/"}}', 'a message'],
    ] as const) {
      expect(await page.evaluate(sendAndListen, message)).not.toBe('answered');
      await expectUnharmed(studio, reason);
    }
  });

  test('cannot be led astray by wrong input to a call', async ({ studio }) => {
    const wrong = studio.client.library.rate({ ids: ['../../x'.repeat(20)], rating: 'yes' as never });
    await expect(wrong).rejects.toThrow(/BAD_REQUEST/);
    await expectUnharmed(studio);
  });
});

/** Runs in the page: one message by a connection of its own. */
function sendAndListen(message: string): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('silence'), 1500);
    if ('reelwright' in window) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve('answered');
      window.postMessage('reelwright:connect', location.origin, [port2]);
      port1.postMessage(message);
    } else {
      const socket = new WebSocket(new URL('/api/socket', location.href.replace('http', 'ws')));
      socket.onopen = () => socket.send(message);
      socket.onmessage = () => resolve('answered');
      socket.onclose = () => resolve('closed');
    }
  });
}

test.describe('the window', () => {
  test.skip(({ host }) => host === 'web', 'A browser has its own.');

  test('opens no other window, and outside only what is on the list', async ({ studio, page }) => {
    const opened = await studio.electron.evaluate(({ shell }) => {
      const asked: string[] = [];
      shell.openExternal = async (address) => void asked.push(address);
      return Object.assign(globalThis, { asked }).asked;
    });
    expect(opened).toEqual([]);
    for (const address of [
      'https://evil.example/',
      'file:///etc/passwd',
      'about:blank',
      'https://www.nvidia.com/drivers/',
    ]) {
      expect(await page.evaluate((url) => window.open(url) === null, address)).toBe(true);
    }
    const asked = () => studio.electron.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
    await expect.poll(asked).toEqual(['https://www.nvidia.com/drivers/']);
    expect(studio.electron.windows()).toHaveLength(1);
    await expectUnharmed(studio, 'a new window: about:blank');
    expect(studio.log()).toContain('a link to the outside: https://evil.example/');
  });

  test('goes to no other page', async ({ studio, page }) => {
    // A navigation, refused or not, ends the loading of a page that is not there yet.
    await expectUnharmed(studio);
    for (const address of ['https://example.com/', 'studio://app/media/clips/x.mp4', 'studio://evil/']) {
      await page.evaluate((url) => location.assign(url), address);
      await expectUnharmed(studio, `a navigation: ${address}`);
    }
    expect(page.url()).toMatch(/^studio:\/\/app\//);
  });

  test('grants no permission', async ({ studio, page }) => {
    const answers = await page.evaluate(async () => ({
      notification: await Notification.requestPermission(),
      camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'granted',
        (error: Error) => error.name,
      ),
      place: await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('granted'),
          () => resolve('denied'),
        ),
      ),
    }));
    expect(answers.notification).toBe('denied');
    expect(answers.camera).not.toBe('granted');
    expect(answers.place).toBe('denied');
    await expectUnharmed(studio, 'the permission');
  });

  test('takes no connection from a frame inside the page', async ({ studio, page }) => {
    await page.evaluate(() => document.body.append(document.createElement('iframe')));
    const frame = page.frames().find((each) => each !== page.mainFrame());
    const answer = await frame?.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve('answered');
          setTimeout(() => resolve(`silence, ${'reelwright' in window}`), 1500);
          port1.postMessage(JSON.stringify({ i: '1', p: { u: '/about', b: {} } }));
          parent.postMessage('reelwright:connect', '*', [port2]);
        }),
    );
    expect(answer).toBe('silence, false');
    await expectUnharmed(studio, 'a message of another frame or origin');
  });

  test('has no webview and no foreign frame', async ({ studio, page }) => {
    await page.evaluate(() => {
      const webview = document.createElement('webview');
      webview.setAttribute('src', 'https://example.com/');
      const frame = document.createElement('iframe');
      frame.src = 'https://example.com/';
      document.body.append(webview, frame);
    });
    await expectUnharmed(studio);
    expect(await studio.electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
  });

  test('has every preference of its page as it must be', async ({ studio }) => {
    const preferences = await studio.electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      ...{ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false },
      ...{ nodeIntegrationInSubFrames: false, allowRunningInsecureContent: false },
    });
  });
});

test.describe('the web host', () => {
  test.skip(({ host }) => host !== 'web', 'A window has no door.');

  const tries: [name: string, path: string, headers: Record<string, string>, status: number, logged: string][] = [
    ['without a token', '/', {}, 401, 'no token'],
    ['with a guessed token', '/?token=guess', {}, 401, 'a wrong token'],
    [
      'from a page of another origin',
      '/api/v1/queue',
      { origin: 'https://evil.example' },
      403,
      'the Origin https://evil.example',
    ],
    ['under a name that was bent to this machine', '/', { host: 'evil.example' }, 421, 'the Host evil.example'],
    ['for a file outside', '/media/clips/..%2f..%2freelwright.db', { token: 'yes' }, 400, 'leaves its folder'],
    ['for a file outside, plainly', '/media/../../reelwright.db', { token: 'yes' }, 400, 'leaves its folder'],
  ];
  for (const [name, path, { token, ...headers }, status, logged] of tries) {
    test(`refuses a request ${name}`, async ({ studio }) => {
      const bearer = token === undefined ? {} : { authorization: `Bearer ${tokenOf(studio)}` };
      expect(await statusOf(studio, path, { ...headers, ...bearer })).toBe(status);
      await expectUnharmed(studio, logged);
    });
  }

  test('opens no socket without a token', async ({ studio }) => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const socket = { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    expect(await statusOf(studio, '/api/socket', socket)).toBe(401);
    await expectUnharmed(studio, 'a WebSocket to /api/socket: no token');
  });

  test('keeps its token out of the address, of scripts, of referrers and of the log', async ({ studio, page }) => {
    const token = tokenOf(studio);
    expect(page.url()).not.toContain(token);
    expect(await page.evaluate(() => document.cookie + document.referrer)).toBe('');
    const cookies = await page.context().cookies();
    expect(cookies).toEqual([expect.objectContaining({ value: token, httpOnly: true, sameSite: 'Strict' })]);
    await statusOf(studio, `/media/x?token=${token}`, { host: 'evil.example' });
    await expectUnharmed(studio, 'the Host evil.example');
    expect(studio.log()).not.toContain(token);
  });

  test('lets another browser tab of the same person in, and nobody without the cookie', async ({ studio, page }) => {
    const second: Page = await page.context().newPage();
    await second.goto(new URL('/', studio.address).href);
    await expect(second.getByRole('navigation').first()).toBeVisible();
    await second.close();
    // The studio's own page keeps its cookie: others go on with it.
    const elsewhere = await page.context().browser()?.newContext();
    if (elsewhere === undefined) throw new Error('There is no browser.');
    const stranger = await elsewhere.newPage();
    const answer = await stranger.goto(new URL('/', studio.address).href);
    expect(answer?.status()).toBe(401);
    expect(await stranger.locator('body').innerText()).toContain('Open the address that Reelwright printed');
    await elsewhere.close();
  });
});

const tokenOf = (studio: Studio) => new URL(studio.address).searchParams.get('token') ?? '';

/** By node:http, which sends paths and headers as they are. */
function statusOf(studio: Studio, path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(studio.address);
  return new Promise((resolve, reject) => {
    const asked = request({ host: hostname, port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('upgrade', (_, stream) => {
      stream.destroy();
      resolve(101);
    });
    asked.on('error', reject);
    asked.end();
  });
}
