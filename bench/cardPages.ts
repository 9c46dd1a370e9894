/** What the programs of bench/gpu printed, into docs/benchmarks.md, docs/frontier.svg and docs/oom-recovery.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeasuredCard } from './cardCases.ts';
import { cardSection, cardTitle, recoverySection } from './cardReport.ts';
import { measuredResults } from './cardResults.ts';
import { frontier } from './frontier.ts';
import { root } from './root.ts';
import { between, withSection } from './sections.ts';

export async function reportCard(card: MeasuredCard): Promise<void> {
  const results = await measuredResults(card.name);
  const section = cardSection(results);
  const page = join(root, 'docs', 'benchmarks.md');
  const picture = '\n![Seconds against memory](frontier.svg)\n';
  await writeFile(page, withSection(await readFile(page, 'utf8'), cardTitle, `${section}${picture}`));
  await writeFile(join(root, 'docs', 'frontier.svg'), await frontier(results, card));
  const recovery = recoverySection(results);
  if (recovery !== '') {
    const recoveries = join(root, 'docs', 'oom-recovery.md');
    await writeFile(recoveries, between(await readFile(recoveries, 'utf8'), 'bench:recovery', recovery));
  }
  process.stdout.write(section);
}
