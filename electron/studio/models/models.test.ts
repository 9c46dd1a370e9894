import { cp, mkdir, mkdtemp, open, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Model } from '../../../contract/model.ts';
import { openStore, type Store } from '../storage/database.ts';
import { findModel, listModels, readModel, verifyModel } from './index.ts';

const shipped = join(dirname(fileURLToPath(import.meta.url)), '../../../resources/models');
const weights = 'transformer/diffusion_pytorch_model.safetensors';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-models-'));
  store = openStore(join(folder, 'store.db'));
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

async function copyOf(id: string): Promise<string> {
  const copy = join(folder, 'models', id);
  await cp(join(shipped, id), copy, { recursive: true });
  return copy;
}

async function modelIn(at: string): Promise<Model> {
  const found = await readModel(at);
  if (found.kind !== 'model') throw new Error(found.sentence);
  return found.model;
}

describe('the models that are present', () => {
  it('are listed from every folder, by id and by path', async () => {
    const copy = await copyOf('paper-world');
    const all = await listModels([shipped, join(folder, 'nowhere')]);
    expect(all.map((item) => item.kind === 'model' && item.model.id)).toEqual(['paper-world', 'paper-world-i2v']);
    expect(await findModel([shipped], 'paper-world-i2v')).toMatchObject({
      model: { task: 'image-to-video', verified: true },
    });
    expect(await findModel([], copy)).toMatchObject({ model: { folder: copy } });
    expect(await findModel([shipped], 'sora')).toBeNull();
  });

  it('may be ordinary folders without our description', async () => {
    const copy = await copyOf('paper-world');
    await unlink(join(copy, 'reelwright.json'));
    expect(await modelIn(copy)).toMatchObject({
      id: 'paper-world',
      verified: false,
      task: 'text-to-video',
      defaults: { width: 256, height: 160, frames: 17 },
      shape: { sideMultiple: 16, framesMultiple: 8 },
    });
    const config = join(copy, 'transformer', 'config.json');
    const learned = (await readFile(config, 'utf8')).replace(
      '"use_learned_positional_embeddings": false',
      '"use_learned_positional_embeddings": true',
    );
    await writeFile(config, learned);
    expect(await modelIn(copy)).toMatchObject({ shape: { fixedSize: true } });
  });

  it.each([
    ['nothing inside', async (at: string) => rm(at, { recursive: true }).then(() => mkdir(at)), /holds no model/],
    [
      'another family',
      async (at: string) => writeFile(join(at, 'model_index.json'), '{"_class_name":"FluxPipeline"}'),
      /FluxPipeline/,
    ],
    ['half a folder', async (at: string) => rm(join(at, 'vae', 'config.json')), /incomplete/],
  ])('are refused with a sentence when there is %s', async (_, spoil, sentence) => {
    const copy = await copyOf('paper-world');
    await unlink(join(copy, 'reelwright.json'));
    await spoil(copy);
    expect(await readModel(copy)).toMatchObject({ kind: 'refused', sentence: expect.stringMatching(sentence) });
  });

  it('are refused when the description is damaged or leads outside', async () => {
    const copy = await copyOf('paper-world');
    const file = join(copy, 'reelwright.json');
    const text = await readFile(file, 'utf8');
    for (const bad of ['{', text.replace('"vae/config.json"', '"../../secret.json"')]) {
      await writeFile(file, bad);
      expect(await readModel(copy)).toMatchObject({ kind: 'refused' });
    }
  });
});

describe('the bytes of a model', () => {
  it('are proved', async () => expect(await verifyModel(await modelIn(await copyOf('paper-world')), store)).toBeNull());

  it.each([
    ['truncated', (file: string) => truncate(file, 1000)],
    ['missing', (file: string) => unlink(file)],
    ['damaged', flipOneBit],
  ])('are found %s', async (problem, spoil) => {
    const model = await modelIn(await copyOf('paper-world'));
    await spoil(join(model.folder, weights));
    expect(await verifyModel(model, store)).toMatchObject({ cause: 'bad-weights', file: weights, problem });
  });

  it('cannot be read, and that is no riddle', async () => {
    const model = await modelIn(await copyOf('paper-world'));
    const path = 'transformer';
    const { size } = await stat(join(model.folder, path));
    // Nobody reads a folder as a file, however much it weighs.
    const files = [{ path, bytes: size, sha256: '0'.repeat(64) }];
    const found = await verifyModel({ ...model, files }, store);
    expect(found).toMatchObject({ cause: 'bad-weights', file: path, problem: 'unreadable' });
  });
});

async function flipOneBit(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 500_000);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await handle.write(byte, 0, 1, 500_000);
  await handle.close();
}
