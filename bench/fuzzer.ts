/**
 * What `fuzz.ts` starts without the right to write a file: gives mutated things to `receive`, one after the other, and
 * tells as JSON how it went. Arguments: the first seed, and how many.
 */
import { Received } from '../contract/received.ts';
import { receive } from '../electron/studio/sharing/index.ts';
import { type MutatedKind, mutatedKinds, mutation } from '../electron/studio/sharing/mutations.fixture.ts';

export interface FuzzReport {
  kinds: Record<MutatedKind, { count: number; taken: number; slowestMs: number }>;
  /** Seeds that ended in an error, or in an answer that is none. */
  crashes: number[];
  slowest: { seed: number; ms: number };
  /** The most that the process had, and how much more was held at the end than after the first few. */
  peakBytes: number;
  keptBytes: number;
}

const [first, count] = process.argv.slice(2).map(Number) as [number, number];

/** In use after everything that nobody needs has been given back. */
async function held(): Promise<number> {
  globalThis.gc?.();
  await new Promise(setImmediate);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function timed(given: Uint8Array | string): Promise<{ ms: number; received: unknown }> {
  const begun = performance.now();
  const received = await receive(given);
  return { ms: performance.now() - begun, received };
}

async function run(): Promise<FuzzReport> {
  const kinds = Object.fromEntries(
    mutatedKinds.map((kind) => [kind, { count: 0, taken: 0, slowestMs: 0 }]),
  ) as FuzzReport['kinds'];
  const crashes: number[] = [];
  let slowest = { seed: first, ms: 0 };
  // Compiled and grown to its ordinary size before it is looked at.
  for (let seed = first; seed < first + 500; seed += 1) await receive(mutation(seed).given).catch(() => {});
  const before = await held();
  for (let seed = first; seed < first + count; seed += 1) {
    const { kind, given } = mutation(seed);
    const of = kinds[kind];
    of.count += 1;
    // What nobody holds any more is no growth.
    if (seed % 500 === 0) await held();
    try {
      let { ms, received } = await timed(given);
      // What the machine did meanwhile is not counted: a slow one is slow each time.
      for (let again = 0; again < 3 && ms > 20; again += 1) ms = Math.min(ms, (await timed(given)).ms);
      const answer = Received.parse(received);
      if (answer.kind !== 'refused') of.taken += 1;
      of.slowestMs = Math.max(of.slowestMs, ms);
      if (ms > slowest.ms) slowest = { seed, ms };
    } catch (error) {
      crashes.push(seed);
      console.error(`seed ${seed}:`, error);
    }
  }
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { kinds, crashes, slowest, peakBytes, keptBytes: (await held()) - before };
}

process.stdout.write(JSON.stringify(await run()));
