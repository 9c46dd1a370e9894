/**
 * `npm run test:faults`: causes every fault many times, and writes how that went into docs/oom-recovery.md.
 *
 *   npm run test:faults                       all of it, with 200 kills
 *   npm run test:faults -- kills damage       these parts; the others' lines stay as they are
 *   npm run test:faults -- kills --count 20 --seed 7
 *   npm run test:faults -- disk --count 400   a full disk at every single call: for some hours
 */
import { parseArgs } from 'node:util';
import { type Part, parts, type Wanted } from './parts.ts';
import { writeFindings } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const unknown = [
  ...positionals.filter((name) => !(name in parts)),
  ...Object.values(values).filter((value) => !/^\d{1,9}$/.test(value)),
];
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(', ')}? The parts are: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}
const wanted: Wanted = {
  count: values.count === undefined ? null : Number(values.count),
  seed: Number(values.seed),
  say: (line) => void process.stdout.write(`${line}\n`),
};
const chosen = Object.entries(parts).filter(([name]) => positionals.length === 0 || positionals.includes(name));
for (const [name, part] of chosen) await cause(name, part);

async function cause(name: string, part: Part): Promise<void> {
  wanted.say(`${name}, seed ${wanted.seed}`);
  const cannot = part.cannot();
  if (cannot !== null) {
    wanted.say(`  left out: ${cannot}`);
    return;
  }
  const findings = await part.run(wanted);
  for (const { fault, wrong } of findings) for (const line of wrong) wanted.say(`  WRONG: ${fault}: ${line}`);
  if (findings.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
  await writeFindings(findings, wanted.seed);
}
