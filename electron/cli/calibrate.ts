import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { CalibrationRun, Planned, PlanQuery } from '../../contract/plan.ts';
import { failureSentence } from '../studio/jobs/index.ts';
import { shapeSentence } from '../studio/models/index.ts';
import { calibrate as tryOut } from '../studio/planner/index.ts';
import { WorkerFailed } from '../studio/sidecar/index.ts';
import type { Studio } from '../studio/studio.ts';
import { about, gb, type Output, phaseWords } from './output.ts';
import { queryOf, reasonText } from './plan.ts';
import type { CalibrateCommand } from './planArguments.ts';
import { engineFor, refuse, refuseCancelled } from './render.ts';

/** Makes a few short clips by the plans that may be the best on this machine, and says what it learnt. */
export async function calibrate(
  command: CalibrateCommand,
  studio: Studio,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const asked = await queryOf(command, studio);
  if (asked.kind === 'unknown') return refuse(output, 'wrong-arguments', asked.sentence, exitCodes.wrongArguments);
  const { query } = asked;
  const found = await studio.findModel(query.model);
  if (found?.kind !== 'model') {
    const sentence = `${query.model} is not on this machine yet: what it takes here can be tried once it is.`;
    return refuse(output, 'wrong-arguments', sentence, exitCodes.wrongArguments);
  }
  const engine = await engineFor(studio, output, signal);
  if (typeof engine === 'number') return engine;
  try {
    const supervisor = engine.supervisor();
    studio.planner.probed(await supervisor.probe(), supervisor.reservedBytes);
    const before = await studio.planner.for(query);
    if (before.kind === 'shape') {
      const sentence = shapeSentence({ name: found.model.name }, before.problem);
      return refuse(output, 'wrong-arguments', sentence, exitCodes.wrongArguments);
    }
    const runs = await tryOut(
      {
        planner: studio.planner,
        render: (order, onProgress, abort) => engine.supervisor().render(order, onProgress, abort),
        folder: studio.paths.calibration,
      },
      found.model,
      query,
      signal,
      (run, number, of) =>
        output.event({
          ...{ type: 'phase', phase: 'denoising', job: null, detail: null },
          sentence: `Short clip ${number} of ${of}: ${resultText(run)}`,
        }),
    );
    if (runs.length === 0) return refuseCancelled(output);
    const after = await studio.planner.for(query);
    output.result(calibrationText(query, runs, before, after), { query, runs, before, after });
    return signal.aborted ? exitCodes.cancelled : exitCodes.done;
  } catch (error) {
    if (!(error instanceof WorkerFailed)) throw error;
    return refuse(output, error.failure.cause, failureSentence(error.failure), exitCodes.notOnThisMachine);
  } finally {
    await engine.stop();
  }
}

const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} s`;

function resultText({ result, prediction }: CalibrationRun): string {
  switch (result.kind) {
    case 'measured':
      return `${seconds(result.stepSeconds)} a step, ${seconds(prediction.stepSeconds)} expected`;
    case 'too-large':
      return `out of memory${result.phase === null ? '' : ` while ${phaseWords[result.phase].toLowerCase()}`}`;
    case 'failed':
      return failureSentence(result.failure);
  }
}

/** Each short clip with what was expected and what came, and what is now said of a whole one. */
export function calibrationText(
  { model, width, height, frames, steps }: PlanQuery,
  runs: readonly CalibrationRun[],
  before: Planned,
  after: Planned,
): string {
  const tried = runs.flatMap((run) => [
    `${run.expected === 'too-large' ? 'Expected not to fit' : 'Expected to fit'}: ${resultText(run)}`,
    ...peakText(run),
    ...run.reasons.map((reason) => `  - ${reasonText(reason)}`),
  ]);
  const told = [wholeText('Before', before), wholeText('Now', after)].filter((line) => line !== null);
  return [
    `${model}, ${width}x${height}, ${frames} frames`,
    '',
    ...tried,
    '',
    `A clip of ${steps} steps:`,
    ...told,
  ].join('\n');
}

function peakText({ result, prediction }: CalibrationRun): string[] {
  if (result.kind !== 'measured') return [];
  return prediction.phases.flatMap(({ phase, deviceBytes }) => {
    const measured = result.peaks[phase]?.allocatedBytes;
    if (measured == null || deviceBytes === null || deviceBytes === 0) return [];
    return [`  ${phaseWords[phase]}: ${gb(measured)} of the card, ${gb(deviceBytes)} expected`];
  });
}

function wholeText(when: string, planned: Planned): string | null {
  if (!('prediction' in planned)) return null;
  const fits = planned.kind === 'too-large' ? ', but it does not fit' : '';
  return `  ${when}: ${about(planned.prediction.seconds)}${fits}`;
}
