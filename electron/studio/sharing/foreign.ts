import { ForeignSettings } from '../../../contract/received.ts';
import { type Graph, graphIn, settingsOfGraph } from './comfy.ts';
import { isObject } from './document.ts';
import type { Tag } from './tags.ts';

type Mapped = { [Field in keyof Omit<ForeignSettings, 'maker'>]?: unknown };

/** What another program wrote into a clip or picture, as far as it means something here; null when nothing does. */
export function foreignIn(tags: readonly Tag[]): ForeignSettings | null {
  const text = (key: string) => tags.find((tag) => tag.key === key)?.text;
  const comment = objectIn(text('comment'));
  return (
    comfy(graphIn(objectIn(text('prompt')))) ??
    comfy(graphIn(objectIn(comment?.['prompt']))) ??
    wan2gp(comment) ??
    a1111(text('parameters') ?? text('comment') ?? '')
  );
}

const comfy = (graph: Graph | null) => (graph === null ? null : kept('comfyui', settingsOfGraph(graph)));

/** The comment of Wan2GP: its own settings file as JSON. */
function wan2gp(comment: Record<string, unknown> | null): ForeignSettings | null {
  if (comment === null || !('num_inference_steps' in comment) || !('resolution' in comment)) return null;
  const [width, height] = sizeIn(comment['resolution']);
  return kept('wan2gp', {
    prompt: comment['prompt'],
    negativePrompt: comment['negative_prompt'],
    seed: comment['seed'],
    width,
    height,
    frames: comment['video_length'],
    fps: numberIn(comment['force_fps']),
    steps: comment['num_inference_steps'],
    guidance: comment['guidance_scale'],
  });
}

/** The "parameters" of A1111 and its kin: prompt, negative prompt, and a line that begins with the steps. */
function a1111(text: string): ForeignSettings | null {
  const line = text.startsWith('Steps: ') ? 0 : text.lastIndexOf('\nSteps: ') + 1;
  if (line === 0 && !text.startsWith('Steps: ')) return null;
  const words = text.slice(0, line);
  const negative = /(?:^|\n)Negative prompt: /.exec(words);
  const field = (name: string) => new RegExp(`(?:^|, )${name}: ([^,\\n]{1,40})`).exec(text.slice(line))?.[1];
  const [width, height] = sizeIn(field('Size'));
  return kept('a1111', {
    prompt: words.slice(0, negative?.index).trim(),
    negativePrompt: negative === null ? '' : words.slice(negative.index + negative[0].length).trim(),
    seed: numberIn(field('Seed')),
    width,
    height,
    steps: numberIn(field('Steps')),
    guidance: numberIn(field('CFG scale')),
  });
}

/** Each field that can be used here; null when none can. */
function kept(maker: ForeignSettings['maker'], mapped: Mapped): ForeignSettings | null {
  const take = <Field extends keyof Mapped>(field: Field): ForeignSettings[Field] | null =>
    (ForeignSettings.shape[field].safeParse(mapped[field]).data as ForeignSettings[Field] | undefined) ?? null;
  const settings: ForeignSettings = {
    maker,
    prompt: take('prompt') || null,
    negativePrompt: take('negativePrompt') || null,
    seed: take('seed'),
    width: take('width'),
    height: take('height'),
    frames: take('frames'),
    fps: take('fps'),
    steps: take('steps'),
    guidance: take('guidance'),
  };
  const { maker: _, ...values } = settings;
  return Object.values(values).some((value) => value !== null) ? settings : null;
}

function objectIn(given: unknown): Record<string, unknown> | null {
  if (isObject(given)) return given;
  if (typeof given !== 'string' || !given.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(given);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function sizeIn(text: unknown): [number?, number?] {
  const found = typeof text === 'string' ? /^(\d{1,5})x(\d{1,5})$/.exec(text.trim()) : null;
  return found === null ? [] : [Number(found[1]), Number(found[2])];
}

const numberIn = (text: unknown): unknown =>
  typeof text === 'string' && /^\d{1,12}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : text;
