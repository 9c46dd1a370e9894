import { closeSync, openSync, readSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { HostSample } from '../../../contract/telemetry.ts';

/** Work of all cores since the machine was started, in any unit. */
export interface Work {
  busy: number;
  total: number;
}

export interface Disk {
  used: number;
  total: number;
}

/** Percent of all cores between two readings; null where the second is not later. */
export function share(before: Work | null, now: Work | null): number | null {
  if (!before || !now || now.total <= before.total) return null;
  return Math.min(100, Math.max(0, ((now.busy - before.busy) / (now.total - before.total)) * 100));
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
export function parseStat(text: string): Work | null {
  const line = /^cpu +([\d ]+)/.exec(text)?.[1];
  if (line === undefined) return null;
  const times = line.trim().split(' ').slice(0, 8).map(Number);
  const total = times.reduce((sum, time) => sum + time, 0);
  return { total, busy: total - (times[3] ?? 0) - (times[4] ?? 0) };
}

/** What can still be used without swapping: Linux counts caches as used otherwise. */
export function parseMemory(text: string): { used: number; total: number } | null {
  const of = (name: string): number | null => {
    const found = new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1];
    return found === undefined ? null : Number(found) * 1024;
  };
  const total = of('MemTotal');
  const available = of('MemAvailable');
  return total === null || available === null ? null : { total, used: total - available };
}

/** A file of /proc that is read again and again without being opened again. */
function procFile(path: string): () => string | null {
  const buffer = Buffer.alloc(4096);
  let file: number | null = null;
  return () => {
    try {
      file ??= openSync(path, 'r');
      return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
    } catch {
      if (file !== null) closeSync(file);
      file = null;
      return null;
    }
  };
}

function allCores(): Work {
  const work: Work = { busy: 0, total: 0 };
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.idle + times.irq;
    work.total += sum;
    work.busy += sum - times.idle;
  }
  return work;
}

export interface HostReader {
  read(disk: Disk | null): HostSample;
}

/** The computer itself. Reads /proc directly: the portable way opens two files a core for it. */
export function hostReader(platform: NodeJS.Platform = process.platform): HostReader {
  const stat = platform === 'linux' ? procFile('/proc/stat') : null;
  const meminfo = platform === 'linux' ? procFile('/proc/meminfo') : null;
  const cores = Math.max(1, cpus().length);
  let before: Work | null = null;
  return {
    read(disk) {
      const text = stat?.() ?? null;
      const work = text === null ? allCores() : parseStat(text);
      const cpu = share(before, work);
      before = work;
      const memory = parseMemory(meminfo?.() ?? '') ?? { total: totalmem(), used: totalmem() - freemem() };
      return {
        cpu,
        load: platform === 'win32' ? null : (loadavg()[0] ?? 0) / cores,
        memoryUsed: memory.used,
        memoryTotal: memory.total,
        diskUsed: disk?.used ?? null,
        diskTotal: disk?.total ?? null,
      };
    },
  };
}
