/**
 * The planner's plans for a card that is measured elsewhere, and what came of them. On a machine with a card of its own
 * `npm run bench -- card` does all of it.
 *
 *     node bench/plans.ts write     build/gpu/plans-MODEL.jsonl, for a machine with a card, and there:
 *                                   python bench/gpu/plans.py --model 5b --plans-from build/gpu/plans-5b.jsonl
 *     node bench/plans.ts report    what the programs of bench/gpu printed, which is kept in bench/gpu/measured, into
 *                                   docs/benchmarks.md, docs/frontier.svg and docs/oom-recovery.md
 */
import { h100, writeCases } from './cardCases.ts';
import { reportCard } from './cardPages.ts';

const [command, ...others] = process.argv.slice(2);
if (command === 'report' && others.length === 0) await reportCard(h100);
else if (command === 'write' && others.length === 0) await writeCases(h100);
else throw new Error('Usage: node bench/plans.ts write | report');
