import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { root } from './root.ts';

const Usage = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  longestBlockMs: z.number(),
  residentBytes: z.number(),
});
/** Since it was last asked. */
export type Usage = z.infer<typeof Usage>;

const Served = z.object({ address: z.string(), port: z.int() });

export interface Host {
  address: string;
  /** Milliseconds from the start of the process to the printed address. */
  listeningAfter: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/** The same for as long as the task runs. */
export async function inHost<Value>(
  home: string,
  env: Record<string, string>,
  task: (host: Host) => Promise<Value>,
): Promise<Value> {
  const host = await startHost(home, env);
  try {
    return await task(host);
  } finally {
    await host.stop();
  }
}

/** The web studio in a process of its own, watched from inside. */
async function startHost(home: string, env: Record<string, string>): Promise<Host> {
  const begun = performance.now();
  const probe = pathToFileURL(join(import.meta.dirname, 'probe.mjs')).href;
  const program = join(root, 'electron', 'cli', 'main.ts');
  const child = execa(process.execPath, ['--import', probe, program, 'serve', '--json'], {
    env: { REELWRIGHT_HOME: home, ...env },
    ipc: true,
    buffer: false,
    reject: false,
    stdin: 'ignore',
    stderr: 'inherit',
  });
  // One line, and the program goes on.
  const listening = await new Promise<z.infer<typeof Served>>((resolve, reject) => {
    child.stdout.once('data', (line) => {
      const parsed = Served.safeParse(JSON.parse(String(line)));
      if (parsed.success) resolve(parsed.data);
      else reject(new Error(`The web studio did not start: ${String(line)}`));
    });
    void child.then(() => reject(new Error('The web studio did not start.')));
  });
  return {
    address: listening.address,
    listeningAfter: performance.now() - begun,
    async usage() {
      const told = child.getOneMessage();
      await child.sendMessage('tell');
      return Usage.parse(await told);
    },
    async stop() {
      child.kill('SIGTERM');
      await child;
    },
  };
}
