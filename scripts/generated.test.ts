import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testPython } from '../e2e/environment.ts';
import { presetSchema, presetSchemaFile, pythonFile, pythonModels, schemaFile, workerSchema } from './contract.ts';
import { freshManifest, modelFolders } from './manifest.ts';

const text = async (file: string) => (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');

describe('what is generated is up to date', () => {
  it('the JSON Schema of the worker protocol ("npm run contract")', async () => {
    expect(await text(schemaFile)).toBe(workerSchema());
  });

  it('the JSON Schema of presets ("npm run contract")', async () => {
    expect(await text(presetSchemaFile)).toBe(await presetSchema());
  });

  it('the pydantic models of the worker protocol ("npm run contract")', { timeout: 60_000 }, async () => {
    expect(await text(pythonFile)).toBe((await pythonModels(await testPython())).replaceAll('\r\n', '\n'));
  });

  it('the sizes and sums of the shipped models ("npm run manifest")', async () => {
    for (const folder of await modelFolders()) {
      expect(await text(join(folder, 'reelwright.json')), basename(folder)).toBe(await freshManifest(folder));
    }
  });
});
