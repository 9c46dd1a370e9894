import type { Failure } from '../../../contract/failure.ts';
import type { Probe } from '../../../contract/worker.ts';

/** The worker could calculate on a card. */
const cardWorks = ({ operation }: Probe): boolean => operation.kind === 'worked' && operation.device === 'cuda';

/**
 * A card that could be calculated on and cannot any more: the driver was reset, the machine slept, or others took all
 * of its memory. What was meant for it is not given to the processor, which would take days. Pure.
 */
export function lostCard(probe: Probe, hadCard: boolean): Failure | null {
  if (!hadCard || cardWorks(probe)) return null;
  const { operation } = probe;
  const detail = operation.kind === 'failed' ? operation.detail : 'The card is not there any more.';
  if (!/out of memory/i.test(detail)) return { cause: 'driver-lost', phase: null, detail };
  const unknown = { requestedBytes: null, allocatedBytes: null, reservedBytes: null };
  const freeBytes = probe.devices.find(({ kind }) => kind === 'cuda')?.freeBytes ?? null;
  return { cause: 'device-memory', phase: null, detail, ...unknown, freeBytes };
}

type Worker = { probe(): Promise<Probe>; recycle(): Promise<void> };

/** Asks a worker what it can calculate on. One that has lost the card that there was is replaced and asked again. */
export async function lookForCard(
  worker: () => Worker,
  hadCard: boolean,
): Promise<{ probe: Probe; lost: Failure | null }> {
  const probe = await worker().probe();
  if (lostCard(probe, hadCard) === null) return { probe, lost: null };
  await worker().recycle();
  const again = await worker().probe();
  return { probe: again, lost: lostCard(again, hadCard) };
}
