import { batchLimits } from '../../contract/batch.ts';
import { pictureLimits } from '../../contract/draft.ts';
import type { PictureProblem, Refusal, ShapeProblem } from '../../contract/refusal.ts';
import { figures, words } from './index.ts';

function nearestWords(nearest: readonly (number | string)[]): string {
  const [one, other] = nearest;
  return one !== undefined && other !== undefined ? words('refusals:or', { one, other }) : String(one ?? '');
}

export const pictureProblemWords = (problem: PictureProblem): string =>
  words(`refusals:picture.${problem}`, {
    bytes: figures().bytes(pictureLimits.bytes),
    side: figures().number(pictureLimits.side),
    pixels: pictureLimits.pixels / 1e6,
  });

export function shapeProblemWords(problem: ShapeProblem, model: string): string {
  switch (problem.kind) {
    case 'size':
      return words('refusals:size', { model, width: problem.width, height: problem.height });
    case 'sides': {
      const { multiple, width, height } = problem;
      const nearest = nearestWords(problem.nearest.map((size) => words('refusals:pixels', size)));
      return words('refusals:sides', { model, multiple, wanted: words('refusals:pixels', { width, height }), nearest });
    }
    case 'frames':
      return words('refusals:frames', { model, value: problem.value, nearest: nearestWords(problem.nearest) });
    case 'length':
      return words('refusals:length', { model, max: problem.max });
    case 'picture-needed':
      return words('refusals:pictureNeeded', { model });
    case 'picture-not-used':
      return words('refusals:pictureNotUsed', { model });
  }
}

/** Why something was not done, in the words of the moment's language. `nameOf` gives a model's name for its id. */
export function refusalWords(refusal: Refusal, nameOf: (model: string) => string): string {
  switch (refusal.reason) {
    case 'model-missing':
      return words('refusals:modelMissing', { model: nameOf(refusal.model) });
    case 'model-unusable':
      return refusal.sentence;
    case 'shape':
      return shapeProblemWords(refusal.problem, nameOf(refusal.model));
    case 'picture':
      return pictureProblemWords(refusal.problem);
    case 'prompt-empty':
      return words('refusals:promptEmpty');
    case 'prompt-long':
      return words('refusals:promptLong', { max: figures().number(refusal.max) });
    case 'batch':
      return words(`refusals:batch.${refusal.problem}`, {
        line: refusal.line ?? 1,
        name: refusal.name ?? '',
        max: figures().number(batchLimits.clips),
      });
    case 'wildcards-full':
      return words('refusals:wildcardsFull', { max: refusal.max });
    case 'folder':
      return words(`refusals:folder.${refusal.problem}`, { path: refusal.path });
    case 'job':
      return words(`refusals:job.${refusal.problem}`);
    case 'clip':
      return words(`refusals:clip.${refusal.problem}`);
    case 'preset':
      return words(`refusals:preset.${refusal.problem}`);
    case 'storage':
      return words(`refusals:storage.${refusal.problem}`);
    case 'not-in-this-host':
      return words('refusals:notInThisHost');
  }
}
