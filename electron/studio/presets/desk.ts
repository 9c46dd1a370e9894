import { randomBytes } from 'node:crypto';
import { presetOfClip } from '../../../contract/clipRecord.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { Received } from '../../../contract/received.ts';
import type { ReceivedPreview } from '../../../contract/storedPreset.ts';
import { Refused } from '../refused.ts';
import { receive } from '../sharing/index.ts';

/** Each may hold a pack with all its thumbnails. */
const lookedAtAtOnce = 8;

/** Where what came in lies to be looked at. It is in memory only: nothing of it is kept until that is asked for. */
export class Desk {
  readonly #previews = new Map<string, Received>();
  readonly #handedIn: string[] = [];
  readonly #changed: () => void;

  /** `changed` hears that something else is to be looked at next. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What the host was handed and nobody has looked at yet: one after the other. */
  get handedIn(): string | null {
    return this.#handedIn[0] ?? null;
  }

  async put(what: Uint8Array | string): Promise<ReceivedPreview> {
    const id = randomBytes(8).toString('hex');
    const received = await receive(what);
    this.#previews.set(id, received);
    for (const oldest of this.#previews.keys()) {
      if (this.#previews.size <= lookedAtAtOnce) break;
      this.leave(oldest);
    }
    return { id, received };
  }

  async handIn(what: Uint8Array | string): Promise<ReceivedPreview> {
    const preview = await this.put(what);
    this.#handedIn.push(preview.id);
    if (this.handedIn === preview.id) this.#changed();
    return preview;
  }

  /** @throws {Refused} when it was looked at too long ago. */
  get(id: string): ReceivedPreview {
    const received = this.#previews.get(id);
    if (received === undefined) throw new Refused({ reason: 'preset', problem: 'looked-away' });
    return { id, received };
  }

  /** The documents at these places of what came in. @throws {Refused} */
  documents(id: string, which: readonly number[]): PresetDocument[] {
    const all = documentsIn(this.get(id).received);
    return which.flatMap((at) => all[at] ?? []);
  }

  leave(id: string): void {
    this.#previews.delete(id);
    const before = this.handedIn;
    const place = this.#handedIn.indexOf(id);
    if (place !== -1) this.#handedIn.splice(place, 1);
    if (this.handedIn !== before) this.#changed();
  }
}

/** Another program's settings are no preset yet: they say too little. */
export function documentsIn(received: Received): readonly PresetDocument[] {
  switch (received.kind) {
    case 'preset':
      return [received.document];
    case 'pack':
      return received.documents;
    case 'clip':
      // With its seed, as it was shown before it was kept.
      return [presetOfClip(received.record, true)];
    default:
      return [];
  }
}
