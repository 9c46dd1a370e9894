import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FuzzReport } from './fuzzer.ts';
import { machine, table } from './report.ts';
import { root } from './root.ts';

const file = join(root, 'docs', 'security.md');
const marks = ['<!-- fuzz: written by `npm run bench -- fuzz` -->', '<!-- /fuzz -->'] as const;
const mb = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
const allowed = { ms: 100, peakBytes: 384 * 2 ** 20, keptBytes: 4 * 2 ** 20 };

/** Puts mutated things through `receive` and writes what came of it into docs/security.md. */
export async function fuzz(count = 100_000, first = 1): Promise<void> {
  const node = ['--permission', '--allow-fs-read=*', '--expose-gc', '--max-old-space-size=128'];
  const { stdout } = await execa(
    process.execPath,
    [...node, join(import.meta.dirname, 'fuzzer.ts'), String(first), String(count)],
    { stderr: 'inherit' },
  );
  const report = JSON.parse(stdout) as FuzzReport;
  const page = await readFile(file, 'utf8');
  const [before, rest] = page.split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no place for the figures.`);
  const text = section(report, count);
  await writeFile(file, `${before}${marks[0]}\n\n${text}\n\n${marks[1]}${after}`);
  process.stdout.write(`${text}\n`);
  const { crashes, slowest, peakBytes, keptBytes } = report;
  const tooMuch = peakBytes > allowed.peakBytes || keptBytes > allowed.keptBytes;
  if (crashes.length > 0 || slowest.ms > allowed.ms || tooMuch) {
    throw new Error('Something that came in crashed, took too long or took too much memory.');
  }
}

function section({ kinds, crashes, slowest, peakBytes, keptBytes }: FuzzReport, count: number): string {
  const rows = Object.entries(kinds).map(([kind, { count, taken, slowestMs }]) => [
    ...[kind, count.toLocaleString('en'), taken.toLocaleString('en'), slowestMs.toFixed(1)],
  ]);
  return `${count.toLocaleString('en')} mutated things: ${crashes.length} crashes; slowest ${slowest.ms.toFixed(1)} ms (allowed: ${allowed.ms}); the process that made and
read them had at most ${mb(peakBytes)} MB (allowed: ${mb(allowed.peakBytes)}) and held ${mb(Math.max(0, keptBytes))} MB more at the end than at the beginning (allowed: ${mb(allowed.keptBytes)}).
It ran without the right to write any file (\`node --permission\`): an attempt would have been a crash.

${table(['in', 'given', 'still good', 'slowest, ms'], rows)}

${machine()}`;
}
