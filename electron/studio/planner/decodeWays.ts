/** The ways in which frames can be decoded on a card, with what each takes. */
import { baseBytes, type Cuda, calmShare, pressed, type Use } from './candidates.ts';
import { librariesBytes, residentHistories, rowsFor, slabBound, slabBytes, slabPixels } from './decodeMemory.ts';
import type { PlanMachine } from './machine.ts';
import { decodeSeconds, transfers } from './speed.ts';
import type { Work } from './work.ts';

const gib = 2 ** 30;

export interface DecodeWay extends Use {
  slabs: { rows: number; residentBytes: number };
}

/** The fastest way to decode beside `held` bytes that stay on the card and `copied` on the host; null: there is none. */
export function decodeWay(
  machine: PlanMachine,
  device: Cuda,
  work: Work,
  held: number,
  copied: number,
): DecodeWay | null {
  const weights = work.parameters.vae.decoder * work.itemBytes;
  const left = (share: number) => share * device.roomBytes - held - weights - librariesBytes;
  let best: DecodeWay | null = null;
  // Where nothing is slower for the memory that it takes, to keep more on the card is never worse.
  for (const found of decodeWays(machine, device, work, left(1), left(calmShare))) {
    if (baseBytes + copied + found.host > machine.host.roomBytes) continue;
    const way = { ...found, allocated: found.allocated + held, need: found.need + held };
    const seconds = way.seconds * pressed(device, way.need);
    if (best === null || seconds < best.seconds * pressed(device, best.need)) best = way;
  }
  return best;
}

/** Between the pieces of memory of a decode a tenth is lost. */
const decodeShare = 0.9;

/**
 * Every decode that needs no more than `left`, the fastest kinds first: in more room there are the same and others, so that
 * it is never slower. Of those that need no more than `calm` there are only the ones that keep most on the card.
 */
export function decodeWays(machine: PlanMachine, device: Cuda, work: Work, left: number, calm = 0): DecodeWay[] {
  const { decode } = work;
  return slabPixels.flatMap((pixels, index): DecodeWay[] => {
    const rows = rowsFor(decode, pixels);
    const least = slabBound(decode, pixels);
    const most = decodeShare * left - least;
    const fewest = residentHistories(decode, decodeShare * calm - least);
    return decode.residents
      .filter((residentBytes) => residentBytes >= fewest && residentBytes <= most)
      .map((residentBytes) => slabWay(device, work, { rows, residentBytes }, index, least))
      .filter(({ pinned }) => pinned <= machine.host.pinnableBytes);
  });
}

/** The decode that needs least of a card. */
export function leastDecode(device: Cuda, work: Work): DecodeWay {
  const index = slabPixels.length - 1;
  const pixels = slabPixels[index] ?? 1;
  const slabs = { rows: rowsFor(work.decode, pixels), residentBytes: 0 };
  return slabWay(device, work, slabs, index, slabBound(work.decode, pixels));
}

/** The decode in such slabs. */
export function decodeIn(device: Cuda, work: Work, slabs: DecodeWay['slabs']): DecodeWay {
  // Of a wide picture the lowest slabs have one row each, whatever their pixels.
  const same = slabPixels.findLastIndex((pixels) => rowsFor(work.decode, pixels) === slabs.rows);
  const lower = slabPixels.findIndex((pixels) => rowsFor(work.decode, pixels) <= slabs.rows);
  const index = same >= 0 ? same : lower >= 0 ? lower : slabPixels.length - 1;
  const pixels = slabPixels[index] ?? 1;
  const least = same >= 0 ? slabBound(work.decode, pixels) : slabBytes(work.decode, slabs.rows);
  return slabWay(device, work, slabs, index, least);
}

function slabWay(device: Cuda, work: Work, slabs: DecodeWay['slabs'], index: number, least: number): DecodeWay {
  const weights = work.parameters.vae.decoder * work.itemBytes + librariesBytes;
  const kept = residentHistories(work.decode, slabs.residentBytes);
  const peak = least + kept;
  const pinned = work.decode.histories * work.itemBytes - kept;
  return {
    slabs: { rows: slabs.rows, residentBytes: kept },
    seconds: decodeSeconds(device, work, index, slabs) + weights / transfers.pageable(device),
    allocated: weights + peak,
    need: weights + peak / decodeShare,
    host: pinned + 0.3 * gib,
    pinned,
  };
}
