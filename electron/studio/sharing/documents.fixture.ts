import fc from 'fast-check';
import { ClipRecord, clipFormat, clipVersion, recordedRecoveries } from '../../../contract/clipRecord.ts';
import { type PresetDocument, presetFormat, presetLimits, presetVersion } from '../../../contract/preset.ts';
import type { RecoveryNote } from '../../../contract/recovery.ts';
import { limits, phases, schedulers } from '../../../contract/render.ts';
import { shortcuts } from '../../../contract/shortcut.ts';

/** Any characters that there are, and those that carriers would trip over. */
const text = (maxLength: number, minLength = 0) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength, maxLength: Math.floor(maxLength / 2) }),
    fc.string({ unit: 'grapheme-ascii', minLength, maxLength }),
    fc
      .constantFrom('"]]></x>&amp;\\', '\u0000\u001f\u007f\u202e', '{"a":1}', '紙の世界 🎈', '\r\n\t')
      .map((given) => given.slice(0, maxLength)),
  );

const whole = ({ min, max }: { min: number; max: number }) => fc.integer({ min, max });
// JSON knows no negative zero.
const decimal = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);
const model = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);

/** The smallest that says of itself to be a WebP of this size. */
export function webp(width: number, height: number, more = ''): Buffer {
  const data = Buffer.alloc(10 + more.length + (more.length & 1));
  data[0] = 0x2f;
  data.writeUInt32LE((width - 1) | ((height - 1) << 14), 1);
  data.write(more, 10, 'latin1');
  const head = Buffer.from('RIFF\0\0\0\0WEBPVP8L\0\0\0\0', 'latin1');
  head.writeUInt32LE(data.length + 12, 4);
  head.writeUInt32LE(data.length, 16);
  return Buffer.concat([head, data]);
}

const thumbnail = fc
  .tuple(fc.integer({ min: 1, max: presetLimits.thumbnailSide }), fc.string({ maxLength: 300 }))
  .map(([side, more]) => webp(side, side, more).toString('base64'));

const settings = { noNullPrototype: true } as const;

const bare = {
  format: fc.constant(presetFormat),
  version: fc.constant(presetVersion),
  name: text(presetLimits.name, 1),
  author: text(presetLimits.author),
  note: text(400),
  tags: fc.array(text(presetLimits.tag, 1), { maxLength: presetLimits.tags }),
  model,
  alternatives: fc.array(model, { maxLength: presetLimits.alternatives }),
  prompt: text(400),
  negativePrompt: text(200),
  width: whole(limits.side),
  height: whole(limits.side),
  frames: whole(limits.frames),
  fps: whole(limits.fps),
  steps: whole(limits.steps),
  guidance: decimal(limits.guidance.min, limits.guidance.max),
  scheduler: fc.constantFrom(...schedulers),
  seed: fc.oneof(
    fc.constant({ kind: 'drawn' as const }),
    fc.record({ kind: fc.constant('fixed' as const), value: whole(limits.seed) }, settings),
  ),
  loras: fc.array(
    fc.record({ sha256: fc.stringMatching(/^[0-9a-f]{64}$/), name: text(80), weight: decimal(-4, 4) }, settings),
    {
      maxLength: presetLimits.loras,
    },
  ),
  wish: fc.constantFrom('quality' as const, 'balanced' as const, 'speed' as const),
};

export const anyDocument: fc.Arbitrary<PresetDocument> = fc.record(
  { ...bare, thumbnail: fc.option(thumbnail) },
  settings,
);

/** With as many values as one can have. */
const note: RecoveryNote = {
  ...{ cause: 'device-memory', phase: 'decoding', rung: 'replan' },
  changes: [
    { kind: 'text-encoder', placement: { kind: 'sequential' } },
    {
      kind: 'denoiser',
      placement: { kind: 'group-offload', level: 'block', stream: true, recordStream: false, pinnedBytes: 2 ** 30 },
    },
    { kind: 'guidance', guidance: 'sequential' },
    { kind: 'decode', slabRows: null },
    { kind: 'encode', slabRows: 64 },
    { kind: 'pinned', bytes: 0 },
    { kind: 'compile', compile: false },
    { kind: 'precision', precision: 'float32' },
    { kind: 'attention', attention: 'sdpa' },
    { kind: 'storage', transformer: 'same' },
    { kind: 'steps', steps: 'all' },
  ],
};
const notes = fc.array(fc.constantFrom<RecoveryNote>(note, { ...note, phase: null, rung: 'accept', changes: [] }), {
  ...{ minLength: 1, maxLength: recordedRecoveries },
});

const recordKeys = [
  ...(['format', 'version', 'job', 'createdAt', 'preset', 'seed', 'fromPicture', 'seconds', 'phaseSeconds'] as const),
];

export const anyRecord: fc.Arbitrary<ClipRecord> = fc.record(
  {
    format: fc.constant(clipFormat),
    version: fc.constant(clipVersion),
    job: fc.stringMatching(/^[a-z0-9]{1,40}$/).filter((id) => ClipRecord.shape.job.safeParse(id).success),
    createdAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    preset: fc.record(bare, settings),
    seed: whole(limits.seed),
    fromPicture: fc.boolean(),
    seconds: fc.option(decimal(0, 1e6)),
    phaseSeconds: fc.dictionary(fc.constantFrom(...phases), decimal(0, 1e5), settings),
    recoveries: notes,
    shortcut: fc.constantFrom(...shortcuts),
  },
  { ...settings, requiredKeys: recordKeys },
);

/** A preset as people make them. */
export const balloon: PresetDocument = {
  format: presetFormat,
  version: presetVersion,
  name: 'Balloon at sunset',
  author: 'Ada',
  note: 'Slow and warm.',
  tags: ['calm'],
  model: 'paper-world',
  alternatives: ['cogvideox-2b'],
  prompt: 'a red balloon over {place} at sunset',
  negativePrompt: 'rain',
  ...{ width: 256, height: 160, frames: 17, fps: 8, steps: 16, guidance: 3, scheduler: 'ddim' },
  seed: { kind: 'drawn' },
  loras: [],
  wish: 'balanced',
  thumbnail: webp(16, 10).toString('base64'),
};

const { thumbnail: _, ...bareBalloon } = balloon;

export const balloonClip: ClipRecord = {
  format: clipFormat,
  version: clipVersion,
  job: 'tbx1a0c3',
  createdAt: 1_764_000_000_000,
  preset: bareBalloon,
  seed: 7,
  fromPicture: false,
  seconds: 12.5,
  phaseSeconds: { loading: 1.5, denoising: 9.25 },
};
