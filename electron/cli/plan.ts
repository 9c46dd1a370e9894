import { totalmem } from 'node:os';
import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { PhasePrediction, Planned, PlanOption, PlanQuery, PlanReason, PlanRoom } from '../../contract/plan.ts';
import type { Scheduler } from '../../contract/render.ts';
import { shortcutOf } from '../../contract/shortcut.ts';
import { shapeSentence } from '../studio/models/index.ts';
import { cardsNow, imagined } from '../studio/planner/index.ts';
import type { Studio } from '../studio/studio.ts';
import { startTelemetry } from '../studio/telemetry/index.ts';
import { about, duration, gb, type Output, phaseWords } from './output.ts';
import type { PlanCommand } from './planArguments.ts';
import { remedyText } from './remedy.ts';
import { refuse } from './render.ts';

const gib = 2 ** 30;

/** What a clip would take on this machine, or on one that is described. */
export async function plan(command: PlanCommand, studio: Studio, output: Output): Promise<ExitCode> {
  const query = await queryOf(command, studio);
  if (query.kind === 'unknown') return refuse(output, 'wrong-arguments', query.sentence, exitCodes.wrongArguments);
  const { elsewhere } = command;
  if (elsewhere === null) await lookAtCards(studio);
  const machine = elsewhere && {
    card: elsewhere.card === '' ? 'a card' : elsewhere.card,
    cardBytes: elsewhere.vram * gib,
    hostBytes: elsewhere.ram === null ? totalmem() : elsewhere.ram * gib,
    platform: process.platform,
  };
  const planned = await studio.planner.for(query.query, machine === null ? undefined : imagined(machine));
  output.result(planText(query.query, planned), { query: query.query, planned });
  return planned.kind === 'shape' || planned.kind === 'model' ? exitCodes.wrongArguments : exitCodes.done;
}

/** What is asked for, with the model's own settings where nothing is said. */
export async function queryOf(
  command: Pick<PlanCommand, 'model' | 'width' | 'height' | 'frames' | 'steps' | 'guidance'>,
  studio: Pick<Studio, 'models' | 'planner'>,
): Promise<{ kind: 'query'; query: PlanQuery } | { kind: 'unknown'; sentence: string }> {
  const model = command.model ?? (await firstModel(studio));
  if (model === null) return { kind: 'unknown', sentence: 'There is no model on this machine. Name one with --model.' };
  const known = await studio.planner.defaults(model);
  if (known.kind === 'model') return { kind: 'unknown', sentence: modelSentence(known) };
  const { defaults } = known;
  const { width, height, frames, steps, guidance } = command;
  return {
    kind: 'query',
    query: {
      model,
      width: width ?? defaults.width,
      height: height ?? defaults.height,
      frames: frames ?? defaults.frames,
      steps: steps ?? defaults.steps,
      guidance: guidance ?? defaults.guidance,
    },
  };
}

async function firstModel(studio: Pick<Studio, 'models'>): Promise<string | null> {
  const found = await studio.models();
  return (found.find(({ task }) => task === 'text-to-video') ?? found[0])?.id ?? null;
}

/** What is free of the cards right now. */
async function lookAtCards(studio: Studio): Promise<void> {
  const telemetry = startTelemetry({ clipsFolder: () => studio.paths.home });
  try {
    const { cards } = await telemetry.machine();
    if (cards.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 2000);
      const stop = telemetry.watch(() => {
        clearTimeout(timer);
        stop();
        resolve();
      });
    });
    studio.planner.saw(await cardsNow(telemetry));
  } finally {
    await telemetry.dispose();
  }
}

/** The answer for people: a table by phase, what binds, why, and what else there is. */
export function planText(query: PlanQuery, planned: Planned): string {
  const { model, width, height, frames, steps } = query;
  const asked = `${model}, ${width}x${height}, ${frames} frames, ${steps} steps`;
  switch (planned.kind) {
    case 'shape':
      return shapeSentence({ name: model }, planned.problem);
    case 'model':
      return modelSentence(planned);
    case 'too-large': {
      const { binds, remedies, offered, prediction, room } = planned;
      const lacks = `Will not fit: ${phaseWords[binds.phase].toLowerCase()} needs ${gb(binds.bytes)} of ${binds.resource === 'device' ? 'the card' : 'memory'}, there is ${gb(binds.available)}.`;
      const helps = remedies.map((remedy) => `  ${remedyText(remedy)}`);
      const parts = [asked, roomText(room), '', lacks, table(prediction.phases), ''];
      const fitting = [helps.length > 0 ? 'It would fit with' : 'No smaller clip of this model fits either.', ...helps];
      return [
        ...parts,
        ...fitting,
        ...options('It would also fit like this, with a slightly other picture:', offered),
      ].join('\n');
    }
    case 'fits':
    case 'tight': {
      const { prediction, reasons, binds, room, runnersUp, offered } = planned;
      const { seconds, stepSeconds, basis } = prediction;
      const verdict = planned.kind === 'fits' ? 'Fits.' : 'Fits, but only just.';
      const pace = `${stepSeconds.toFixed(stepSeconds < 10 ? 2 : 0)} s a step`;
      const binding = `Most needed: ${gb(binds.bytes)} of ${gb(binds.available)} ${binds.resource === 'device' ? 'of the card' : 'of memory'}, while ${phaseWords[binds.phase].toLowerCase()}.`;
      return [
        ...[
          asked,
          roomText(room),
          '',
          `${verdict} It takes ${about(seconds)}, ${pace} (${basisWords[basis]}).`,
          binding,
          '',
        ],
        ...[table(prediction.phases), '', ...reasons.map((reason) => `- ${reasonText(reason)}`)],
        ...options('The next best:', runnersUp),
        ...options('With a slightly other picture:', offered),
      ].join('\n');
    }
  }
}

const basisWords = {
  measured: 'by clips that were made here',
  known: "by the card's published figures",
  guessed: 'a guess: nothing was measured here yet',
} as const;

function roomText({ device, name, cardBasis, deviceBytes, deviceTotalBytes, hostBytes }: PlanRoom): string {
  const memory = `${gb(hostBytes)} of memory`;
  if (device === 'cpu') return `On the processor (${name}), ${memory} for a render`;
  const guess =
    cardBasis === 'guessed'
      ? '\nThis card is not known: its speed is a guess. Give its name as NVIDIA writes it, such as "RTX 4070 Ti".'
      : '';
  return `On ${name}: ${gb(deviceBytes ?? 0)} of ${gb(deviceTotalBytes ?? 0)} and ${memory} for a render${guess}`;
}

function table(phases: readonly PhasePrediction[]): string {
  const rows = phases.map(({ phase, seconds, deviceNeed, hostBytes }) =>
    [
      phaseWords[phase].padEnd(20),
      duration(seconds).padStart(12),
      deviceNeed === null ? '' : (deviceNeed === 0 ? '-' : size(deviceNeed)).padStart(10),
      size(hostBytes).padStart(10),
    ].join(' '),
  );
  const card = phases.some(({ deviceNeed }) => deviceNeed !== null) ? 'card'.padStart(10) : '';
  return [[''.padEnd(20), 'time'.padStart(12), card, 'memory'.padStart(10)].join(' '), ...rows].join('\n');
}

/** Of what a clip takes; a small one takes a few megabytes, which are not nothing. */
const size = (bytes: number): string => (bytes < 0.05 * gib ? `${Math.ceil(bytes / 2 ** 20)} MB` : gb(bytes));

const share = (part: number) => (part < 0.005 ? 'at no cost in time' : `${Math.round(part * 100)} % slower`);

const from = ({ ddim, dpm }: Record<Scheduler, number>) =>
  `; with the starter model that is ${ddim} dB from the exact picture by DDIM, ${dpm} by DPM`;

export function reasonText(reason: PlanReason): string {
  switch (reason.kind) {
    case 'processor':
      return 'It renders on the processor: there is no card that can be used.';
    case 'all-resident':
      return 'The denoiser stays on the card.';
    case 'in-turn':
      return 'Text encoder, denoiser and decoder are on the card one after the other.';
    case 'streamed':
      return `The denoiser (${size(reason.bytes)}) does not stay on the card; its parts come to the card while others calculate: ${share(reason.slower)}.`;
    case 'sequential':
      return `Every layer of the denoiser comes to the card by itself: ${share(reason.slower)}.`;
    case 'from-disk':
      return `The computer's memory does not hold it: ${size(reason.bytes)} are read from the disk in every step.`;
    case 'guidance-in-turn':
      return `Prompt and negative prompt are calculated one after the other, which saves ${size(reason.bytes)}.`;
    case 'slabs': {
      const how = reason.rows === null ? 'in one piece' : `in slabs of ${reason.rows} rows`;
      return reason.hostBytes > 0
        ? `Frames are decoded ${how}, with ${size(reason.hostBytes)} waiting in memory.`
        : `Frames are decoded ${how}.`;
    }
    case 'compiled':
      return 'The denoiser is compiled.';
    case 'float32':
      return 'This card does not calculate in the precision that the model needs: it runs in float32, slowly.';
    case 'eight-bit-weights':
      return `The denoiser's weights are kept in eight bits, which saves ${size(reason.bytes)}${from(reason.decibels)}.`;
    case 'eight-bit-products':
      return `The denoiser's products are calculated in eight bits, and its weights kept in them, which saves ${size(reason.bytes)}${from(reason.decibels)}. Now and then it becomes another clip.`;
    case 'sage-attention':
      return `Attention is calculated in eight bits${from(reason.decibels)}.`;
    case 'cached-steps':
      return `The denoiser runs in ${reason.calculated} of ${reason.of} steps, the others follow from those before${from(reason.decibels)}.`;
  }
}

const options = (title: string, found: readonly PlanOption[]): string[] =>
  found.length === 0
    ? []
    : [
        '',
        title,
        ...found.map(({ plan, prediction, reasons }) => {
          const need = prediction.deviceNeed === null ? '' : `, ${size(prediction.deviceNeed)} of the card`;
          const shortcut = shortcutOf(plan);
          const typed = shortcut === null ? '' : ` Make it so with: generate --shortcut ${shortcut}`;
          return `  ${about(prediction.seconds)}${need}. ${reasons.map(reasonText).join(' ')}${typed}`;
        }),
      ];

function modelSentence({ model, problem, file }: Extract<Planned, { kind: 'model' }>): string {
  switch (problem) {
    case 'unknown':
      return `There is no model "${model}" here or in the catalogue.`;
    case 'unreadable':
      return `The description of ${model} cannot be read${file === null ? '' : ` (${file})`}. Get the model again.`;
    case 'sizes':
      return `${file} of ${model} is not of the size that its description says. Get the model again.`;
  }
}
