import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { clipName, usualClipName } from '../../contract/clipName.ts';
import type { ExitCode } from '../../contract/command.ts';
import { exitCodes } from '../../contract/command.ts';
import { resumable } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import { freeClipName, type RenderRequest, requestKey } from '../studio/jobs/index.ts';
import { shapeProblem, shapeSentence } from '../studio/models/index.ts';
import { checkFolder } from '../studio/settings/index.ts';
import type { Studio } from '../studio/studio.ts';
import type { GenerateCommand } from './arguments.ts';
import type { Output } from './output.ts';
import { nobodyToAsk, recoveringBy } from './recover.ts';
import { refuse, renderJob } from './render.ts';
import type { Prompt } from './terminal.ts';

/** The models that come with the studio, used when none is named. */
const starter = { words: 'paper-world', picture: 'paper-world-i2v' } as const;

/** `prompt` is null where nobody can answer. */
export async function generate(
  command: GenerateCommand,
  studio: Studio,
  output: Output,
  prompt: Prompt | null,
  signal: AbortSignal,
): Promise<ExitCode> {
  const wrong = (sentence: string) => refuse(output, 'wrong-arguments', sentence, exitCodes.wrongArguments);

  const recovering = recoveringBy(command.recover, prompt);
  if (recovering === null) return wrong(nobodyToAsk);
  const wanted = command.model ?? (command.image === null ? starter.words : starter.picture);
  const found = await studio.findModel(wanted);
  if (found === null) return wrong(await unknownModel(studio, wanted));
  if (found.kind === 'refused') return wrong(found.sentence);
  const { model } = found;

  // By the prompt alone, so that the same command finds its unfinished clip again.
  const named = (n: number) =>
    clipName(usualClipName, { prompt: command.prompt, model: model.id, seed: 0, at: new Date(studio.now()) }, n);
  const out = command.out ?? (await freeClipName(studio.paths.clips, named, (file) => studio.jobs.isPromised(file)));
  const request = requestOf(command, model, wanted, out);
  const shape = shapeProblem(model, { ...request.settings, hasPicture: command.image !== null });
  const problem =
    (shape && shapeSentence(model, shape)) ?? (await imageProblem(command.image)) ?? (await outProblem(out));
  if (problem !== null) return wrong(problem);

  // What an unfinished job finds at its place is its own clip, or the worker refuses to replace it.
  const before = studio.jobs.latestOf(requestKey(request));
  const unfinished = before !== null && resumable(before.state);
  if (!request.overwrite && !unfinished && (await exists(request.out))) {
    if (prompt === null) return wrong(`${request.out} exists. Add --overwrite to replace it, or choose another name.`);
    const answer = await prompt(`${request.out} exists. Replace it? [y/N]`);
    if (answer === null) return refuse(output, 'cancelled', 'Cancelled. Nothing was changed.', exitCodes.cancelled);
    if (!/^y(es)?$/i.test(answer)) return wrong('Nothing was changed.');
    request.overwrite = true;
  }
  return renderJob(studio, output, (queue) => ({ kind: 'job', job: queue.accept(request) }), recovering, signal);
}

function requestOf(command: GenerateCommand, model: Model, wanted: string, out: string): RenderRequest {
  const { defaults } = model;
  return {
    model: wanted === model.id ? model.id : model.folder,
    settings: {
      prompt: command.prompt,
      negativePrompt: command.negativePrompt,
      image: command.image,
      width: command.width ?? defaults.width,
      height: command.height ?? defaults.height,
      frames: command.frames ?? defaults.frames,
      fps: command.fps ?? defaults.fps,
      steps: command.steps ?? defaults.steps,
      guidance: command.guidance ?? defaults.guidance,
      scheduler: command.scheduler ?? defaults.scheduler,
      seed: command.seed,
    },
    picture: null,
    out,
    overwrite: command.overwrite,
    memoryLimit: command.memoryLimit ?? undefined,
    shortcut: command.shortcut ?? undefined,
  };
}

async function unknownModel(studio: Studio, wanted: string): Promise<string> {
  const present = (await studio.models()).map(({ id }) => id);
  return `There is no model "${wanted}" here. The models on this machine: ${present.join(', ') || 'none'}.`;
}

/** Only what is cheap to see: the worker opens the picture, and says what is wrong inside it. */
async function imageProblem(image: string | null): Promise<string | null> {
  if (image === null) return null;
  const info = await stat(image).catch(() => null);
  if (info === null) return `There is no picture at ${image}.`;
  if (!info.isFile()) return `${image} is a folder, not a picture.`;
  if (info.size === 0) return `The picture ${image} is empty.`;
  const readable = await access(image, constants.R_OK).then(
    () => true,
    () => false,
  );
  return readable ? null : `The picture ${image} cannot be read. Check its permissions.`;
}

/** A clip is announced by rendering for minutes: where it goes must be known to work before. */
async function outProblem(out: string): Promise<string | null> {
  const folder = dirname(out);
  switch (await checkFolder(folder)) {
    case 'relative':
    case 'missing':
      return `The folder ${folder} does not exist. Make it first, or choose another place.`;
    case 'not-a-folder':
      return `${folder} is not a folder.`;
    case 'not-writable':
      return `The folder ${folder} cannot be written. Choose another place for the clip.`;
    case 'full': // Space may be free again by then; the render says so if not.
    case null:
      return (await stat(out).catch(() => null))?.isDirectory() ? `${out} is a folder. Name a file in it.` : null;
  }
}

const exists = async (file: string) => (await stat(file).catch(() => null)) !== null;
