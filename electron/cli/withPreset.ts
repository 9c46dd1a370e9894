import type { BarePreset } from '../../contract/preset.ts';
import type { Received } from '../../contract/received.ts';
import { parseTemplate, plainText } from '../../contract/template.ts';
import { receive, receiveFile, visible } from '../studio/sharing/index.ts';
import type { Studio } from '../studio/studio.ts';
import type { GenerateCommand } from './arguments.ts';
import { fileSentence } from './presets.ts';
import { problemSentence } from './received.ts';
import type { Given } from './values.ts';

type Filled = { kind: 'command'; command: GenerateCommand } | { kind: 'wrong'; sentence: string };
type Said = Pick<
  GenerateCommand,
  'width' | 'height' | 'frames' | 'fps' | 'steps' | 'guidance' | 'scheduler' | 'seed'
> & { prompt: string; negativePrompt: string; models: readonly string[] };

/** The command with what its preset says in place of what it does not say itself. */
export async function withPreset(command: GenerateCommand, studio: Pick<Studio, 'models'>): Promise<Filled> {
  if (command.preset === null) return { kind: 'command', command };
  const wrong = (sentence: string): Filled => ({ kind: 'wrong', sentence });
  const received = await receivedFrom(command.preset);
  if (typeof received === 'string') return wrong(received);
  const said = saidBy(received, command.prompt !== '');
  if (typeof said === 'string') return wrong(said);

  const prompt = command.prompt || said.prompt;
  if (prompt === '') return wrong('The preset leaves the words to you. Say what the clip should show with --prompt.');
  const model = command.model ?? (await firstPresent(said.models, studio));
  if (model === undefined) {
    return wrong(
      `The preset is made for ${said.models.join(' or ')}, and none of them is here. Name another with --model.`,
    );
  }
  return {
    kind: 'command',
    command: {
      ...command,
      prompt,
      negativePrompt: command.negativePrompt || said.negativePrompt,
      model,
      width: command.width ?? said.width,
      height: command.height ?? said.height,
      frames: command.frames ?? said.frames,
      fps: command.fps ?? said.fps,
      steps: command.steps ?? said.steps,
      guidance: command.guidance ?? said.guidance,
      scheduler: command.scheduler ?? said.scheduler,
      seed: command.seed ?? said.seed,
    },
  };
}

type Taken = Exclude<Received, { kind: 'refused' }>;

async function receivedFrom(given: Given): Promise<Taken | string> {
  try {
    const received = await (given.kind === 'file' ? receiveFile(given.path) : receive(given.line));
    return received.kind === 'refused' ? problemSentence(received.problem) : received;
  } catch (error) {
    const sentence = fileSentence(error);
    if (sentence === null) throw error;
    return sentence;
  }
}

function saidBy(received: Taken, hasPrompt: boolean): Said | string {
  switch (received.kind) {
    case 'clip':
      return {
        ...saidByPreset(received.record.preset),
        prompt: received.record.preset.prompt,
        seed: received.record.seed,
      };
    case 'preset': {
      const { prompt, seed } = received.document;
      const parsed = parseTemplate(prompt);
      const plain = parsed.kind === 'template' ? plainText(parsed.template) : prompt;
      if (plain === null && !hasPrompt)
        return `The preset's prompt has places to fill in: "${visible(prompt)}". Say the whole of it with --prompt.`;
      return {
        ...saidByPreset(received.document),
        prompt: plain ?? '',
        seed: seed.kind === 'fixed' ? seed.value : null,
      };
    }
    case 'pack':
      return 'This is a pack of several presets. Give one of them.';
    case 'foreign': {
      const { maker: _, prompt, negativePrompt, ...numbers } = received.settings;
      return { ...numbers, prompt: prompt ?? '', negativePrompt: negativePrompt ?? '', scheduler: null, models: [] };
    }
  }
}

function saidByPreset(preset: BarePreset): Omit<Said, 'prompt' | 'seed'> {
  const { width, height, frames, fps, steps, guidance, scheduler, negativePrompt, model, alternatives } = preset;
  return { width, height, frames, fps, steps, guidance, scheduler, negativePrompt, models: [model, ...alternatives] };
}

/** Null where the preset names none; undefined where none of those it names is here. */
async function firstPresent(wanted: readonly string[], studio: Pick<Studio, 'models'>) {
  if (wanted.length === 0) return null;
  const present = (await studio.models()).map(({ id }) => id);
  return wanted.find((id) => present.includes(id));
}
