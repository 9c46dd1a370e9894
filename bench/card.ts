/** `npm run bench -- card`: all that bench/gpu measures, on this machine's card, and the pages that tell of it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { type MeasuredCard, writeCases } from './cardCases.ts';
import { reportCard } from './cardPages.ts';
import { keepResults } from './cardResults.ts';
import { root } from './root.ts';

/** What the pages have a table for. Hours on a card; each can be asked for by itself. */
const everything = [
  ...['plans:2b', 'plans:5b', 'planned:5b-i2v', 'planned:1.5-5b'],
  ...['attention', 'products', 'blocks', 'compiled', 'eight', 'cached', 'profile', 'sage', 'autotune'],
  ...['official:5b:6', 'official:5b:16', 'loading:5b'],
  ...['recovery:2b', 'recovery:5b', 'recovery:5b-i2v', 'recovery:1.5-5b', 'leak:2b', 'lost:2b'],
];

const look = `
import json, torch
if torch.cuda.is_available():
    card = torch.cuda.get_device_properties(0)
    print(json.dumps({"name": card.name, "generation": card.major, "bytes": card.total_memory}))
`;
const Seen = z.object({ name: z.string(), generation: z.number(), bytes: z.number() });
const gib = 2 ** 30;

async function cardOf(python: string): Promise<MeasuredCard> {
  const { stdout } = await execa(python, ['-c', look]);
  if (stdout === '') throw new Error('There is no card here that torch can calculate on.');
  const { name, generation, bytes } = Seen.parse(JSON.parse(stdout));
  return { name, generation, memory: bytes / gib, host: totalmem() / gib };
}

export async function measureCard(python: string, parts: readonly string[]): Promise<void> {
  const card = await cardOf(python);
  await writeCases(card);
  const results = await mkdtemp(join(tmpdir(), 'reelwright-card-'));
  try {
    const wanted = parts.length > 0 ? parts : everything;
    const path = [dirname(python), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
    await execa('bash', [join(root, 'bench', 'gpu', 'all.sh'), results, ...wanted], {
      env: { PATH: path },
      stdio: 'inherit',
    });
    const names = (await readdir(results)).filter((name) => name.endsWith('.jsonl')).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(results, name), 'utf8')));
    if (texts.join('') === '') throw new Error(await readFile(join(results, 'all.log'), 'utf8'));
    const day = new Date().toISOString().slice(0, 16).replace(':', '');
    await keepResults(`${day}-${card.name.replaceAll(/\W+/g, '-').toLowerCase()}.jsonl`, texts.join(''));
  } finally {
    await rm(results, { recursive: true, force: true });
  }
  await reportCard(card);
}
