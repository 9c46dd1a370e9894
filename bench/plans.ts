/**
 * The planner's plans for a card that is measured elsewhere, and what came of them.
 *
 *     node bench/plans.ts write     build/gpu/plans-MODEL.jsonl, for a machine with a card, and there:
 *                                   python bench/gpu/plans.py --model 5b --plans-from build/gpu/plans-5b.jsonl
 *     node bench/plans.ts report    what the programs of bench/gpu printed, which is kept in bench/gpu/measured, into
 *                                   docs/benchmarks.md, docs/frontier.svg and docs/oom-recovery.md
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCases } from './cardCases.ts';
import { cardSection, cardTitle, recoverySection } from './cardReport.ts';
import { measuredResults } from './cardResults.ts';
import { frontier } from './frontier.ts';
import { root } from './root.ts';
import { between, withSection } from './sections.ts';

const [command, ...others] = process.argv.slice(2);
if (command === 'report' && others.length === 0) await report();
else if (command === 'write' && others.length === 0) await writeCases();
else throw new Error('Usage: node bench/plans.ts write | report');

async function report(): Promise<void> {
  const results = await measuredResults();
  const section = cardSection(results);
  const page = join(root, 'docs', 'benchmarks.md');
  const picture = '\n![Seconds against memory](frontier.svg)\n';
  await writeFile(page, withSection(await readFile(page, 'utf8'), cardTitle, `${section}${picture}`));
  await writeFile(join(root, 'docs', 'frontier.svg'), await frontier(results));
  const recovery = recoverySection(results);
  if (recovery !== '') {
    const recoveries = join(root, 'docs', 'oom-recovery.md');
    await writeFile(recoveries, between(await readFile(recoveries, 'utf8'), 'bench:recovery', recovery));
  }
  process.stdout.write(section);
}
