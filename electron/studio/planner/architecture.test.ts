import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CatalogueModel } from '../../../contract/model.ts';
import { architectureOf, parametersOf } from './architecture.ts';

const resources = join(import.meta.dirname, '../../../resources');
const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(resources, ...path), 'utf8'));
const catalogue = (id: string) => CatalogueModel.parse(json('catalogue', `${id}.json`));
const present = (id: string) => {
  const architecture = architectureOf({
    transformer: json('models', id, 'transformer', 'config.json'),
    vae: json('models', id, 'vae', 'config.json'),
    textEncoder: json('models', id, 'text_encoder', 'config.json'),
  });
  if (architecture === null) throw new Error(`${id} has no usable configuration.`);
  return architecture;
};

describe('the numbers in a model, from its configuration', () => {
  // Counted in the modules that diffusers and transformers build from the same configurations.
  it.each([
    ['cogvideox-2b', 1_693_783_872, 56_081_536, 354_816_000],
    ['cogvideox-5b', 5_570_283_072, 132_197_632, 794_787_840],
    ['cogvideox-5b-i2v', 5_570_479_680, 132_197_632, 794_787_840],
    ['cogvideox-1.5-5b', 5_570_676_352, 132_197_632, 794_787_840],
    ['cogvideox-1.5-5b-i2v', 5_571_594_880, 132_197_632, 794_787_840],
  ])('%s', (id, all, block, norms) => {
    const { transformer, vae, textEncoder } = parametersOf(catalogue(id).architecture);
    expect(transformer).toMatchObject({ all, block, norms });
    expect(vae).toEqual({ encoder: 92_215_456, decoder: 123_368_451 });
    expect(textEncoder).toMatchObject({ all: 4_762_310_656, block: 192_946_176 });
  });

  it('also of the tables of positions that lie beside the weights', () => {
    const tables = ['2b', '5b', '5b-i2v', '1.5-5b'].map(
      (id) => parametersOf(catalogue(`cogvideox-${id}`).architecture).transformer.positions,
    );
    expect(tables).toEqual([34_129_920, 0, 54_607_872, 0]);
  });

  it.each([
    ['paper-world', 4_239_488],
    ['paper-world-i2v', 4_251_776],
  ])('of %s, which is here: its files are just as large', (id, transformer) => {
    const numbers = parametersOf(present(id));
    expect(numbers.transformer.all).toBe(transformer);
    expect(numbers.vae).toEqual({ encoder: 1_838_464, decoder: 2_969_635 });
    expect(numbers.textEncoder.all).toBe(646_144);
    const size = (folder: string, file: string) => statSync(join(resources, 'models', id, folder, file)).size;
    expect(size('transformer', 'diffusion_pytorch_model.safetensors') / (2 * transformer)).toBeCloseTo(1, 1);
  });
});

it('every file of the catalogue can be read, and is named by its id', () => {
  for (const file of readdirSync(join(resources, 'catalogue'))) {
    expect(`${CatalogueModel.parse(json('catalogue', file)).id}.json`).toBe(file);
  }
});

it.each([
  ['nothing', null],
  ['another kind', { num_layers: 'many' }],
  ['sizes without end', { num_layers: 4e9 }],
])('a configuration that holds %s is no architecture', (_, transformer) => {
  const rest = { vae: {}, textEncoder: json('models', 'paper-world', 'text_encoder', 'config.json') };
  expect(architectureOf({ transformer, ...rest })).toBeNull();
});
