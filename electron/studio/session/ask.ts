import type { Draft } from '../../../contract/draft.ts';
import type { Job } from '../../../contract/job.ts';
import { freeClipName, type RenderRequest, seeded } from '../jobs/index.ts';
import { shapeProblem } from '../models/index.ts';
import { Refused } from '../refused.ts';
import { checkFolder } from '../settings/index.ts';
import type { Studio } from '../studio.ts';

/** A draft as a job at the end of the queue. @throws {Refused} when it cannot be made here. */
export async function addDraft(studio: Studio, draft: Draft): Promise<Job> {
  const { model: wanted, picture, seed, ...settings } = draft;
  const prompt = draft.prompt.trim();
  if (prompt === '') throw new Refused({ reason: 'prompt-empty' });
  const found = await studio.findModel(wanted);
  if (found === null) {
    const present = (await studio.listModels()).flatMap((item) => (item.kind === 'model' ? [item.model.id] : []));
    throw new Refused({ reason: 'model-missing', model: wanted, present });
  }
  if (found.kind === 'refused')
    throw new Refused({ reason: 'model-unusable', model: wanted, sentence: found.sentence });
  const { model } = found;
  const problem = shapeProblem(model, { ...settings, hasPicture: picture !== null });
  if (problem !== null) throw new Refused({ reason: 'shape', model: model.name, problem });
  const image = picture === null ? null : await studio.pictures.require(picture);
  const request: RenderRequest = {
    model: wanted === model.id ? model.id : model.folder,
    settings: { ...settings, prompt, image, seed },
    picture,
    out: await freeClipName(await clipsFolder(studio), prompt, (file) => studio.jobs.isPromised(file)),
    overwrite: false,
  };
  return studio.jobs.add(seeded(request));
}

/** Chosen by the user, and still there; or the studio's own. @throws {Refused} */
async function clipsFolder(studio: Studio): Promise<string> {
  const chosen = studio.remembered.settings().clipsFolder;
  if (chosen === null) return studio.paths.clips;
  const problem = await checkFolder(chosen);
  if (problem !== null && problem !== 'full') throw new Refused({ reason: 'folder', path: chosen, problem });
  return chosen;
}
