import { dirname } from 'node:path';
import { isRunning } from '../../../contract/job.ts';
import { clipNamer } from '../jobs/index.ts';
import { checkFolder } from '../settings/index.ts';
import type { Studio } from '../studio.ts';
import { clipsFolder, naming } from './ask.ts';

/**
 * Clips that wait for a folder which is gone, or may not be written to, go to where new ones go, with all that is done of
 * them. @throws {Refused} when that cannot be written to either.
 */
export async function placeAnew(studio: Studio): Promise<void> {
  const { jobs } = studio;
  const waiting = jobs.waiting().filter(({ state }) => !isRunning(state));
  const gone = new Set<string>();
  for (const folder of new Set(waiting.map(({ out }) => dirname(out)))) {
    const problem = await checkFolder(folder);
    if (problem !== null && problem !== 'full') gone.add(folder);
  }
  if (gone.size === 0) return;
  const name = await clipNamer(await clipsFolder(studio), () => jobs.promised());
  const namesOf = naming(studio);
  for (const { id } of waiting) {
    // Looked at again: it may have begun meanwhile.
    const job = jobs.get(id);
    if (job !== null && !isRunning(job.state) && gone.has(dirname(job.out))) jobs.setOut(id, name(namesOf(job)));
  }
}
