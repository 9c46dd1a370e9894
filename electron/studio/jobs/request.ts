import { createHash, randomInt } from 'node:crypto';
import { limits, type RenderSettings } from '../../../contract/render.ts';
import type { Shortcut } from '../../../contract/shortcut.ts';
import type { NewJob } from './store.ts';

/** What was asked for. A seed that is not given is drawn when the job is made. */
export interface RenderRequest {
  model: string;
  settings: Omit<RenderSettings, 'seed'> & { seed: number | null };
  /** The id of the picture that `settings.image` is the file of, when the studio took it in. */
  picture: string | null;
  out: string;
  overwrite: boolean;
  memoryLimit?: number | undefined;
  shortcut?: Shortcut | undefined;
}

/** Equal where the same picture is asked for: then an unfinished job is taken up instead of beginning anew. */
export function requestKey({ model, settings, out, shortcut }: RenderRequest): string {
  const asked = { ...settings, model, out, ...(shortcut === undefined ? {} : { shortcut }) };
  const ordered = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(ordered)).digest('hex');
}

/** As a job: its seed is settled. */
export function seeded(request: RenderRequest): NewJob {
  const seed = request.settings.seed ?? randomInt(limits.seed.max + 1);
  return { ...request, settings: { ...request.settings, seed }, requestKey: requestKey(request) };
}
