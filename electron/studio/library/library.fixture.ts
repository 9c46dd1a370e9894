import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClipQuery, everyClip } from '../../../contract/clip.ts';
import type { Job } from '../../../contract/job.ts';
import type { RenderSettings } from '../../../contract/render.ts';
import { openStore, type Store } from '../storage/database.ts';
import { Library, type LibraryChange } from './library.ts';

export const made = { bytes: 3, seconds: 2, phaseSeconds: { denoising: 1 } };

/** A library in a folder of its own. */
export class LibraryHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'reelwright-library-'));
  readonly store: Store = openStore(join(this.folder, 'store.db'));
  readonly changes: LibraryChange[] = [];
  /** Files that clips which wait will have. */
  readonly promised = new Set<string>();
  now = 1_700_000_000_000;
  readonly library = new Library(
    this.store,
    join(this.folder, 'posters'),
    () => (this.now += 1000),
    (change) => this.changes.push(change),
    (file) => this.promised.has(file),
  );

  close(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  readonly addClip = (id: string, prompt: string, model = 'paper-world', change: Partial<RenderSettings> = {}) => {
    const file = join(this.folder, `${id}.mp4`);
    writeFileSync(file, id);
    const settings = {
      ...{ prompt, negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8, steps: 16 },
      ...{ guidance: 3, scheduler: 'ddim' as const, seed: 1, ...change },
    };
    this.library.add(jobOf(id, file, settings, { model }), made);
    return file;
  };

  readonly idsOf = async (query: Partial<ClipQuery> = {}) =>
    (await this.library.page({ ...everyClip, ...query }, 0, 100)).clips.map(({ id }) => id);
}

export const jobOf = (id: string, out: string, settings: RenderSettings, more: Partial<Job> = {}): Job => ({
  ...{ id, createdAt: 1, updatedAt: 1, model: 'm', settings, out, overwrite: false, requestKey: id },
  ...{ position: 1, picture: null, state: { kind: 'queued', kept: { kind: 'nothing' } } },
  ...more,
});
