import { win32 } from 'node:path';
import { createInterface } from 'node:readline';
import type { Card, CardSample, CardUser, TelemetrySource } from '../../../contract/telemetry.ts';
import { restartDelay } from '../sidecar/restart.ts';
import { byBytes, type CardReader, type Ours, programName, silent } from './cards.ts';

const columns = [
  'uuid',
  'name',
  'driver_version',
  'memory.total',
  'memory.free',
  'utilization.gpu',
  'power.draw',
  'enforced.power.limit',
  'temperature.gpu',
  'clocks.gr',
  'clocks.mem',
  'pcie.link.gen.max',
  'pcie.link.width.current',
] as const;
type Column = (typeof columns)[number];

const MiB = 2 ** 20;
const csv = '--format=csv,noheader,nounits';
/** A line older than this many milliseconds says nothing about now. */
const staleAfter = 2_000;
const usersWithin = 10_000;

/** By its full path on Windows: a program of that name in the current folder is never started. */
export function smiProgram(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  if (env['REELWRIGHT_NVIDIA_SMI']) return env['REELWRIGHT_NVIDIA_SMI'];
  if (platform !== 'win32') return 'nvidia-smi';
  return win32.join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'nvidia-smi.exe');
}

/** A card as one line of nvidia-smi describes it; null when the line is something else. */
export function parseLine(line: string): { card: Card; sample: CardSample } | null {
  const parts = line.split(',').map((part) => part.trim());
  const id = parts[0];
  if (parts.length !== columns.length || !id?.startsWith('GPU-')) return null;
  const text = (column: Column): string => parts[columns.indexOf(column)] ?? '';
  // "[N/A]", "[Not Supported]", "[GPU is lost]" are no numbers.
  const number = (column: Column, scale = 1): number | null => {
    const value = text(column);
    return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) * scale : null;
  };
  const memoryTotal = number('memory.total', MiB);
  const free = number('memory.free', MiB);
  const generation = number('pcie.link.gen.max');
  const width = number('pcie.link.width.current');
  const powerLimit = number('enforced.power.limit');
  return {
    card: {
      id,
      name: text('name'),
      driver: /^\d/.test(text('driver_version')) ? text('driver_version') : null,
      memoryTotal,
      powerLimit,
      pcie: generation !== null && width !== null ? `${generation}.0 x${width}` : null,
    },
    sample: {
      ...silent(id),
      utilisation: number('utilization.gpu'),
      memoryUsed: memoryTotal !== null && free !== null ? memoryTotal - free : null,
      memoryTotal,
      power: number('power.draw'),
      powerLimit,
      temperature: number('temperature.gpu'),
      clockGraphics: number('clocks.gr'),
      clockMemory: number('clocks.mem'),
    },
  };
}

/** `clock` tells milliseconds and only goes forward. */
export function smiCards(program: string, interval: number, clock: () => number): CardReader {
  const known = new Map<string, { card: Card; sample: CardSample; at: number }>();
  let state: 'starting' | 'running' | 'failing' | 'missing' | 'no-card' = 'starting';
  let failures = 0;
  let kill: (() => void) | null = null;
  let retry: NodeJS.Timeout | null = null;
  let closed = false;
  let ended: Promise<void> = Promise.resolve();

  function start(): void {
    retry = null;
    ended = run().then(() => {
      if (closed || state === 'missing') return;
      failures += 1;
      // Never at once: a driver that is not there is not worth a process a second.
      retry = setTimeout(start, restartDelay(failures + 1));
    });
  }

  async function run(): Promise<void> {
    let said = '';
    const { execa } = await import('execa');
    if (closed) return;
    const running = execa(program, [`--query-gpu=${columns.join(',')}`, csv, `--loop-ms=${interval}`], {
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stderr: 'ignore',
      windowsHide: true,
    });
    kill = () => void running.kill('SIGKILL');
    if (running.stdout) {
      for await (const line of createInterface({ input: running.stdout })) {
        const read = parseLine(line);
        if (!read) {
          said = line;
          continue;
        }
        known.set(read.card.id, { ...read, at: clock() });
        state = 'running';
        failures = 0;
      }
    }
    const result = await running;
    kill = null;
    if (result.code === 'ENOENT' || result.code === 'EACCES') state = 'missing';
    else state = /no devices/i.test(said) ? 'no-card' : 'failing';
  }

  start();
  return {
    source(): TelemetrySource {
      const answers = [...known.values()].some(({ at }) => clock() - at < staleAfter);
      if (answers) return { kind: 'nvidia-smi' };
      if (known.size > 0) return { kind: 'none', reason: 'driver-lost' };
      if (state === 'starting') return { kind: 'none', reason: 'starting' };
      return { kind: 'none', reason: state === 'no-card' ? 'no-card' : 'no-driver' };
    },
    cards: () => [...known.values()].map(({ card }) => card),
    read(now, ours) {
      const memoryOurs = known.size === 1 ? ours.reservedBytes : null;
      return [...known.values()].map(({ card, sample, at }) =>
        now - at < staleAfter ? { ...sample, memoryOurs } : silent(card.id),
      );
    },
    async users(card, ours) {
      const { execa } = await import('execa');
      const { stdout } = await execa(program, ['--query-compute-apps=gpu_uuid,pid,process_name,used_memory', csv], {
        reject: false,
        timeout: usersWithin,
        windowsHide: true,
      });
      return parseUsers(stdout ?? '', card, ours);
    },
    async close() {
      closed = true;
      if (retry) clearTimeout(retry);
      kill?.();
      await ended;
    },
  };
}

export function parseUsers(text: string, card: string, ours: Ours): CardUser[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .filter(([id, pid]) => id === card && /^\d+$/.test(pid ?? ''))
    .map(([, pid, ...rest]) => {
      const used = rest.at(-1) ?? '';
      const own = Number(pid) === ours.pid;
      const bytes = /^\d+$/.test(used) ? Number(used) * MiB : null;
      return {
        pid: Number(pid),
        name: programName(rest.slice(0, -1).join(',')),
        ours: own,
        bytes: bytes ?? (own ? ours.reservedBytes : null),
        utilisation: null,
      };
    })
    .sort(byBytes);
}
