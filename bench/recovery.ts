/**
 * Memory runs out at every place of a render, and the studio gets to the clip without a hand: its own queue, ladder,
 * planner and supervisor, over a real worker. One JSON line for each place.
 *
 *     node bench/recovery.ts --tiny               here: a model that comes along, and failures that are only said
 *     node bench/recovery.ts --models FOLDER 5b   with a card: the limit of its allocator falls; the models are made by
 *                                                 python bench/gpu/models.py 5b FOLDER/5b
 *
 * `--only PLACE,PLACE --repeat 20` has it run out there so many times in one worker. `--python PROGRAM` takes an interpreter that has torch and diffusers in place of the studio's environment, `--site
 * FOLDER` packages that it lacks, `--root FOLDER` the sources where this runs as one file (see bench/carry.ts).
 */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Model } from '../contract/model.ts';
import { type Phase, phases, type RenderSettings } from '../contract/render.ts';
import type { StartedEngine } from '../electron/studio/engine.ts';
import { baseInterpreter, platformName, writeMarker } from '../electron/studio/environment/marker.ts';
import { readLock } from '../electron/studio/environment/requirements.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { openStudio, type Studio } from '../electron/studio/studio.ts';
import { asked } from './cardCases.ts';
import { type Case, type Fault, leavesLittle, recoveryCases } from './recoveryCases.ts';
import { root as sources } from './root.ts';

const gib = 2 ** 30;
const { values: options, positionals } = parseArgs({
  options: {
    ...{ tiny: { type: 'boolean', default: false }, models: { type: 'string' }, python: { type: 'string' } },
    ...{ site: { type: 'string' }, root: { type: 'string', default: sources }, only: { type: 'string' } },
    ...{
      repeat: { type: 'string', default: '1' },
      steps: { type: 'string', default: '4' },
      frames: { type: 'string', default: '49' },
    },
  },
  allowPositionals: true,
});
const root = resolve(options.root);
const steps = Number(options.steps);
const anyPicture = join(root, 'docs', 'screenshots', 'small-presets.png');
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const home = await mkdtemp(join(tmpdir(), 'reelwright-recovery-'));
try {
  const paths = dataPaths(home);
  if (options.python !== undefined) {
    paths.environment = join(home, 'environment');
    await environmentOf(options.python, paths.environment);
  }
  await mkdir(paths.models, { recursive: true });
  if (options.tiny) await run(paths, 'starter', 'paper-world');
  for (const kind of options.tiny ? [] : positionals) {
    await symlink(resolve(options.models ?? '', kind), join(paths.models, kind), 'junction');
    await run(paths, kind, join(paths.models, kind));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}

/** One engine for all places of one model: what the last one left behind is there for the next. */
async function run(paths: Studio['paths'], kind: string, wanted: string): Promise<void> {
  const fault = join(home, 'fault.json');
  const arm = (wanted: Fault) => writeFile(fault, JSON.stringify(wanted));
  const sidecar = join(root, 'python-sidecar');
  const python = [sidecar, join(sidecar, 'tests'), options.site].filter((folder) => folder !== undefined);
  await arm({ at: 'never', how: 'limit', gib: 0, state: 'waiting' });
  const studio = openStudio({
    paths,
    program: { resources: join(root, 'resources'), sidecar },
    worker: {
      command: ['-s', join(root, 'bench', 'gpu', 'capped_worker.py')],
      env: { PYTHONPATH: python.join(delimiter), REELWRIGHT_BENCH_CAP: fault },
    },
  });
  const found = await studio.findModel(wanted);
  if (found?.kind !== 'model') throw new Error(`There is no usable model ${wanted}.`);
  const engine = await studio.startEngine(() => {});
  if (engine.kind !== 'started') throw new Error(`The engine did not start: ${JSON.stringify(engine)}`);
  try {
    const picture = found.model.task === 'image-to-video' ? anyPicture : null;
    const make = (name: string, prompt: string) =>
      makeClip(engine, found.model, { name, settings: settingsOf(kind, found.model, prompt, picture) });
    const peaks = watchPeaks(studio);
    // Undisturbed, twice: the first reads files that the others find in memory, and the prompt.
    await make('first', 'a red balloon');
    const plain = await make('plain', 'a red balloon');
    if (plain.kind !== 'done' || plain.failures.length > 0)
      throw new Error(`Undisturbed, it ended as ${plain.kind}: ${plain.failures.join('; ')}`);
    if (studio.planner.hasCard && peaks.size === 0) throw new Error('Nothing was measured on the card.');
    const least = studio.planner.hasCard
      ? await leastMemory(studio, found.model, settingsOf(kind, found.model, '', picture))
      : 0;
    const cases = recoveryCases(steps, picture !== null, new Map(peaks), least);
    const turns = Number(options.repeat);
    for (const each of cases.filter(({ name }) => options.only?.split(',').includes(name) ?? true)) {
      for (let turn = 1; turn <= turns; turn += 1) {
        await arm(each.fault);
        const prompt = each.name === 'text' ? `a blue bird, ${turn}` : 'a red balloon';
        const made = await make(`${each.name.replaceAll(' ', '-')}-${turn}`, prompt);
        print({ ...lineOf(kind, each, made, plain.seconds), turn, turns });
      }
    }
  } finally {
    await engine.stop();
    studio.dispose();
  }
}

/** Bytes of the card with which there still is a plan, to a tenth of a GiB. */
async function leastMemory({ planner }: Studio, { folder }: Model, settings: RenderSettings): Promise<number> {
  const { width, height, frames, guidance } = settings;
  for (let tenths = 10; tenths < 800; tenths += 1) {
    const memoryLimit = Math.round((tenths / 10) * gib);
    const { kind } = await planner.for({ model: folder, width, height, frames, steps, guidance, memoryLimit });
    if (kind === 'fits' || kind === 'tight') return memoryLimit;
  }
  throw new Error('There is no plan, whatever the memory.');
}

/** The most of the card that each phase takes, from now on: as the worker says it, whether the planner believes it or not. */
function watchPeaks({ planner }: Studio): ReadonlyMap<Phase, number> {
  const peaks = new Map<Phase, number>();
  const finished = planner.finished.bind(planner);
  planner.finished = (order, outcome, ...more) => {
    finished(order, outcome, ...more);
    if (outcome.kind !== 'done') return;
    for (const phase of phases) {
      const bytes = outcome.phasePeaks[phase]?.allocatedBytes;
      if (bytes != null) peaks.set(phase, Math.max(bytes, peaks.get(phase) ?? 0));
    }
  };
  return peaks;
}

interface Made {
  kind: string;
  seconds: number;
  /** Of the denoising, in all attempts. */
  steps: number;
  tried: string[];
  failures: string[];
  /** Seconds until the first failure; null where there was none. */
  failedAfter: number | null;
  /** What the worker's allocator still has of the card. */
  heldAfter: number | null;
}

function lineOf(model: string, { name: at, fault }: Case, made: Made, undisturbed: number) {
  const limitGib = leavesLittle(fault) ? (fault.later ?? fault.gib) : null;
  const { kind, failures, tried, seconds, failedAfter, heldAfter } = made;
  return {
    ...{ bench: 'recovery', model, at, limitGib, done: kind === 'done', attempts: failures.length, failures, seconds },
    tried: tried.join('; then '),
    stepsAgain: kind === 'done' ? made.steps - steps : null,
    lostSeconds: Math.round(10 * (seconds - undisturbed)) / 10,
    failedAfterSeconds: failedAfter,
    heldAfterGib: heldAfter === null ? null : heldAfter / gib,
  };
}

/** The size that the model is made for; of a small model its own. */
function settingsOf(kind: string, { defaults }: Model, prompt: string, image: string | null): RenderSettings {
  const job = asked.find((each) => each.kind === kind)?.job ?? defaults;
  return {
    ...{ prompt, negativePrompt: '', image, steps, seed: 1, guidance: 6, scheduler: 'dpm', fps: defaults.fps },
    ...{ width: job.width, height: job.height, frames: Math.min(job.frames, Number(options.frames)) },
  };
}

async function makeClip(
  engine: StartedEngine,
  model: Model,
  { name, settings }: { name: string; settings: RenderSettings },
): Promise<Made> {
  const out = join(home, `${model.id}-${name}.mp4`);
  const job = engine.queue.accept({ model: model.folder, settings, picture: null, out, overwrite: false });
  const made = { steps: 0, tried: [] as string[], failures: [] as string[], failedAfter: null as number | null };
  const began = performance.now();
  const since = () => Math.round((performance.now() - began) / 100) / 10;
  const state = await engine.queue.run(
    job,
    (event) => {
      if (event.type === 'progress' && event.progress.type === 'step' && event.progress.phase === 'denoising')
        made.steps += 1;
      if (event.type !== 'recovering') return;
      const { failure, recovery } = event;
      made.failedAfter ??= since();
      made.failures.push(`${failure.cause} at ${failure.phase ?? 'the start'}`);
      const { rung } = recovery;
      made.tried.push(rung.kind === 'replan' ? rung.changes.map(({ kind }) => kind).join(', ') : rung.kind);
    },
    new AbortController().signal,
    { policy: () => 'at-once' },
  );
  if (state.kind === 'failed') made.failures.push(`${state.failure.cause} at ${state.failure.phase ?? 'the start'}`);
  const seconds = since();
  // Known by its beats, one a second: the next but one is of a worker at rest.
  await setTimeout(2500);
  return { ...made, kind: state.kind, seconds, heldAfter: engine.supervisor().reservedBytes };
}

/** An environment that is nothing but an interpreter which was there before. */
async function environmentOf(program: string, folder: string): Promise<void> {
  const bin = join(folder, 'python', 'bin');
  await mkdir(join(folder, 'python', 'lib', 'python3', 'site-packages'), { recursive: true });
  await mkdir(bin, { recursive: true });
  // Not a link: where its packages are, an interpreter finds out from its own place.
  await writeFile(join(bin, 'python'), `#!/bin/sh\nexec "${program}" "$@"\n`);
  await chmod(join(bin, 'python'), 0o755);
  writeMarker(folder, {
    format: 1,
    platform: platformName,
    locks: { runtime: readLock(join(root, 'python-sidecar'), 'runtime').hash, development: null },
    python: { version: '3', base: baseInterpreter(folder) },
    torch: null,
    device: { kind: 'cuda', name: '' },
    packages: [],
    created: new Date().toISOString(),
  });
}
