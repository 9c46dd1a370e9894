import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { h100 } from './cardCases.ts';
import { cardSection, recoverySection } from './cardReport.ts';
import { measuredResults } from './cardResults.ts';
import { root } from './root.ts';

const page = (name: string) => readFile(join(root, 'docs', name), 'utf8');

describe('what was measured on a card', () => {
  it('is what the pages say', async () => {
    const results = await measuredResults(h100.name);
    expect(await page('benchmarks.md')).toContain(cardSection(results));
    expect(await page('oom-recovery.md')).toContain(recoverySection(results));
  });
});
