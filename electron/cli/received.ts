import type { BarePreset } from '../../contract/preset.ts';
import type { Carrier, Received, ReceiveProblem } from '../../contract/received.ts';
import { visible } from '../studio/sharing/index.ts';

const things: Record<Carrier, string> = {
  file: 'file',
  link: 'link',
  text: 'text',
  pack: 'pack',
  mp4: 'clip',
  webm: 'clip',
  png: 'picture',
  webp: 'picture',
};

const makers = { comfyui: 'ComfyUI', a1111: 'A1111', wan2gp: 'Wan2GP' } as const;

/** What something received says, for people: nothing in it can hide. */
export function describeReceived(received: Exclude<Received, { kind: 'refused' }>): string {
  switch (received.kind) {
    case 'preset':
      return describePreset(received.document);
    case 'pack':
      return received.documents.map(describePreset).join('\n\n');
    case 'clip': {
      const { record } = received;
      const made = record.createdAt === null ? [] : [['made', new Date(record.createdAt).toISOString()]];
      const start = record.fromPicture ? [['starts from', 'a picture']] : [];
      return `${describePreset(record.preset)}\n${rows([['seed of the clip', String(record.seed)], ...start, ...made])}`;
    }
    case 'foreign': {
      const { maker, ...fields } = received.settings;
      const told = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
      return `Settings of ${makers[maker]}, as far as they mean something here\n${rows(told)}`;
    }
  }
}

function describePreset(preset: BarePreset): string {
  const { name, author, note, tags, model, alternatives, prompt, negativePrompt, seed, loras } = preset;
  return `${visible(name)}\n${rows([
    ['author', author],
    ['note', note],
    ['tags', tags.join(', ')],
    ['model', [model, ...alternatives].join(', else ')],
    ['prompt', prompt],
    ['negative prompt', negativePrompt],
    ['shape', `${preset.width}x${preset.height}, ${preset.frames} frames at ${preset.fps} a second`],
    ['steps', `${preset.steps}, guidance ${preset.guidance}, ${preset.scheduler}`],
    ['seed', seed.kind === 'fixed' ? String(seed.value) : 'drawn for each clip'],
    ['wish', preset.wish],
    ...loras.map((lora) => [
      'adapter',
      `${lora.name} (${lora.sha256.slice(0, 12)}) at ${lora.weight} (this version does not use adapters)`,
    ]),
  ])}`;
}

const rows = (told: string[][]): string =>
  told
    .filter(([, value]) => value !== '')
    .map(([name = '', value = '']) => `  ${name.padEnd(16)} ${visible(value).replaceAll('\n', `\n${' '.repeat(19)}`)}`)
    .join('\n');

/** Why something is not taken, and what can be done. */
export function problemSentence(problem: ReceiveProblem): string {
  switch (problem.problem) {
    case 'empty':
      return 'There is nothing in it.';
    case 'unknown':
      return 'This is no preset, pack, clip or picture that Reelwright reads.';
    case 'no-settings':
      return `This ${things[problem.carrier]} does not say how it was made. Ask its maker for the preset, or for the file as it was: some services take such words out.`;
    case 'damaged':
      return `This ${things[problem.carrier]} is damaged or cut short. Ask for it again.`;
    case 'newer':
      return problem.needs === null
        ? 'This was made by a later Reelwright. Update yours to read it.'
        : `This needs Reelwright ${problem.needs} or newer. Update yours to read it.`;
    case 'field':
      return `${fieldFaults[problem.fault](visible(problem.field))} Nothing of it was taken. Ask its maker for a new one.`;
    case 'limit':
      return `${limits[problem.limit](problem.max)} Nothing of it was taken.`;
    case 'pack':
      return `${packFaults[problem.fault]} Nothing of it was taken. Ask for the presets one by one, or for a new pack.`;
  }
}

type Problem<Kind extends ReceiveProblem['problem']> = Extract<ReceiveProblem, { problem: Kind }>;

const fieldFaults: Record<Problem<'field'>['fault'], (field: string) => string> = {
  unknown: (field) => `It has a field that no preset has: "${field}".`,
  missing: (field) => `Its field "${field}" is missing.`,
  twice: (field) => `Its field "${field}" stands there twice.`,
  invalid: (field) => `Its field "${field}" is none that a preset can have.`,
};

const limits: Record<Problem<'limit'>['limit'], (max: number) => string> = {
  bytes: (max) => `It is too large: at most ${kilobytes(max)} are read.`,
  depth: (max) => `It is nested deeper than ${max} levels.`,
  values: (max) => `It has more than ${max} values.`,
  text: (max) => `A text in it is longer than ${max} characters.`,
  presets: (max) => `It holds more than ${max} presets and thumbnails.`,
  unpacked: (max) => `It unpacks to more than ${kilobytes(max)}.`,
};

const kilobytes = (bytes: number) =>
  bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;

const packFaults: Record<Problem<'pack'>['fault'], string> = {
  name: 'It holds something else than presets and their thumbnails.',
  twice: 'It holds the same name twice.',
  encrypted: 'It is encrypted.',
  method: 'It is compressed in a way that packs are not.',
  overlap: 'Its entries overlap or leave gaps, as in no pack that Reelwright writes.',
  disagreement: 'Its directory and its entries disagree, as in no pack that Reelwright writes.',
  thumbnail: 'A thumbnail in it is none, or belongs to no preset.',
};
