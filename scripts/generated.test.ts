import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { testPython } from '../e2e/environment.ts';
import { presetSchema, presetSchemaFile, pythonFile, pythonModels, schemaFile, workerSchema } from './contract.ts';
import { freshIcons, picturesIn } from './icons.ts';
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

  it('the icons ("npm run icons")', async () => {
    for (const [file, fresh] of await freshIcons()) {
      const [found, wanted] = [picturesIn(await readFile(file)), picturesIn(fresh)];
      expect(found.length, basename(file)).toBe(wanted.length);
      for (const [index, png] of wanted.entries()) {
        const pixels = await rawOf(found[index]);
        // Processors round differently while they draw.
        const furthest = (await rawOf(png)).reduce(
          (far, value, at) => Math.max(far, Math.abs(value - (pixels[at] ?? 999))),
          0,
        );
        expect(furthest, `${basename(file)}, picture ${index + 1}`).toBeLessThan(8);
      }
    }
  });
});

const rawOf = (png: Buffer | undefined): Promise<Buffer> => sharp(png).ensureAlpha().raw().toBuffer();
