/** Two people with different cards: what one exports the other takes in, and each renders it by a plan of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clip } from '../contract/clip.ts';
import { ClipRecord } from '../contract/clipRecord.ts';
import { type PresetDocument, presetFormat, presetVersion } from '../contract/preset.ts';
import { Plan } from '../contract/render.ts';
import { sitePaths } from '../contract/site.ts';
import { ReceivedPreview } from '../contract/storedPreset.ts';
import type { Device } from '../contract/worker.ts';
import { cardReserve } from '../electron/studio/planner/machine.ts';
import { applied, saidBy } from '../renderer/rooms/presets/apply.ts';
import { oneThread, root } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';
import { engineIs, jobIs, type Open, open, opened } from './openStudio.ts';
import { small } from './small.ts';

const MiB = 2 ** 20;
const cards = {
  large: { name: 'NVIDIA GeForce RTX 4090', capability: '8.9', totalBytes: 24_576 * MiB, freeBytes: 23_900 * MiB },
  /** Of which others have nearly everything. */
  full: {
    ...{ name: 'NVIDIA GeForce RTX 3050 Laptop GPU', capability: '8.6', totalBytes: 4096 * MiB },
    freeBytes: Math.ceil(cardReserve(process.platform, 4096 * MiB)) + 190 * MiB,
  },
};

const preset: PresetDocument = {
  ...{ format: presetFormat, version: presetVersion, name: 'Red kite', author: 'Ada', note: '', tags: ['sky'] },
  ...{ model: 'paper-world', alternatives: [], prompt: 'a red kite over the sea', negativePrompt: 'rain' },
  ...{ width: 256, height: 160, frames: 9, fps: 8, steps: 2, guidance: 2.5, scheduler: 'dpm' },
  ...{ seed: { kind: 'fixed', value: 11 }, loras: [], wish: 'balanced', thumbnail: null },
};

interface Person extends Open {
  /** By which each of their clips was rendered, in turn. */
  plans(): Plan[];
}

let home: string;
let ada: Person;
let bob: Person;

function personWith(name: string, card: Omit<Device, 'kind'>): Person {
  const plans = join(home, `${name}.plans`);
  const env = {
    ...oneThread,
    REELWRIGHT_TEST_CARD: JSON.stringify({ kind: 'cuda', ...card }),
    REELWRIGHT_TEST_PLANS: plans,
  };
  const command = ['-s', join(root, 'python-sidecar', 'tests', 'carded_worker.py')];
  const lines = () => readFileSync(plans, 'utf8').trim().split('\n');
  return {
    ...open(join(home, name), { worker: { env, command } }),
    plans: () => lines().map((line) => Plan.parse(JSON.parse(line))),
  };
}

/** Everything of the preset taken over into Create, and rendered. */
async function rendered({ client, seen }: Person, document: PresetDocument): Promise<Clip> {
  const models = await client.models();
  const { id } = await client.queue.add(applied(small, document, saidBy(document), models));
  const { job } = await seen(jobIs(id, 'done', 'failed'));
  expect(job.state).toMatchObject({ kind: 'done' });
  return client.library.get({ id });
}

/** Looked at, and kept. */
async function taken({ client }: Person, { id, received }: ReceivedPreview): Promise<PresetDocument> {
  expect(received.kind).not.toBe('refused');
  const [kept] = await client.presets.accept({ id, which: [0] });
  return kept?.document ?? expect.fail('Nothing was kept.');
}

/** What the clip says that it was made by, without what differs from one time to the next. */
async function settingsOf({ file }: Clip) {
  const { comment } = await readClip(file);
  const { job: _, createdAt: __, seconds: ___, phaseSeconds: ____, ...lasting } = ClipRecord.parse(JSON.parse(comment));
  return lasting;
}

describe('two data folders with different cards', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await testPython();
    home = mkdtempSync(join(tmpdir(), 'reelwright-two-cards-'));
    ada = personWith('ada', cards.large);
    bob = personWith('bob', cards.full);
    for (const each of [ada, bob]) await each.seen(engineIs('ready'));
  }, 180_000);
  afterAll(async () => {
    for (const each of opened) await each.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('exchange a preset by file, link and clip, and make the same frames of it, each by their own plan', async () => {
    const { id } = await ada.client.presets.create({ document: preset, clip: null });
    const first = await rendered(ada, preset);
    const ask = async ({ session }: Person, path: string, init?: RequestInit) =>
      (await session.site(new Request(`studio://app${path}`, init))) ?? expect.fail(`no answer to ${path}`);
    const sent = async (body: Uint8Array<ArrayBuffer>) =>
      ReceivedPreview.parse(await (await ask(bob, sitePaths.receive, { method: 'POST', body })).json());
    const file = new Uint8Array(await (await ask(ada, sitePaths.presetExport([id], false))).arrayBuffer());
    const { link } = await ada.client.presets.link({ id });
    const came = [
      await sent(file),
      await bob.client.presets.receive({ text: `look: ${link}` }),
      await sent(new Uint8Array(readFileSync(first.file))),
    ];
    expect(came.map(({ received }) => received.kind)).toEqual(['preset', 'preset', 'clip']);

    const pixels = (await readClip(first.file)).pixels;
    for (const preview of came) {
      const again = await rendered(bob, await taken(bob, preview));
      expect(await settingsOf(again)).toEqual(await settingsOf(first));
      expect((await readClip(again.file)).pixels).toBe(pixels);
    }

    const [his, hers] = [bob.plans(), ada.plans()];
    expect(hers).toMatchObject([{ device: 'cuda', placements: { transformer: { kind: 'resident' } } }]);
    expect(his).toHaveLength(3);
    for (const plan of his) expect(plan).toEqual(his[0]);
    expect(his[0]).toMatchObject({ device: 'cuda', precision: hers[0]?.precision });
    expect(his[0]?.placements.transformer.kind).not.toBe('resident');
  });

  it('are told the same preset differently', async () => {
    const { model, width, height, frames, steps, guidance } = preset;
    const query = { model, width, height, frames, steps, guidance };
    for (const [person, card] of [
      [ada, cards.large],
      [bob, cards.full],
    ] as const) {
      expect(await person.client.plan.for(query)).toMatchObject({ room: { device: 'cuda', name: card.name } });
    }
  });
});
