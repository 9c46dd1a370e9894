import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { WebSocket } from 'ws';
import { browserProgram } from './browser.ts';

/**
 * Milliseconds a second that the main thread of the room `hash` of the studio at `address` works while another tab is in front of it.
 * Spoken to directly: Playwright lets every page believe that it is shown.
 */
export async function workBehind(address: string, hash: string, seconds: number): Promise<number> {
  const profile = await mkdtemp(join(tmpdir(), 'reelwright-browser-'));
  const args = ['--headless=new', '--no-sandbox', '--no-first-run', '--remote-debugging-port=0'];
  const browser = execa(await browserProgram(), [...args, `--user-data-dir=${profile}`, 'about:blank'], {
    reject: false,
    buffer: false,
    stdout: 'ignore',
  });
  try {
    const devtools = await openDevtools(await debuggerAddress(browser.stderr));
    const page = await devtools.page(address);
    await page('Performance.enable', {});
    await sleep(3000);
    // The token's page leads on by itself, without what stood behind the #.
    await page('Runtime.evaluate', { expression: `location.hash = ${JSON.stringify(hash)}` });
    await sleep(3000);
    await devtools.page('about:blank');
    await sleep(2000);
    const state = await page('Runtime.evaluate', { expression: 'document.visibilityState', returnByValue: true });
    if (JSON.stringify(state).includes('visible')) throw new Error('The page is still shown.');
    const before = busySeconds(await page('Performance.getMetrics', {}));
    await sleep(1000 * seconds);
    const after = busySeconds(await page('Performance.getMetrics', {}));
    devtools.close();
    return ((after - before) * 1000) / seconds;
  } finally {
    browser.kill();
    await browser;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Send = (method: string, params: object) => Promise<unknown>;

async function openDevtools(address: string) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, (result: unknown) => void>();
  let last = 0;
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: unknown };
    if (id !== undefined) waiting.get(id)?.(error ?? result);
  });
  const send = (method: string, params: object, sessionId?: string): Promise<unknown> => {
    const id = ++last;
    const answer = new Promise<unknown>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    return answer;
  };
  return {
    /** Opens a tab in front of the others. */
    async page(url: string): Promise<Send> {
      const { targetId } = (await send('Target.createTarget', { url })) as { targetId: string };
      const attached = await send('Target.attachToTarget', { targetId, flatten: true });
      const { sessionId } = attached as { sessionId: string };
      return (method, params) => send(method, params, sessionId);
    },
    close: () => socket.close(),
  };
}

async function debuggerAddress(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const found = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error('The browser has ended.');
}

function busySeconds(answer: unknown): number {
  const { metrics } = answer as { metrics: { name: string; value: number }[] };
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}
