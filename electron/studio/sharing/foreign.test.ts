import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { crc32 } from './bytes.ts';
import { ftyp, mdat, moov, tagged, udta } from './films.fixture.ts';
import { receive } from './index.ts';
import { webm } from './mutations.fixture.ts';

const nothing = {
  ...{ prompt: null, negativePrompt: null, seed: null, width: null, height: null },
  ...{ frames: null, fps: null, steps: null, guidance: null },
};

const graph = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      ...{ seed: 42, steps: 30, cfg: 6.5, sampler_name: 'euler', model: ['4', 0] },
      ...{ positive: ['12', 0], negative: ['7', 0], latent_image: ['5', 0] },
    },
  },
  '5': { class_type: 'EmptyHunyuanLatentVideo', inputs: { width: 832, height: 480, length: 81, batch_size: 1 } },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: ['9', 0], clip: ['4', 1] } },
  '7': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['4', 1] } },
  '9': { class_type: 'PrimitiveString', inputs: { value: 'a paper boat' } },
  '12': { class_type: 'FluxGuidance', inputs: { guidance: 3, conditioning: ['6', 0] } },
  '14': { class_type: 'CreateVideo', inputs: { fps: 16, images: ['8', 0] } },
};
const fromGraph = {
  ...{ maker: 'comfyui', prompt: 'a paper boat', negativePrompt: 'blurry', seed: 42, width: 832, height: 480 },
  ...{ frames: 81, fps: 16, steps: 30, guidance: 6.5 },
};

const film = (...more: Buffer[]) => Buffer.concat([ftyp, moov(...more), mdat()]);
const workflow = { nodes: [], version: 0.4 };

async function png(keyword: string, text: string): Promise<Buffer> {
  const plain = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    .png()
    .toBuffer();
  const data = Buffer.from(`tEXt${keyword}\0${text}`, 'latin1');
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(data), data.length + 4);
  return Buffer.concat([plain.subarray(0, 33), chunk, plain.subarray(33)]);
}

describe('what other programs write', () => {
  it.each<[string, () => Promise<Buffer> | Buffer, string]>([
    ['a picture', () => png('prompt', JSON.stringify(graph)), 'png'],
    [
      'a clip with names of its own',
      () => film(tagged({ prompt: JSON.stringify(graph), workflow: JSON.stringify(workflow) })),
      'mp4',
    ],
    [
      'a clip with all in the comment',
      () => film(udta(JSON.stringify({ prompt: JSON.stringify(graph), workflow }))),
      'mp4',
    ],
    ['WebM', () => webm('PROMPT', JSON.stringify(graph)), 'webm'],
    ['WebM, with the comment', () => webm('COMMENT', JSON.stringify({ prompt: graph, workflow })), 'webm'],
    [
      'WebM, behind pictures',
      () => webm('prompt', JSON.stringify(graph), Buffer.from('1f43b67583010203', 'hex')),
      'webm',
    ],
  ])('ComfyUI: %s', async (_, make, carrier) => {
    expect(await receive(await make())).toEqual({ kind: 'foreign', settings: fromGraph, carrier });
  });

  it('ComfyUI: graphs that lead in circles or nowhere', async () => {
    const circle = {
      '1': { class_type: 'KSampler', inputs: { seed: 1, steps: 5, cfg: 1, positive: ['2', 0], negative: ['9', 0] } },
      '2': { class_type: 'Reroute', inputs: { conditioning: ['3', 0] } },
      '3': { class_type: 'Reroute', inputs: { conditioning: ['2', 0] } },
    };
    expect(await receive(await png('prompt', JSON.stringify(circle)))).toEqual({
      kind: 'foreign',
      settings: { ...nothing, maker: 'comfyui', seed: 1, steps: 5, guidance: 1 },
      carrier: 'png',
    });
  });

  it.each([
    '{"toString":1}',
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    'null',
    '[]',
    '[null]',
    '[{"toString":1},0]',
    `[${'['.repeat(100_000)}${']'.repeat(100_000)},0]`,
  ])('ComfyUI: a link that is none: %.20s', async (link) => {
    const given = `{"3":{"class_type":"KSampler","inputs":{"positive":${link},"negative":[3,0],"steps":3}}}`;
    expect(await receive(given)).toEqual({
      kind: 'foreign',
      settings: { ...nothing, maker: 'comfyui', steps: 3 },
      carrier: 'text',
    });
  });

  it('A1111: its parameters, in a picture and as they are pasted', async () => {
    const parameters =
      'a red balloon,\n(sunset:1.2)\nNegative prompt: rain,\nfog\nSteps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 965400086, Size: 512x768, Model hash: 6ce0161689, Model: v1-5, Version: v1.6.0';
    const settings = {
      ...nothing,
      ...{ maker: 'a1111', prompt: 'a red balloon,\n(sunset:1.2)', negativePrompt: 'rain,\nfog', seed: 965400086 },
      ...{ width: 512, height: 768, steps: 20, guidance: 7.5 },
    };
    expect(await receive(await png('parameters', parameters))).toEqual({ kind: 'foreign', settings, carrier: 'png' });
    expect(await receive(parameters)).toEqual({ kind: 'foreign', settings, carrier: 'text' });
    expect(await receive('Steps: 9, Seed: 1')).toMatchObject({ settings: { prompt: null, steps: 9, seed: 1 } });
  });

  it('Wan2GP: its comment', async () => {
    const comment = {
      ...{ prompt: 'a fox', negative_prompt: '', resolution: '832x480', video_length: 81, seed: 5, force_fps: '16' },
      ...{ num_inference_steps: 30, guidance_scale: 5, model_type: 't2v', type: 'WanGP v8.1 by DeepBeepMeep' },
    };
    const settings = {
      ...{ maker: 'wan2gp', prompt: 'a fox', negativePrompt: null, seed: 5, width: 832, height: 480 },
      ...{ frames: 81, fps: 16, steps: 30, guidance: 5 },
    };
    expect(await receive(film(udta(JSON.stringify(comment))))).toEqual({ kind: 'foreign', settings, carrier: 'mp4' });
  });

  it('a text that was changed without its checksum is not read', async () => {
    const picture = await png('parameters', 'Steps: 9, Seed: 1');
    picture[picture.indexOf('Steps: 9') + 7] = 0x37;
    expect(await receive(picture)).toEqual({ kind: 'refused', problem: { problem: 'no-settings', carrier: 'png' } });
  });

  it('what does not mean anything here is left out', async () => {
    const wild = {
      ...{ prompt: 'x'.repeat(5000), negative_prompt: 7, resolution: '99999x1', video_length: -4, seed: 2 ** 63 },
      ...{ num_inference_steps: 12, guidance_scale: 'much', force_fps: '' },
    };
    expect(await receive(film(udta(JSON.stringify(wild))))).toEqual({
      kind: 'foreign',
      settings: { ...nothing, maker: 'wan2gp', steps: 12 },
      carrier: 'mp4',
    });
  });

  it.each([
    ['a comment like any other', 'Filmed on a rainy day.'],
    ['JSON of somebody', '{"title":"x","steps":[1,2]}'],
    ['JSON that is broken', '{"num_inference_steps":30,"resolution":'],
    ['a graph of nothing', '{"prompt":{"1":{"class_type":"Note","inputs":{}}}}'],
    ['JSON that speaks of us', '{"reelwright":"is nice"}'],
    ['a prompt that speaks of us', '{"prompt":"\\"reelwright\\""}'],
  ])('%s is nobody’s settings', async (_, comment) => {
    const problem = { problem: 'no-settings', carrier: 'mp4' };
    expect(await receive(film(udta(comment)))).toEqual({ kind: 'refused', problem });
  });
});
