import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { Studio } from '../studio/studio.ts';
import type { Output } from './output.ts';

export async function models(studio: Studio, output: Output): Promise<ExitCode> {
  const found = await studio.listModels();
  const lines = found.map((item) => {
    if (item.kind === 'refused') return `(not usable) ${item.sentence}`;
    const { id, name, note, task, defaults, folder } = item.model;
    const { width, height, frames, fps } = defaults;
    return `${id}\n  ${name}: ${note}\n  ${task}, ${width}x${height}, ${frames} frames at ${fps} a second\n  ${folder}`;
  });
  output.result(lines.join('\n'), {
    models: found.flatMap((item) => (item.kind === 'model' ? [item.model] : [])),
    refused: found.filter((item) => item.kind === 'refused'),
  });
  return exitCodes.done;
}
