import type { Prediction } from '../../../contract/plan.ts';
import type { Abilities, ProductShares } from '../../../contract/worker.ts';
import { type CardSpeed, cardSpeed } from './cards.ts';

const gib = 2 ** 30;

/** What renders, as far as it decides memory and time. */
export type PlanDevice =
  | { kind: 'cpu'; name: string; cores: number }
  | {
      kind: 'cuda';
      name: string;
      speed: CardSpeed;
      totalBytes: number;
      /** What a render may allocate: what is free, without what must stay so. */
      roomBytes: number;
      /** What it may allocate even if nobody else were there; absent: all of it. */
      mostBytes?: number;
      /** What its allocator is to allow, where that is not the room: what was short for a moment may be back. */
      allowedBytes?: number;
      /** What other programs hold; null where nobody knows. */
      othersBytes: number | null;
      /** Triton makes the worker's own kernels; without it plain ones do the same, slower. */
      kernels: boolean;
      /** Blocks of the denoiser can be compiled. */
      compiler: boolean;
      /** What attention by cuDNN takes, of what torch's own choice takes; null: it cannot, or nobody has tried. */
      cudnnAttention: number | null;
      /** The same of SageAttention. */
      sageAttention: number | null;
      /** What products in eight bits take, of what they take in half precision; null: it cannot, or nobody has tried. */
      eightBitProducts: ProductShares;
      /** Torch's memory grows in place, so that little of it is lost in holes; not on Windows (allocator.py). */
      growing: boolean;
    };

export interface PlanMachine {
  device: PlanDevice;
  host: {
    totalBytes: number;
    /** What a render may take, without what the rest of the computer needs. */
    roomBytes: number;
    /** What of it may be page-locked. */
    pinnableBytes: number;
    /** Pages of a file can be page-locked where they are; elsewhere they are copied into memory that is. */
    locksFiles: boolean;
  };
}

/** Until a worker has tried: Triton comes with torch on Linux alone. */
export const untried = (platform: NodeJS.Platform): Abilities => ({
  ...{ kernels: platform === 'linux', compiler: false, cudnnAttention: null, sageAttention: null },
  eightBitProducts: { int8: null, fp8: null },
});

/** What a process that uses a card takes of it beside what it allocates. */
const contextBytes = 0.45 * gib;
/** The desktop grows and shrinks while a clip is made; on Windows what does not fit is moved to slow memory unasked. */
export const cardReserve = (platform: NodeJS.Platform, totalBytes: number): number =>
  platform === 'win32' ? Math.max(0.5 * gib, 0.04 * totalBytes) : 0.2 * gib;

/** What a render may allocate of a card. `ours`: what our own worker holds of it and would use again. */
export function deviceRoom(
  platform: NodeJS.Platform,
  card: { totalBytes: number; freeBytes: number; ours: number },
): number {
  const context = card.ours > 0 ? 0 : contextBytes;
  const room = card.freeBytes + card.ours - context - cardReserve(platform, card.totalBytes);
  return Math.max(0, Math.floor(Math.min(room, card.totalBytes)));
}

/** The computer's own memory: Windows page-locks no more than about half of it. */
export function hostRoom(platform: NodeJS.Platform, totalBytes: number, freeBytes: number): PlanMachine['host'] {
  const roomBytes = Math.max(0, Math.floor(freeBytes - Math.min(gib, 0.06 * totalBytes)));
  return {
    totalBytes,
    roomBytes,
    pinnableBytes: Math.floor(Math.min(roomBytes, (platform === 'win32' ? 0.45 : 0.8) * totalBytes)),
    locksFiles: platform === 'linux',
  };
}

/** The same machine for a clip that may take only so much: of the card, or where there is none of the memory. */
export function limited(machine: PlanMachine, limitBytes: number | undefined): PlanMachine {
  if (limitBytes === undefined) return machine;
  const { device, host } = machine;
  if (device.kind === 'cpu') {
    const roomBytes = Math.min(host.roomBytes, limitBytes);
    return { ...machine, host: { ...host, roomBytes, pinnableBytes: Math.min(host.pinnableBytes, roomBytes) } };
  }
  const mostBytes = Math.max(0, Math.floor(limitBytes - contextBytes));
  return { ...machine, device: { ...device, mostBytes, roomBytes: Math.min(device.roomBytes, mostBytes) } };
}

/** The limit with which a clip that allocates so much just fits, in halves of a gigabyte. */
export function limitFor(machine: PlanMachine, { deviceNeed, hostBytes }: Prediction): number {
  const needed = machine.device.kind === 'cpu' ? hostBytes : (deviceNeed ?? 0) + contextBytes;
  return Math.ceil(needed / (0.5 * gib)) * 0.5 * gib;
}

/** A machine that is not this one, with what such a machine usually has free. */
export interface ImaginedMachine {
  card: string;
  cardBytes: number;
  hostBytes: number;
  platform: NodeJS.Platform;
}

export function imagined({ card, cardBytes, hostBytes, platform }: ImaginedMachine): PlanMachine {
  const desktop = (platform === 'win32' ? 0.8 : 0.4) * gib;
  const freeBytes = Math.max(0, cardBytes - desktop);
  return {
    device: {
      kind: 'cuda',
      name: card,
      speed: cardSpeed(card, null, cardBytes),
      totalBytes: cardBytes,
      roomBytes: deviceRoom(platform, { totalBytes: cardBytes, freeBytes, ours: 0 }),
      othersBytes: Math.min(cardBytes, desktop),
      ...untried(platform),
      growing: platform === 'linux',
    },
    host: hostRoom(platform, hostBytes, hostBytes - Math.min(0.4 * hostBytes, 4 * gib)),
  };
}
