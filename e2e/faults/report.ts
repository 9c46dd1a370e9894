import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machine, table } from '../../bench/report.ts';
import { root } from '../cli.ts';

/** One line of the table. */
export interface Finding {
  fault: string;
  tried: number;
  /** Of these, how many came to the same frames with nothing lost or left. */
  whole: number;
  remark: string;
  wrong: string[];
}

const file = join(root, 'docs', 'oom-recovery.md');
const [begin, end] = ['<!-- faults -->', '<!-- /faults -->'];
const head = ['fault', 'caused', 'same frames, nothing lost, nothing left', 'what was seen', 'seed, date'];

/** Puts the lines in the places of those about the same faults. */
export async function writeFindings(findings: readonly Finding[], seed: number): Promise<void> {
  const page = await readFile(file, 'utf8').catch(() => '# When a render fails\n');
  const [before = '', rest = ''] = page.includes(begin) ? page.split(begin) : [`${page.trimEnd()}\n\n`];
  const [section = '', after = '\n'] = rest.split(end);
  const rows = new Map(rowsIn(section).map((row) => [row[0] ?? '', row]));
  const date = new Date().toISOString().slice(0, 10);
  for (const { fault, tried, whole, remark } of findings)
    rows.set(fault, [fault, String(tried), String(whole), remark, `${seed}, ${date}`]);
  const text = `${begin}
## Faults that are really caused

Written by \`npm run test:faults\`, with the starter model on the processor. ${machine()}

${table(head, [...rows.values()])}
${end}`;
  await writeFile(file, `${before}${text}${after}`);
}

const rowsIn = (section: string): string[][] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));
