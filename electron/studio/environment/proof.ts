import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { interpreter } from './marker.ts';
import { CannotSetUp, Device } from './outcome.ts';
import { runProgram } from './program.ts';
import { cleanEnvironment, log, type Workshop } from './workshop.ts';

const Proof = z.object({ torch: z.string().nullable(), device: Device });
export type Proof = z.infer<typeof Proof>;

const Damage = z.object({
  missing: z.array(z.string()),
  changed: z.array(z.string()),
  unreadable: z.array(z.string()),
});
/** Packages with files that are gone, and with files that are no longer what was installed. */
export type Damage = Pick<z.infer<typeof Damage>, 'missing' | 'changed'>;

const inspector = join(import.meta.dirname, 'inspect_packages.py');

/** Imports what the worker needs and calculates something. Null when that does not work. */
export async function prove(shop: Workshop): Promise<Proof | null> {
  shop.report({ phase: 'proof', sentence: 'Trying the engine', expectedSeconds: 20 });
  const answer = await python(shop, [shop.recipe.probe]);
  return answer === null ? null : (Proof.safeParse(answer).data ?? null);
}

/** Looks at every installed file: present and of its size; `thorough` also reads it. */
export async function findDamage(shop: Workshop, thorough: boolean): Promise<Damage> {
  shop.report({ phase: 'inspection', sentence: 'Looking at what is installed', expectedSeconds: thorough ? 30 : 3 });
  const damage = Damage.safeParse(await python(shop, [inspector, ...(thorough ? ['--thorough'] : [])])).data;
  // Nothing but a new installation can mend a record that says nothing.
  for (const record of damage?.unreadable ?? []) rmSync(record, { recursive: true, force: true });
  return { missing: damage?.missing ?? [], changed: damage?.changed ?? [] };
}

/** What a Python program of the environment prints as its last line; null when it fails. @throws {CannotSetUp} */
async function python(shop: Workshop, args: string[]): Promise<unknown> {
  const options = { env: cleanEnvironment(shop.env), signal: shop.signal };
  const { code, stdout, all } = await runProgram(interpreter(shop.folder), ['-I', ...args], options);
  try {
    if (code === 0) return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } catch {
    // Logged below, like any other failure.
  }
  log(shop, all);
  const lacking = lackingSystemLibrary(all);
  if (lacking !== null) throw lacking;
  return null;
}

/** What the system itself lacks, by torch's own words on Windows; null where it says nothing of the kind. */
function lackingSystemLibrary(words: string): CannotSetUp | null {
  if (!/Visual C\+\+ Redistributable is not installed/i.test(words)) return null;
  const sentence = 'The engine needs the Microsoft Visual C++ Redistributable, which this computer does not have.';
  const action = 'Install it from https://aka.ms/vs/17/release/vc_redist.x64.exe and start again.';
  return new CannotSetUp('proof-failed', sentence, action);
}
