/** Writes what is generated from contract/: the JSON Schemas, and from the worker's its pydantic models. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { Described, DescribeOrder, Exported, ExportOrder, ExportOutcome, StillOrder } from '../contract/exporter.ts';
import { PresetDocument } from '../contract/preset.ts';
import { Heartbeat, Probe, Progress, Ready, RenderOrder, RenderOutcome } from '../contract/worker.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const schemaFile = join(root, 'contract/generated/worker.schema.json');
export const presetSchemaFile = join(root, 'docs/preset.schema.json');
export const pythonFile = join(root, 'python-sidecar/reelwright_sidecar/contract.py');

/** One document with a definition for every message of the worker protocol. */
export function workerSchema(): string {
  const { $schema, $defs } = z.toJSONSchema(
    z.object({
      ...{ RenderOrder, RenderOutcome, Progress, Ready, Heartbeat, Probe },
      ...{ ExportOrder, ExportOutcome, Exported, StillOrder, DescribeOrder, Described },
    }),
    {
      // JavaScript's own bounds for whole numbers say nothing to the worker.
      override: ({ jsonSchema }) => {
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      },
    },
  );
  return `${JSON.stringify({ $schema, title: 'WorkerProtocol', type: 'object', $defs }, null, 2)}\n`;
}

/** The preset document, for whoever wants to write or read one. */
export async function presetSchema(): Promise<string> {
  const schema = { ...z.toJSONSchema(PresetDocument), title: 'Reelwright preset', description: 'See docs/presets.md.' };
  // As everything in docs is formatted.
  const { stdout } = await execa('biome', ['format', '--stdin-file-path=preset.schema.json'], {
    ...{ cwd: root, input: JSON.stringify(schema, null, 2), preferLocal: true, localDir: root },
  });
  return `${stdout}\n`;
}

/** The worker's messages as pydantic models. `python` is an interpreter with datamodel-code-generator and ruff. */
export async function pythonModels(python: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelwright-contract-'));
  try {
    const input = join(folder, 'worker.schema.json');
    const output = join(folder, 'contract.py');
    await writeFile(input, workerSchema());
    await execa(python, [
      ...['-m', 'datamodel_code_generator', '--input', input, '--input-file-type', 'jsonschema', '--output', output],
      ...['--output-model-type', 'pydantic_v2.BaseModel', '--target-python-version', '3.10'],
      ...[
        '--snake-case-field',
        '--allow-population-by-field-name',
        '--use-annotated',
        '--enum-field-as-literal',
        'all',
      ],
      ...['--use-union-operator', '--use-standard-collections', '--disable-timestamp', '--formatters', 'ruff-format'],
      ...['--use-one-literal-as-default', '--extra-fields', 'ignore', '--use-type-alias'],
      ...['--custom-file-header', '# Generated from contract/worker.ts by `npm run contract`. Do not edit.'],
    ]);
    return await readFile(output, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const python = process.argv[2];
  if (python === undefined) throw new Error('Usage: npm run contract -- <python with the development packages>');
  await mkdir(dirname(schemaFile), { recursive: true });
  await writeFile(schemaFile, workerSchema());
  await writeFile(presetSchemaFile, await presetSchema());
  await writeFile(pythonFile, await pythonModels(python));
}
