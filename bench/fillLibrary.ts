import { copyFileSync, existsSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PhaseSeconds, RenderSettings } from '../contract/render.ts';
import { writeEntry } from '../electron/studio/library/rows.ts';
import { openStore, type Store } from '../electron/studio/storage/database.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';

const things = ['balloon', 'rocket', 'bird', 'star', 'ball', 'fish', 'kite', 'boat', 'lantern', 'paper crane'];
const colours = ['purple', 'blue', 'green', 'red', 'yellow', 'golden', 'pink', 'white'];
const movements = ['drifting', 'rising', 'flying', 'spinning', 'bouncing', 'sailing', 'falling'];
const places = [
  'over green hills',
  'over a dark forest',
  'over the sea',
  'over mountains',
  'above a city',
  'by a lake',
];
const times = ['at sunset', 'at night', 'in the morning', 'at noon', 'in the fog'];

/**
 * Puts `count` clips into the library of a data folder, spread over the last year. They show what the clips show that
 * are there already, in turn: at least one must have been made.
 */
export function fillLibrary(home: string, count: number): void {
  const paths = dataPaths(home);
  const store = openStore(paths.database);
  try {
    const originals = readOriginals(store);
    if (originals.length === 0) throw new Error(`There is no clip in ${home} yet: make one first.`);
    for (const folder of [join(paths.clips, 'filled'), paths.posters]) mkdirSync(folder, { recursive: true });
    const rate = store.prepare('UPDATE clips SET rating = ? WHERE id = ?');
    const now = Date.now();
    const year = 365 * 24 * 3600 * 1000;
    store
      .transaction(() => {
        for (let index = 0; index < count; index++) {
          const original = originals[index % originals.length] as Original;
          const id = `filled${index.toString(36).padStart(6, '0')}`;
          const file = join(paths.clips, 'filled', `${id}.mp4`);
          const settings = { ...original.settings, prompt: promptOf(index), seed: (index * 2_654_435_761) % 2 ** 32 };
          share(original.file, file);
          share(join(paths.posters, `${original.id}.webp`), join(paths.posters, `${id}.webp`));
          const createdAt = Math.round(now - ((index + 1) / count) * year);
          const plain = { unknown: [], maker: null, recoveries: [], shortcut: null };
          writeEntry(store, { ...original, id, createdAt, file, settings, ...plain });
          rate.run(index % 17 === 0 ? (index % 5) + 1 : 0, id);
        }
      })
      .immediate();
  } finally {
    store.close();
  }
}

interface Original {
  id: string;
  file: string;
  bytes: number;
  model: string;
  settings: RenderSettings;
  seconds: number;
  phaseSeconds: PhaseSeconds;
}

function readOriginals(store: Store): Original[] {
  return store
    .prepare("SELECT * FROM clips WHERE deleted_at IS NULL AND id NOT LIKE 'filled%' ORDER BY created_at LIMIT 20")
    .all()
    .map((each) => {
      const row = each as Record<string, string | number>;
      return {
        id: String(row['id']),
        file: String(row['file']),
        bytes: Number(row['bytes']),
        model: String(row['model']),
        settings: RenderSettings.parse(JSON.parse(String(row['settings']))),
        seconds: Number(row['seconds']),
        phaseSeconds: JSON.parse(String(row['phase_seconds'])) as PhaseSeconds,
      };
    });
}

function promptOf(index: number): string {
  // Lengths without a common divisor in the strides, so that neighbours differ in everything.
  const pick = (words: readonly string[], stride: number) => words[(index * stride + (index >> 3)) % words.length];
  return `A ${pick(colours, 3)} ${pick(things, 7)} ${pick(movements, 5)} ${pick(places, 1)} ${pick(times, 2)}`;
}

/** The same bytes under another name, without taking their room where the disk can do so. */
function share(from: string, to: string): void {
  if (!existsSync(from) || existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

if (import.meta.main) {
  const [home, count] = process.argv.slice(2);
  if (home === undefined) throw new Error('Name the data folder, and how many clips (else 10000).');
  fillLibrary(home, Number(count ?? 10_000));
}
