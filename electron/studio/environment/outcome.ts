import { z } from 'zod';

/** What a set-up says while it works. `sentence` is for people; the numbers are for a bar. */
export type SetupProgress =
  | { phase: 'waiting'; sentence: string }
  | { phase: 'python' | 'installer' | 'inspection' | 'torch' | 'proof'; sentence: string; expectedSeconds: number }
  | { phase: 'packages'; sentence: string; expectedSeconds: number; doneBytes: number; totalBytes: number };

export type Report = (event: SetupProgress) => void;

export type Extras = 'runtime' | 'development';

/** Where torch computes, as proved by a real operation; for the processor, why not on a card, if there is one. */
export const Device = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cuda'), name: z.string() }),
  z.object({ kind: z.literal('mps') }),
  z.object({ kind: z.literal('cpu'), reason: z.string().nullable() }),
]);
export type Device = z.infer<typeof Device>;

export type EnvironmentResult =
  | {
      kind: 'ready';
      python: string;
      pythonVersion: string;
      torchVersion: string | null;
      device: Device;
      reused: boolean;
    }
  | Impossible;

export type ImpossibleCause =
  | 'platform'
  | 'python-missing'
  | 'python-unsupported'
  | 'installer-missing'
  | 'disk-full'
  | 'network'
  | 'not-writable'
  | 'damaged-download'
  | 'installation-failed'
  | 'proof-failed';

/** Why there can be no environment: what happened, and what to do. */
export interface Impossible {
  kind: 'impossible';
  cause: ImpossibleCause;
  sentence: string;
  action: string;
}

/** Thrown inside the set-up, returned by it. */
export class CannotSetUp extends Error {
  readonly result: Impossible;

  constructor(cause: ImpossibleCause, sentence: string, action: string) {
    super(`${sentence} ${action}`);
    this.result = { kind: 'impossible', cause, sentence, action };
  }
}
