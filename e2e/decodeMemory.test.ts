import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import {
  decodeHostBytes,
  decodeOf,
  decodePeakBytes,
  rowsFor,
  slabPixels,
} from '../electron/studio/planner/decodeMemory.ts';
import { oneThread, root } from './cli.ts';
import { testPython } from './environment.ts';

const decoders = {
  true: { latent: 16, channels: [512, 256, 256, 128], layers: 4, doublings: 2, pictures: 3 },
  small: { latent: 16, channels: [96, 64, 32, 32], layers: 2, doublings: 2, pictures: 3 },
} as const;
const sizes = [
  { frames: 13, height: 60, width: 90 },
  { frames: 21, height: 96, width: 170 },
  { frames: 5, height: 20, width: 32 },
  { frames: 1, height: 60, width: 90 },
  { frames: 2, height: 33, width: 47 },
  { frames: 41, height: 170, width: 96 },
];
const residents = [0, 2 ** 20, 3e8, 1e9, 2 ** 40];
const program = `
import json, sys
from reelwright_sidecar.decode.geometry import Slabs, Structure
from reelwright_sidecar.decode.peak import decode_peak_bytes, host_bytes
for case in json.loads(sys.stdin.read()):
    d, s = case["decoder"], case["size"]
    structure = Structure(d["latent"], tuple(d["channels"]), d["layers"], d["doublings"], d["pictures"])
    size = (s["frames"], s["height"], s["width"], case["itemBytes"], Slabs(case["rows"], case["residentBytes"]))
    print(json.dumps([decode_peak_bytes(structure, *size), host_bytes(structure, *size)]))
`;

it('the planner and the worker reckon the memory of a decode alike, to the byte', { timeout: 120_000 }, async () => {
  const cases = Object.values(decoders).flatMap((decoder) =>
    sizes.flatMap((size) =>
      [2, 4].flatMap((itemBytes) => {
        const decode = decodeOf(decoder, size, itemBytes);
        return slabPixels.flatMap((pixels) =>
          residents.map((residentBytes) => ({
            decoder,
            size,
            itemBytes,
            rows: rowsFor(decode, pixels),
            residentBytes,
          })),
        );
      }),
    ),
  );
  const { stdout } = await execa(await testPython(), ['-c', program], {
    input: JSON.stringify(cases),
    cwd: join(root, 'python-sidecar'),
    env: { PYTHONPATH: join(root, 'python-sidecar'), ...oneThread },
  });
  const figures = stdout.split('\n').map((line) => JSON.parse(line) as [number, number]);
  expect(figures).toHaveLength(cases.length);
  for (const [index, one] of cases.entries()) {
    const decode = decodeOf(one.decoder, one.size, one.itemBytes);
    const ours = [decodePeakBytes(decode, one), decodeHostBytes(decode, one)];
    expect({ ...one, figures: ours }).toEqual({ ...one, figures: figures[index] });
  }
});
