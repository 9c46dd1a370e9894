import { cpus, loadavg, totalmem } from 'node:os';

/** The machine that is measured, and when. */
export function machine(): string {
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`;
  const date = new Date().toISOString().slice(0, 10);
  return `Machine: ${processor}, ${cpus().length} cores, ${memory}, ${process.platform} ${process.arch}, no card used. Date: ${date}.${busy()}`;
}

/** Said where others were at work too: what is measured then is more than it takes. Windows tells no load. */
function busy(): string {
  const [, , load = 0] = loadavg();
  const cores = cpus().length;
  return load > 1.5 * cores ? ` Other programs were at work meanwhile: load ${load.toFixed(1)}.` : '';
}

export const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The value below which that part of them lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
