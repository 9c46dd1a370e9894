import { randomInt } from 'node:crypto';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Batch } from '../../../contract/batch.ts';
import { clipName } from '../../../contract/clipName.ts';
import type { Draft } from '../../../contract/draft.ts';
import {
  type BatchProblem,
  batchProblem,
  expandBatch,
  linesOf,
  promptProblem,
  type Wanted,
} from '../../../contract/expandBatch.ts';
import type { Job } from '../../../contract/job.ts';
import { limits } from '../../../contract/render.ts';
import { clipNamer, freeClipName, type NewJob, type RenderRequest, seeded } from '../jobs/index.ts';
import { shapeProblem } from '../models/index.ts';
import { Refused } from '../refused.ts';
import { checkFolder } from '../settings/index.ts';
import type { Studio } from '../studio.ts';

/** A draft as a job at the end of the queue. @throws {Refused} when it cannot be made here. */
export async function addDraft(studio: Studio, draft: Draft): Promise<Job> {
  const request = settled(await new Asker(studio).request(draft));
  return withFreeName(studio, await clipsFolder(studio), request, (out) =>
    studio.jobs.add(seeded({ ...request, out, overwrite: false })),
  );
}

/** All clips of a batch or none. @throws {Refused} */
export async function addBatch(studio: Studio, batch: Batch): Promise<Job[]> {
  const asker = new Asker(studio);
  const requests: Asked[] = [];
  for (const draft of draftsOf(studio, batch)) {
    requests.push(await asker.request(draft));
    // Others are served meanwhile: there may be ten thousand.
    if (requests.length % 500 === 0) await turn();
  }
  const name = await clipNamer(await clipsFolder(studio), () => studio.jobs.promised());
  const namesOf = naming(studio);
  const jobs: NewJob[] = requests
    .map(settled)
    .map((request) => seeded({ ...request, out: name(namesOf(request)), overwrite: false }));
  return studio.jobs.addMany(jobs);
}

function draftsOf(studio: Studio, batch: Batch): readonly Draft[] {
  if (batch.kind === 'drafts') return batch.drafts;
  return wantedOf(studio, batch).map(({ prompt, seed }) => ({ ...batch.draft, prompt, seed }));
}

function wantedOf(studio: Studio, { text, slots, seeds }: Extract<Batch, { kind: 'templates' }>) {
  const read = linesOf(text);
  if (read.kind === 'problem') throw refusedBatch(read.problem);
  const values = { slots, wildcards: studio.wildcards.values() };
  const problem = batchProblem(read.lines, values, seeds);
  if (problem !== null) throw refusedBatch(problem);
  const wanted: Wanted[] = [];
  // The first one that is too long ends it, before all of them are written out.
  for (const each of expandBatch(read.lines, values, seeds, () => randomInt(limits.seed.max + 1))) {
    const wrong = promptProblem(each);
    if (wrong !== null) throw refusedBatch(wrong);
    wanted.push(each);
  }
  return wanted;
}

const refusedBatch = (problem: BatchProblem): Refused =>
  new Refused({
    reason: 'batch',
    problem: problem.kind,
    line: 'line' in problem ? problem.line : null,
    name: 'name' in problem ? problem.name : null,
  });

/**
 * A waiting job with other settings, in its place. `stillWaits` is asked in the last moment. False when it is the same
 * clip still, with another memory limit at most: then what is kept of it stays. A shortcut makes another picture.
 * @throws {Refused}
 */
export async function changeJob(studio: Studio, job: Job, draft: Draft, stillWaits: () => void): Promise<boolean> {
  const request = settled(await new Asker(studio).request(draft));
  const { model, settings, shortcut } = request;
  if (model === job.model && shortcut === job.shortcut && isDeepStrictEqual(settings, job.settings)) {
    stillWaits();
    studio.jobs.setAsked(job.id, { overwrite: job.overwrite, memoryLimit: request.memoryLimit });
    return false;
  }
  const same = request.settings.prompt === job.settings.prompt;
  const put = (out: string) => {
    stillWaits();
    studio.jobs.change(job.id, seeded({ ...request, out, overwrite: job.overwrite }));
  };
  if (same) put(job.out);
  else await withFreeName(studio, dirname(job.out), request, put);
  return true;
}

type Asked = Omit<RenderRequest, 'out' | 'overwrite'>;

/** Names may be made of the seed: it is drawn before. */
function settled(asked: Asked) {
  const seed = asked.settings.seed ?? randomInt(limits.seed.max + 1);
  return { ...asked, settings: { ...asked.settings, seed } };
}

/** Takes a name in the very moment in which it is promised to nobody. */
async function withFreeName<Result>(
  studio: Studio,
  folder: string,
  request: ReturnType<typeof settled>,
  take: (out: string) => Result,
): Promise<Result> {
  const isPromised = (file: string) => studio.jobs.isPromised(file);
  for (;;) {
    const out = await freeClipName(folder, naming(studio)(request), isPromised);
    if (!isPromised(out)) return take(out);
  }
}

/** What clips may be called, as the settings say. */
export function naming(studio: Studio) {
  const { clipNames } = studio.remembered.settings();
  const at = new Date(studio.now());
  return ({ model, settings: { prompt, seed } }: Pick<NewJob, 'model' | 'settings'>) =>
    (n: number): string =>
      clipName(clipNames, { prompt, seed, model, at }, n);
}

type Found = Extract<Awaited<ReturnType<Studio['findModel']>>, { kind: 'model' }>['model'];

/** Looks at drafts, of which many may share a model and a picture. */
class Asker {
  readonly #studio: Studio;
  readonly #models = new Map<string, Promise<Found>>();
  readonly #pictures = new Map<string, Promise<string>>();

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  /** @throws {Refused} */
  async request(draft: Draft): Promise<Asked> {
    const { model: wanted, picture, seed, memoryLimit, shortcut, ...settings } = draft;
    const prompt = draft.prompt.trim();
    if (prompt === '') throw new Refused({ reason: 'prompt-empty' });
    if (prompt.length > limits.prompt) throw new Refused({ reason: 'prompt-long', max: limits.prompt });
    const model = await once(this.#models, wanted, () => modelOf(this.#studio, wanted));
    const problem = shapeProblem(model, { ...settings, hasPicture: picture !== null });
    if (problem !== null) throw new Refused({ reason: 'shape', model: model.name, problem });
    const image =
      picture === null ? null : await once(this.#pictures, picture, () => this.#studio.pictures.require(picture));
    return {
      model: wanted === model.id ? model.id : model.folder,
      settings: { ...settings, prompt, image, seed },
      picture,
      memoryLimit,
      shortcut,
    };
  }
}

/** @throws {Refused} */
export async function modelOf(studio: Studio, wanted: string): Promise<Found> {
  const found = await studio.findModel(wanted);
  if (found === null) {
    const present = (await studio.models()).map(({ id }) => id);
    throw new Refused({ reason: 'model-missing', model: wanted, present });
  }
  if (found.kind === 'refused')
    throw new Refused({ reason: 'model-unusable', model: wanted, sentence: found.sentence });
  return found.model;
}

function once<Value>(known: Map<string, Promise<Value>>, key: string, find: () => Promise<Value>): Promise<Value> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}

/** Chosen by the user, and still there; or the studio's own. @throws {Refused} */
export async function clipsFolder(studio: Studio): Promise<string> {
  const chosen = studio.remembered.settings().clipsFolder;
  if (chosen === null) return studio.paths.clips;
  const problem = await checkFolder(chosen);
  if (problem !== null && problem !== 'full') throw new Refused({ reason: 'folder', path: chosen, problem });
  return chosen;
}
